"""What a client asked for, in our own words: every dialect reads its requests into this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from arriero.models.filling import Prompted
from arriero.models.types import Message, Think, ToolSpec


@dataclass(frozen=True)
class Asked:
    """One request for an answer.

    `model` is as the client wrote it, empty where it leaves it to us. The system prompt is the
    first message. `tools` are the client's own, whose calls it executes itself. `tool_choice` is
    `auto`, `none`, `required` or a tool's name. `sampling` holds what is passed on to the server
    if it knows it, under Ollama's names (`top_p`, `top_k`, `min_p`, `repeat_penalty`,
    `presence_penalty`, `frequency_penalty`). `top_logprobs` is None where none are wanted.
    With a `suffix` the text between two others is wanted: the only message holds the one before,
    `suffix` the one after. With `prompted` the last message is a prompt that stands alone, to be
    sent so where the server takes that, and as it is in any case if that is raw, has a template or
    a context. `keep_alive` is how long the model is to stay in memory, 0 for no longer. `previous`
    is the id of an answer of before that this goes on from, and with `keep` a later request may go
    on from this one's. `unknown_call` is where, if anywhere, a result names a call that is not in
    the request: only what is kept of before can have it.
    """

    model: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: str = "auto"
    parallel_calls: bool = True
    max_tokens: int | None = None
    temperature: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    think: Think = None
    format: Mapping[str, Any] | Literal["json"] | None = None
    sampling: Mapping[str, float | int] = field(default_factory=dict)
    top_logprobs: int | None = None
    suffix: str | None = None
    prompted: Prompted | None = None
    keep_alive: str | int | None = None
    stream: bool = False
    include_usage: bool = False
    previous: str = ""
    keep: bool = False
    unknown_call: str = ""
