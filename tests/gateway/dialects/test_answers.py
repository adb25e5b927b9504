"""What is written is as the published packages describe it, streamed and not.

The answer that is not streamed is what clients make of the streamed one, in every dialect.
"""

from __future__ import annotations

import pytest
from hypothesis import given

from arriero.models.types import TextChunk, ThinkingChunk, ToolCall, ToolCallChunk
from gateway.dialects.answers import CONVERSATIONS, STOP, Answer, answers, one_by_one

pytest.register_assert_rewrite("gateway.dialects.as_clients_read")


def _calls(count: int, argument: str = "x") -> list[ToolCallChunk]:
    return [
        ToolCallChunk(ToolCall(f"call_{number}", "read_file", {"path": argument, "n": number}))
        for number in range(count)
    ]


def _in_turns() -> list[TextChunk | ThinkingChunk | ToolCallChunk]:
    """Thoughts, words and calls, each again after the others."""
    return [
        piece
        for call in _calls(5)
        for piece in (ThinkingChunk("Hm."), TextChunk("So."), ThinkingChunk("Yes."), call)
    ]


UNUSUAL = {
    "many calls": one_by_one(TextChunk("I call."), *_calls(20), STOP),
    "an argument of a megabyte": one_by_one(*_calls(2, 'é"\n\\' * 250_000), STOP),
    "in turns": one_by_one(*_in_turns(), STOP),
    "nothing": one_by_one(STOP),
    "empty pieces": one_by_one(TextChunk(""), ThinkingChunk(""), TextChunk(""), STOP),
    "only thoughts": one_by_one(ThinkingChunk("I only "), ThinkingChunk("think."), STOP),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_answers(name: str) -> None:
    _check(UNUSUAL[name])


@pytest.mark.timeout(600)
@CONVERSATIONS
@given(answers())
def test_every_dialect(answer: Answer) -> None:
    _check(answer)


def _check(answer: Answer) -> None:
    from gateway.dialects import as_clients_read  # 2 s, which other tests collect without

    as_clients_read.check_chat(answer)
    as_clients_read.check_responses(answer)
    as_clients_read.check_messages(answer)
    as_clients_read.check_ollama_chat(answer)
    as_clients_read.check_ollama_generate(answer)
    as_clients_read.check_completions(answer)
