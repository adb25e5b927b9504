"""Makes the provider that an entry of the settings describes."""

from __future__ import annotations

import re

from arriero.models.errors import ModelError
from arriero.models.ollama import OllamaProvider
from arriero.models.openai import OpenAiProvider
from arriero.models.types import Provider
from arriero.settings.model import ProviderSettings


def make_provider(name: str, settings: ProviderSettings) -> Provider:
    """Return a provider; nothing is connected before its first use.

    Raises `ModelError` for a key that is missing.
    """
    if settings.requires_api_key and not settings.api_key:
        variable = re.sub(r"\W", "_", name).upper()
        raise ModelError(
            f"The provider {name} needs a key: set {variable}_API_KEY in the environment."
        )
    made = OllamaProvider if settings.kind == "ollama" else OpenAiProvider
    return made(
        name,
        settings.base_url,
        timeout=settings.timeout,
        retries=settings.max_retries,
        api_key=settings.api_key,
    )
