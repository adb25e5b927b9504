"""Makes the provider that an entry of the settings describes."""

from __future__ import annotations

from arriero.models.errors import ModelError
from arriero.models.hosts import HostPool
from arriero.models.ollama import OllamaProvider
from arriero.models.openai import OpenAiProvider
from arriero.models.sentences import key_variable
from arriero.settings.provider import ProviderSettings

AnyProvider = OllamaProvider | OpenAiProvider | HostPool


def make_provider(name: str, settings: ProviderSettings) -> AnyProvider:
    """Return a provider; nothing is connected before its first use.

    Where the entry has further hosts it is a pool of them. It can embed too. Raises `ModelError`
    for a key that is missing.
    """
    if settings.requires_api_key and not settings.api_key:
        raise ModelError(
            f"The provider {name} needs a key: set {key_variable(name)} in the environment."
        )
    addresses = list(dict.fromkeys([settings.base_url, *settings.hosts]))
    if len(addresses) == 1:
        return _one(name, settings, addresses[0])
    return HostPool(name, [_one(name, settings, address) for address in addresses])


def _one(name: str, settings: ProviderSettings, address: str) -> OllamaProvider | OpenAiProvider:
    made = OllamaProvider if settings.kind == "ollama" else OpenAiProvider
    return made(
        name,
        address,
        timeout=settings.timeout,
        retries=settings.max_retries,
        api_key=settings.api_key,
        ca_file=settings.ca_file,
        models=settings.models,
    )
