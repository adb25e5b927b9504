"""The settings of the HTTP gateway."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, field_validator

from arriero.settings.api_keys import read_key
from arriero.settings.section import FOLDERS, FullPaths, Section


class GatewaySettings(Section):
    """The HTTP interfaces of OpenAI, Anthropic and Ollama, for programs of all kinds."""

    enabled: bool = Field(
        default=False,
        description="Serve them in the daemon; `arriero serve` serves them in any case.",
    )
    host: str = Field(
        default="127.0.0.1",
        description="The address to listen at; any but loopback demands a key.",
    )
    port: int = Field(default=11435, ge=0, le=65_535, description="The port; 0: a free one.")
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
        description="Further names that the gateway is reached by, as browsers and clients send "
        "them in `Host`, such as `models.lan`.",
    )
    allowed_origins: tuple[str, ...] = Field(
        default=(),
        description="Origins of web pages that may ask, such as `http://localhost:3000`.",
    )
    tls_certificate: str | None = Field(
        default=None,
        json_schema_extra=FOLDERS,
        description="A file with the certificate chain (PEM), for https.",
    )
    tls_key: str | None = Field(
        default=None,
        json_schema_extra=FOLDERS,
        description="The file with the certificate's private key (PEM).",
    )
    keys: tuple[str, ...] = Field(
        default=(),
        description="Who may ask: a name and the hash of a key each, as `arriero keys new` prints "
        "them, with limits such as `requests=60 tokens=100000` for a minute. Without any, "
        "everybody on this machine.",
    )
    rate_limit: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000_000,
        description="Requests in a minute of a key that has no limit of its own; unset: any.",
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="A Redis server that several gateways share, for conversations and limits, "
        "such as `redis://127.0.0.1:6379/0`.",
    )
    session_days: int = Field(
        default=30,
        ge=1,
        le=36_500,
        description="Days that a conversation is kept after its last request.",
    )
    max_body_mb: int = Field(
        default=100, ge=1, le=2_000, description="Megabytes of a request's body, unpacked."
    )
    metrics: bool = Field(default=True, description="Answer `/metrics` for Prometheus.")

    @field_validator("keys")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            read_key(item)
        return value

    @property
    def redis_address(self) -> str | None:
        """The address of Redis in clear text, for the connection only; it may hold a password."""
        return self.redis_url.get_secret_value() if self.redis_url else None
