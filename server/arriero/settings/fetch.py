"""Which hosts a run may fetch documents from."""

from __future__ import annotations

from pydantic import Field, field_validator

from arriero.settings.section import Section
from arriero.settings.shadow import checked_hosts


class FetchSettings(Section):
    """Documents from the web, for the tool `fetch_document`."""

    hosts: tuple[str, ...] = Field(
        default=(),
        description="Hosts that the model may ask to read pages from, over https, such as "
        "`docs.python.org` or `*.readthedocs.io`; empty: it has no tool for it.",
    )

    @field_validator("hosts")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return checked_hosts(value)
