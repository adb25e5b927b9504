"""The settings of one server that runs models, and the servers that are known without any."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from arriero.settings.section import FOLDERS, Section

ProviderKind = Literal["ollama", "openai"]
ToolCalling = Literal["auto", "native", "text", "schema", "off"]


class ProviderSettings(Section):
    """A server that runs models."""

    kind: ProviderKind = Field(description="The protocol it speaks.")
    base_url: str = Field(
        description="Its address; for `openai` with the path before `/chat/completions`, "
        "usually `/v1`."
    )
    default_model: str | None = Field(
        default=None, description="The model of this provider when `model` is not set."
    )
    models: tuple[str, ...] = Field(
        default=(), description="The models to offer; empty: those that the provider lists."
    )
    timeout: float = Field(
        default=120.0,
        gt=0,
        le=86_400,
        description="Seconds without a further piece of an answer that has begun. "
        "Loading a model is not counted.",
    )
    max_retries: int = Field(
        default=2,
        ge=0,
        le=10,
        description="How often a request is repeated that failed before its answer.",
    )
    requires_api_key: bool = Field(
        default=False, description="Refuse to send a request while no key is known."
    )
    default_api_key: SecretStr | None = Field(
        default=None,
        description="The key. Better kept in the environment: that of provider `my_provider` is "
        "read from `MY_PROVIDER_API_KEY`, which wins over this.",
    )
    hosts: tuple[str, ...] = Field(
        default=(), description="Further addresses with the same models, used beside `base_url`."
    )
    ca_file: str | None = Field(
        default=None,
        json_schema_extra=FOLDERS,
        description="A file with certificates (PEM) to trust at its https addresses, beside those "
        "that are trusted anywhere: the server's own, or that of who signed it.",
    )
    tools: ToolCalling = Field(
        default="auto",
        description="How the model is given tools: as the provider offers (`native`), in the "
        "prompt (`text`), by constrained output (`schema`), not at all (`off`), or what suits "
        "the model (`auto`).",
    )

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return web_address(value)

    @field_validator("hosts")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(web_address(item) for item in value)

    @property
    def api_key(self) -> str | None:
        """The key in clear text, for the request's header only; None when there is none."""
        return self.default_api_key.get_secret_value() if self.default_api_key else None


def web_address(value: str) -> str:
    """Return an http or https URL without a slash at its end; raises ValueError for others."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f'must be an address such as "http://127.0.0.1:11434", not "{value}"')
    if parts.username or parts.password:
        raise ValueError("must not hold a password; put it into the provider's API key")
    _ = parts.port  # raises ValueError for a port that is not a number below 65536
    return (parts.scheme + value[len(parts.scheme) :]).rstrip("/")  # in small letters


def _openai(port: int) -> ProviderSettings:
    return ProviderSettings(kind="openai", base_url=f"http://127.0.0.1:{port}/v1")


# Each on the port that the program listens on by default.
READY_PROVIDERS: dict[str, ProviderSettings] = {
    "ollama": ProviderSettings(kind="ollama", base_url="http://127.0.0.1:11434"),
    "llamacpp": _openai(8080),
    "lmstudio": _openai(1234),
    "vllm": _openai(8000),
    "jan": _openai(1337),
    "textgen": _openai(5000),
}
