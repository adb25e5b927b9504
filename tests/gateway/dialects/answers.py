"""Answers to try the dialects with: made by hand, and by hypothesis; and how they are read back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Dialect, Identity
from arriero.gateway.dialects.responses_tools import CustomTool, NamespaceTool
from arriero.models.types import (
    Chunk,
    Finished,
    Logprob,
    Message,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
    ToolSpec,
    Usage,
)
from scale import by_scale

IDENTITY = Identity("0123456789abcdef", 1_790_000_000, "qwen3:8b")
USAGE = Usage(
    prompt_tokens=30, answer_tokens=7, load_ms=2, prompt_ms=3, answer_ms=5, cached_tokens=10
)
STOP = Finished("stop", USAGE)
TOOLS = (
    ToolSpec("read_file", "", {"type": "object"}),
    NamespaceTool("mcp__github__search", "", {"type": "object"}, "mcp__github", "search"),
    CustomTool("apply_patch", "", {"type": "object"}),
)
ASKED = Asked("qwen3", (Message("user", "Hello"),), TOOLS, stream=True, include_usage=True)

# So many conversations are the least that a dialect is tried with.
CONVERSATIONS = settings(
    max_examples=by_scale(500, full=4000),
    suppress_health_check=[HealthCheck.too_slow],  # on a machine that is busy
)


@dataclass(frozen=True)
class Answer:
    """What was asked and what came, in the batches in which it came."""

    asked: Asked
    batches: tuple[tuple[Chunk, ...], ...]

    @property
    def chunks(self) -> list[Chunk]:
        """All pieces, without their batches."""
        return [chunk for batch in self.batches for chunk in batch]


def one_by_one(*chunks: Chunk, asked: Asked = ASKED) -> Answer:
    """Return an answer each of whose pieces came by itself."""
    return Answer(asked, tuple((chunk,) for chunk in chunks))


def streamed(dialect: Dialect, answer: Answer) -> bytes:
    """Return the bytes of a stream."""
    encoder = dialect.encoder(answer.asked, IDENTITY)
    return encoder.begin() + b"".join([encoder.take(batch) for batch in answer.batches])


def whole(dialect: Dialect, answer: Answer) -> dict[str, Any]:
    """Return the answer that is not streamed, as its client reads it."""
    encoder = dialect.encoder(replace(answer.asked, stream=False), IDENTITY)
    encoder.begin()
    for batch in answer.batches:
        encoder.take(batch)
    read: dict[str, Any] = json.loads(json.dumps(encoder.whole()))
    return read


def events(stream: bytes) -> Iterator[tuple[str | None, Any]]:
    """Yield the events of a stream with their names; the end of OpenAI's is left out."""
    assert stream.endswith(b"\n\n")
    for block in stream.decode("ascii").split("\n\n")[:-1]:
        lines = block.split("\n")
        name = lines.pop(0).removeprefix("event: ") if lines[0].startswith("event: ") else None
        assert len(lines) == 1
        assert lines[0].startswith("data: ")
        data = lines[0].removeprefix("data: ")
        if data != "[DONE]":
            yield name, json.loads(data)


_REASONS: tuple[Literal["stop", "length"], ...] = ("stop", "length")


# Few signs, but of every kind: those that end lines, that JSON escapes, that take many bytes.
_SIGNS = "ab {}[]:,\"'\\/\n\r\t\0\x1f\x7f\x85\u2028\ufeffé中😀"


def _texts(length: int) -> st.SearchStrategy[str]:
    return st.text(_SIGNS, max_size=length)


def _leaves() -> st.SearchStrategy[Any]:
    return st.none() | st.booleans() | st.integers(-(2**40), 2**40) | _texts(8)


_arguments = st.dictionaries(
    _texts(6),
    st.recursive(
        _leaves(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts(4), inner, max_size=3),
        max_leaves=4,
    ),
    max_size=3,
)
_pieces = _texts(12) | st.sampled_from(["\u2028", "\x85", "\r\n", "data: ", '"}]', "😀"])


def _logprobs(text: str) -> tuple[Logprob, ...]:
    return tuple(Logprob(sign, -0.5, (), (Logprob("x", -1.0),)) for sign in text)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Make answers of every kind, each cut into batches anyhow."""
    chunks: list[Chunk] = []
    wanted = draw(st.none() | st.integers(0, 2))
    for position, kind in enumerate(draw(st.lists(st.sampled_from("wwwttc"), max_size=8))):
        if kind == "c":
            name = draw(st.sampled_from([*(tool.name for tool in TOOLS), "unknown"]))
            chunks.append(ToolCallChunk(ToolCall(f"call_{position}", name, draw(_arguments))))
        else:
            text = draw(_pieces)
            logprobs = _logprobs(text) if wanted is not None else ()
            chunks.append(TextChunk(text, logprobs) if kind == "w" else ThinkingChunk(text))
    numbers = st.integers(0, 10**6)
    prompt = draw(numbers)
    cached = draw(st.none() | st.integers(0, prompt))
    reason = draw(st.sampled_from(_REASONS))
    usage = Usage(prompt, draw(numbers), draw(numbers), draw(numbers), draw(numbers), cached)
    chunks.append(Finished(reason, usage))
    asked = replace(
        ASKED,
        think=draw(st.sampled_from((None, True, False, "low"))),
        tool_choice=draw(st.sampled_from(("auto", "required", "read_file"))),
        max_tokens=draw(st.none() | st.integers(1, 9)),
        temperature=draw(st.none() | st.just(0.5)),
        top_logprobs=wanted,
        format=draw(st.sampled_from((None, "json", {"type": "object"}))),
        include_usage=draw(st.booleans()),
    )
    return Answer(asked, tuple(_cut(draw, chunks)))


def _cut(draw: st.DrawFn, chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, ...]]:
    rest = list(chunks)
    while rest:
        size = draw(st.integers(1, len(rest)))
        yield tuple(rest[:size])
        rest = rest[size:]
