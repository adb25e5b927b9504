"""Every piece is what OpenAI's published OpenAPI document describes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from arriero.gateway.dialect import Dialect, Refused
from arriero.gateway.dialects.chat import CHAT
from arriero.gateway.dialects.completions import COMPLETIONS
from arriero.gateway.dialects.responses import RESPONSES
from arriero.gateway.endpoints.embeddings import embeddings
from arriero.gateway.endpoints.listing import list_models, one_model
from arriero.models.types import TextChunk
from conformance import openapi
from gateway.dialects.answers import (
    CONVERSATIONS,
    IDENTITY,
    STOP,
    Answer,
    answers,
    events,
    one_by_one,
    streamed,
    whole,
)
from gateway.endpoints.fakes import FakeModels

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(600)]


@CONVERSATIONS
@given(answers())
def test_chat(answer: Answer) -> None:
    for _, data in events(streamed(CHAT, answer)):
        openapi.check("CreateChatCompletionStreamResponse", data)
    openapi.check("CreateChatCompletionResponse", whole(CHAT, answer))


@CONVERSATIONS
@given(answers())
def test_responses(answer: Answer) -> None:
    for _, data in events(streamed(RESPONSES, answer)):
        openapi.check_event(data)
    openapi.check("Response", whole(RESPONSES, answer))


@CONVERSATIONS
@given(answers())
def test_completions(answer: Answer) -> None:
    """The document has no pieces of these, whose reason and usage are null until the last."""
    for _, data in events(streamed(COMPLETIONS, answer)):
        for choice in data["choices"]:
            choice["finish_reason"] = choice["finish_reason"] or "stop"
        known = {name: value for name, value in data.items() if (name, value) != ("usage", None)}
        openapi.check("CreateCompletionResponse", known)
    openapi.check("CreateCompletionResponse", whole(COMPLETIONS, answer))


@pytest.mark.parametrize("fault", ["failed", "upstream", "limited", "unavailable", "timeout"])
def test_answers_that_break_off(fault: Any) -> None:
    refused = Refused(fault, "Ask again.", parameter="model")
    for dialect in (CHAT, RESPONSES, COMPLETIONS):
        openapi.check("ErrorResponse", dialect.refusal(refused)[1])
    for _, data in _broken(RESPONSES, refused):
        openapi.check_event(data)
    *before, last = [data for _, data in _broken(CHAT, refused)]
    for data in before:
        openapi.check("CreateChatCompletionStreamResponse", data)
    openapi.check("ErrorResponse", last)


def _broken(dialect: Dialect, refused: Refused) -> list[tuple[str | None, Any]]:
    encoder = dialect.encoder(one_by_one().asked, IDENTITY)
    stream = encoder.begin() + encoder.take([TextChunk("Half")]) + encoder.failed(refused)
    return list(events(stream))


async def test_lists_and_vectors() -> None:
    models = FakeModels()
    openapi.check("ListModelsResponse", await list_models("", models))
    openapi.check("Model", await one_model("qwen3", models))
    answer = (await embeddings({"model": "qwen3", "input": ["a", "b"]}, models)).body
    openapi.check("CreateEmbeddingResponse", answer)


def test_what_is_wrong_is_found() -> None:
    answer = one_by_one(STOP)
    wrong = whole(CHAT, answer)
    wrong["choices"][0]["finish_reason"] = None
    with pytest.raises(AssertionError, match="finish_reason"):
        openapi.check("CreateChatCompletionResponse", wrong)
    (_, event) = list(events(streamed(RESPONSES, answer)))[-1]
    del event["response"]["usage"]["output_tokens"]
    with pytest.raises(AssertionError, match="output_tokens"):
        openapi.check_event(event)
