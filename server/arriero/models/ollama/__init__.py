"""Ollama's native protocol: the provider, and the parts it is made of.

The `ollama` package is imported on first use: that takes a few hundred milliseconds.
"""

from arriero.models.ollama.provider import OllamaProvider

__all__ = ["OllamaProvider"]
