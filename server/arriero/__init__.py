"""Arriero: a local daemon that gives every editor a coding agent run by the user's own models."""

__version__ = "0.1.0"
