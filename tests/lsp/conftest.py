"""The fixtures of `serving`, for the tests of this folder."""

from lsp.serving import connect, folder, hub

__all__ = ["connect", "folder", "hub"]
