"""Workspaces: files, buffers, the view over both, edits, proposals and checkpoints."""
