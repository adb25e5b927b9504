"""The fixtures of `lsp.serving`: ACP is served on an editor's LSP connection."""

from lsp.serving import connect, folder, hub

__all__ = ["connect", "folder", "hub"]
