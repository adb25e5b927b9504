"""The providers in use: one for each distinct setting, shared by every connection."""

from __future__ import annotations

import logging

from arriero.models.errors import ModelError
from arriero.models.registry import make_provider
from arriero.models.types import Provider
from arriero.settings.model import Settings

log = logging.getLogger(__name__)


class ProviderPool:
    """Makes a provider on first use and keeps it; equal settings share one."""

    def __init__(self) -> None:
        self._providers: dict[str, Provider] = {}

    def get(self, name: str, settings: Settings) -> Provider:
        """Return the provider of that name in these settings; raises ModelError."""
        entry = settings.providers.get(name)
        if entry is None:
            known = ", ".join(sorted(settings.providers))
            raise ModelError(
                f"There is no provider '{name}' in the settings; the providers are: {known}."
            )
        key = f"{name} {entry.model_dump_json()} {entry.api_key}"
        if key not in self._providers:
            self._providers[key] = make_provider(name, entry)
        return self._providers[key]

    async def aclose(self) -> None:
        """Close all connections to model servers."""
        providers, self._providers = list(self._providers.values()), {}
        for provider in providers:
            try:
                await provider.aclose()
            except (ModelError, OSError):
                log.exception("closing the provider %s failed", provider.name)
