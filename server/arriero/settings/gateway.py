"""The settings of the HTTP gateway."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, field_validator

from arriero.settings.api_keys import COMMAND_LINE, read_key
from arriero.settings.section import AT_START, FOLDERS, FullPaths, Section

_NAME = re.compile(r"[a-z0-9._-]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class GatewaySettings(Section):
    """The HTTP interfaces of OpenAI, Anthropic and Ollama, for programs of all kinds."""

    enabled: bool = Field(
        default=False,
        json_schema_extra=AT_START,
        description="Serve them in the daemon; `arriero serve` serves them in any case.",
    )
    host: str = Field(
        default="127.0.0.1",
        json_schema_extra=AT_START,
        description="The address to listen at; any but loopback demands a key.",
    )
    port: int = Field(
        default=11435,
        ge=0,
        le=65_535,
        json_schema_extra=AT_START,
        description="The port; 0: a free one.",
    )
    inject_tools: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="When a request is answered by a run with Arriero's tools: if it brings none "
        "of its own (`auto`), beside its own too (`always`), or `never`.",
    )
    show_steps: bool = Field(
        default=True,
        description="Show the steps of a run in its answer, as reasoning before the words.",
    )
    max_iterations: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="Answers of the model in one run; unset: `agent.max_steps`.",
    )
    apply: Literal["auto", "never"] = Field(
        default="auto",
        description="What becomes of a run's edits: applied at once, or left open as a proposal.",
    )
    commands: bool = Field(default=True, description="Let runs execute commands.")
    command_allowlist: tuple[str, ...] = Field(
        default=(),
        description="The programs that commands may begin with, such as `pytest`; without any, "
        "every command may run that the shadow confines.",
    )
    allowed_dirs: FullPaths = Field(
        default=(),
        json_schema_extra=FOLDERS,
        description="Folders in which a request may choose its workspace, beside the server's own.",
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        json_schema_extra=AT_START,
        description="Further names that the gateway is reached by, as browsers and clients send "
        "them in `Host`, such as `models.lan`.",
    )
    allowed_origins: tuple[str, ...] = Field(
        default=(),
        json_schema_extra=AT_START,
        description="Origins of web pages that may ask, such as `http://localhost:3000`.",
    )
    tls_certificate: str | None = Field(
        default=None,
        json_schema_extra={**FOLDERS, **AT_START},
        description="A file with the certificate chain (PEM), for https.",
    )
    tls_key: str | None = Field(
        default=None,
        json_schema_extra={**FOLDERS, **AT_START},
        description="The file with the certificate's private key (PEM).",
    )
    keys: tuple[str, ...] = Field(
        default=(),
        json_schema_extra=AT_START,
        description="Who may ask: a name and the hash of a key each, as `arriero keys new` prints "
        "them, with limits such as `requests=60 tokens=100000` for a minute. Without any, "
        "everybody on this machine.",
    )
    rate_limit: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000_000,
        json_schema_extra=AT_START,
        description="Requests in a minute of a key that has no limit of its own; unset: any.",
    )
    redis_url: SecretStr | None = Field(
        default=None,
        json_schema_extra=AT_START,
        description="A Redis server that several gateways share, for conversations and limits, "
        "such as `redis://127.0.0.1:6379/0`.",
    )
    session_days: int = Field(
        default=30,
        ge=1,
        le=36_500,
        json_schema_extra=AT_START,
        description="Days that a conversation is kept after its last request.",
    )
    max_body_mb: int = Field(
        default=100, ge=1, le=2_000, description="Megabytes of a request's body, unpacked."
    )
    metrics: bool = Field(
        default=True,
        json_schema_extra=AT_START,
        description="Answer `/metrics` for Prometheus.",
    )

    @field_validator("keys")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        names = Counter(read_key(item).name for item in value)
        if COMMAND_LINE in names:
            raise ValueError(f'"{COMMAND_LINE}" is the name of --api-key: give the key another')
        for name, count in names.items():
            if count > 1:  # they would have one limit, and each other's sessions
                raise ValueError(f'must not have two keys named "{name}": give one another name')
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_host, value))

    @field_validator("allowed_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_origin, value))

    @property
    def redis_address(self) -> str | None:
        """The address of Redis in clear text, for the connection only; it may hold a password."""
        return self.redis_url.get_secret_value() if self.redis_url else None


def _host(given: str) -> str:
    """Return the name in what stands in `Host`, as the guard compares it; raises ValueError."""
    text = given.strip()
    try:
        return str(ipaddress.ip_address(text))  # of version 6 without brackets
    except ValueError:
        pass
    try:
        parts = urlsplit(f"//{text}")
        if parts.netloc == text:
            return _name(parts)
    except ValueError:
        pass
    raise ValueError(f'must be a name or an address such as "models.lan", not "{given}"')


def _origin(given: str) -> str:
    """Return an origin as browsers write it; raises ValueError."""
    text = given.strip()
    if text == "null":  # of a page without an address, such as a file
        return text
    try:
        parts = urlsplit(text)
        if parts.scheme and text.lower().rstrip("/") == f"{parts.scheme}://{parts.netloc}".lower():
            name = _name(parts)
            host = f"[{name}]" if ":" in name else name
            port = (
                "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
            )
            return f"{parts.scheme}://{host}{port}"
    except ValueError:
        pass
    raise ValueError(f'must be an origin such as "http://localhost:3000", not "{given}"')


def _name(parts: SplitResult) -> str:
    """Return the name of an address in small letters; raises ValueError for what is none."""
    name = parts.hostname or ""
    _ = parts.port  # raises ValueError for what is no port
    if "[" in parts.netloc:
        name = str(ipaddress.IPv6Address(name))
    elif not _NAME.fullmatch(name):
        raise ValueError(name)
    if "@" in parts.netloc:
        raise ValueError(name)
    return name
