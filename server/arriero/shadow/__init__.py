"""The confined place where commands run."""
