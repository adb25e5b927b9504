"""Where commands run, and what they may have."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from arriero.settings.section import Section

ShadowChoice = Literal["auto", "overlay", "copy", "container", "none"]
_HOST = re.compile(r"(\*\.)?[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)+(:\d{1,5})?")


def checked_hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return names of hosts as they are; raises ValueError where one is none."""
    for item in value:
        if not _HOST.fullmatch(item) or re.fullmatch(r"[\d.]+(:\d+)?", item):
            raise ValueError(f'must be names such as "pypi.org" or "*.pypi.org", not "{item}"')
    return value


class ShadowSettings(Section):
    """The confined place where commands run."""

    kind: ShadowChoice = Field(
        default="auto",
        description="Its boundary: namespaces with an overlay, a copy of the files, a `container`, "
        "or `none`: the real folder, with a question for every command. `auto` takes the best that "
        "works.",
    )
    network: bool = Field(default=False, description="Let commands use the network.")
    hosts: tuple[str, ...] = Field(
        default=(),
        description="Hosts that commands may reach through a proxy while `network` is off, such as "
        "`pypi.org`, `*.crates.io` or `example.org:8443`; in an overlay only.",
    )
    container_program: str = Field(
        default="docker",
        description="Of the kind `container`: `docker`, `podman`, or a path to one.",
    )
    container_image: str | None = Field(
        default=None,
        description="Its image; it must be on this machine, as none is fetched.",
    )
    container_mounts: tuple[str, ...] = Field(
        default=(),
        description="Folders that it has beside the workspace, read-only: `/from:/to`.",
    )
    timeout: float = Field(default=120.0, gt=0, le=86_400, description="Seconds of one command.")
    output_kb: int = Field(
        default=1000,
        ge=1,
        le=1_000_000,
        description="Kilobytes of output that are kept of a command.",
    )
    memory_mb: int = Field(
        default=4096, ge=16, le=16_777_216, description="Megabytes of memory of one process."
    )
    processes: int = Field(default=512, ge=1, le=1_000_000, description="Processes at one time.")

    @field_validator("hosts")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return checked_hosts(value)

    @field_validator("container_mounts")
    @classmethod
    def _pairs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            source, _, target = item.partition(":")
            if not source.startswith("/") or not (target or source).startswith("/"):
                raise ValueError(f'must be pairs such as "/opt/sdk:/opt/sdk", not "{item}"')
        return value
