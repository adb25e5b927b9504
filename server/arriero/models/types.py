"""The vocabulary between the loop and a model: messages, requests, and the chunks of an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant", "tool"]
Think = bool | Literal["low", "medium", "high"] | None


@dataclass(frozen=True)
class ToolCall:
    """A call as the model made it; `arguments` is not yet checked against the tool's schema."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class ToolSpec:
    """What a model is told of a tool; `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Message:
    """One message of a conversation. A tool's result has role `tool`, the call's id and name."""

    role: Role
    content: str
    thinking: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_name: str | None = None
    tool_call_id: str | None = None
    images: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class RunnerOptions:
    """Options that make Ollama reload a model when they change: one fixed set per model."""

    num_ctx: int | None = None
    keep_alive: str | int | None = None


@dataclass(frozen=True)
class ChatRequest:
    """One request for an answer.

    `think` has three values: None leaves it to the model, False is not the same.
    `max_tokens` is never unset on the wire: without a limit a broken model runs on.
    `tool_choice` is `auto`, `none`, `required` or the name of a tool; servers ignore it, so the
    agent's ladder turns it into what they do obey. `affinity` names what belongs together, such as
    a session: where several hosts serve the model, its requests go to the one that has it cached.
    `sampling` are further options under Ollama's names, such as `top_p`; a server leaves out what
    it does not know. `top_logprobs` asks for the chances of each token with so many others.
    """

    model: str
    messages: Sequence[Message]
    tools: Sequence[ToolSpec] = ()
    runner: RunnerOptions = field(default_factory=RunnerOptions)
    max_tokens: int = 4096
    temperature: float | None = None
    seed: int | None = None
    stop: Sequence[str] = ()
    think: Think = None
    format: Mapping[str, Any] | Literal["json"] | None = None
    tool_choice: str = "auto"
    affinity: str = ""
    sampling: Mapping[str, float | int] = field(default_factory=dict)
    top_logprobs: int | None = None


@dataclass(frozen=True)
class Logprob:
    """A token that the model chose or might have chosen, with its natural logarithm of chance."""

    token: str
    logprob: float
    bytes: tuple[int, ...] = ()
    others: tuple[Logprob, ...] = ()


@dataclass(frozen=True)
class TextChunk:
    """Some words; `logprobs` has their tokens where that was asked for and the server tells."""

    text: str
    logprobs: tuple[Logprob, ...] = ()


@dataclass(frozen=True)
class ThinkingChunk:
    text: str


@dataclass(frozen=True)
class ToolCallChunk:
    call: ToolCall


@dataclass(frozen=True)
class Usage:
    """Tokens and milliseconds of one answer. Prompt tokens count cached ones too.

    `cached_tokens` are those of the prompt that the server did not read again, None where it does
    not tell.
    """

    prompt_tokens: int = 0
    answer_tokens: int = 0
    load_ms: int = 0
    prompt_ms: int = 0
    answer_ms: int = 0
    cached_tokens: int | None = None


@dataclass(frozen=True)
class Finished:
    """Always the last chunk. A stream that ends without it raises `StreamBroken`.

    `stop` is which of the request's stop texts ended the answer, where the server tells it;
    `context` the tokens of prompt and answer, as Ollama tells them of a prompt that is not raw.
    """

    reason: Literal["stop", "length", "load", "unload"]
    usage: Usage
    stop: str = ""
    context: tuple[int, ...] = ()


Chunk = TextChunk | ThinkingChunk | ToolCallChunk | Finished


@dataclass(frozen=True)
class ModelInfo:
    """A model that a provider lists; `size` in bytes, 0 where it is not told."""

    name: str
    digest: str = ""
    size: int = 0
    parameter_size: str = ""
    quantization: str = ""


@dataclass(frozen=True)
class ModelDetails:
    """What `show` tells; windows in tokens, None where they are not told.

    `cache_bytes_per_token` is the memory that a token of the window takes, at two bytes for a
    number, None where it is in doubt. `fingerprint` differs from that of every other model, also of
    one that had the same name before; empty where the server does not tell enough.
    """

    name: str
    capabilities: frozenset[str]
    family: str = ""
    parameter_size: str = ""
    quantization: str = ""
    trained_window: int | None = None
    configured_window: int | None = None
    template: str = ""
    cache_bytes_per_token: int | None = None
    fingerprint: str = ""


@dataclass(frozen=True)
class LoadedModel:
    """A model in memory; sizes in bytes, the window is the real one."""

    name: str
    size: int
    size_vram: int
    window: int
    expires_at: str


@dataclass(frozen=True)
class PullProgress:
    """One line of a pull; bytes, 0 where not told."""

    status: str
    completed: int = 0
    total: int = 0


class Provider(Protocol):
    """Something that runs models. Every method may raise a `ModelError`."""

    @property
    def name(self) -> str:
        """The key of this provider in the settings."""

    def chat(self, request: ChatRequest) -> AsyncIterator[Chunk]:
        """Stream one answer. Closing the iterator closes the HTTP connection at once."""

    async def models(self) -> list[ModelInfo]:
        """List what the provider has, by name."""

    async def show(self, model: str) -> ModelDetails:
        """Describe one model; raises `ModelNotFound`."""

    async def loaded(self) -> list[LoadedModel]:
        """List the models in memory; empty where the provider does not tell."""

    async def count_tokens(self, request: ChatRequest) -> int | None:
        """Return the exact tokens of a prompt as the server renders it; None if it cannot tell."""

    async def version(self) -> str:
        """Ask for the server's version: the cheapest proof that it answers."""

    def pull(self, model: str) -> AsyncIterator[PullProgress]:
        """Fetch a model, where the provider can; else raises `ModelError`."""

    async def aclose(self) -> None:
        """Close idle connections."""
