"""OpenAI's protocol as local servers speak it: llama.cpp, LM Studio, vLLM, Jan and their like.

The `openai` package is imported on first use: that takes most of a second.
"""

from arriero.models.openai.provider import OpenAiProvider

__all__ = ["OpenAiProvider"]
