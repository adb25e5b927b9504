"""The providers in use: one for each distinct setting, shared by every connection."""

from __future__ import annotations

import logging

from arriero.models.errors import ModelError
from arriero.models.gated import FullProvider, Gated
from arriero.models.priority import Gate, Priority
from arriero.models.registry import make_provider
from arriero.models.residency import server_of
from arriero.settings.model import Settings
from arriero.settings.provider import ProviderSettings

log = logging.getLogger(__name__)


class ProviderPool:
    """Makes a provider on first use and keeps it; equal settings share one.

    Each server has one gate, an entry with further hosts one for all of them: what is asked with a
    lower priority goes away for what is urgent.
    """

    def __init__(self) -> None:
        self._providers: dict[str, FullProvider] = {}
        self._gates: dict[str, Gate] = {}

    def get(self, name: str, settings: Settings, priority: Priority = "chat") -> Gated:
        """Return the provider of that name in these settings; raises ModelError.

        With a lower priority its answers may be refused or broken off with `Yielded`.
        """
        provider = self.direct(name, settings)
        return Gated(provider, self.gate(settings.providers[name]), priority)

    def direct(self, name: str, settings: Settings) -> FullProvider:
        """Return the provider without a gate, for what answers nothing, such as loading a model.

        Raises ModelError.
        """
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

    def gate(self, entry: ProviderSettings) -> Gate:
        """Return the gate of the entry's server."""
        return self._gates.setdefault(server_of(entry), Gate())

    def stop(self) -> None:
        """End every answer that is in flight, of whatever door; what comes later goes its way."""
        for gate in self._gates.values():
            gate.stop()

    async def aclose(self) -> None:
        """Close all connections to model servers."""
        providers, self._providers = list(self._providers.values()), {}
        for provider in providers:
            try:
                await provider.aclose()
            except (ModelError, OSError):
                log.exception("closing the provider %s failed", provider.name)
