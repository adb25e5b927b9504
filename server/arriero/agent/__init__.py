"""A run: the loop between a model and the tools, and what becomes of its edits."""
