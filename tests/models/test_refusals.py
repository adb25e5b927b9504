"""Ollama's sentences and what becomes of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arriero.models import errors
from arriero.models.ollama.classify import error_line, refusal
from arriero.models.ollama.refusals import Asked

ASKED = Asked("ollama", "http://127.0.0.1:11434", "m")


@pytest.mark.parametrize(
    ("recording", "kind"),
    [
        ("native--chat_missing", errors.ModelNotFound),
        ("native--show_missing", errors.ModelNotFound),
        ("native--embed_missing", errors.ModelNotFound),
        ("native--chat_overflow", errors.WindowExceeded),
        ("rendered--chat_overflow_noshift", errors.WindowExceeded),
        ("special--notools_chat_tools", errors.ToolsUnsupported),
        ("native--chat_think", errors.ModelError),
        ("native--badhost", errors.ProviderUnavailable),
        ("native--notfound", errors.ProviderUnavailable),
        ("special--crash_nostream", errors.StreamBroken),
    ],
)
def test_recorded_refusals(recording: str, kind: type[errors.ModelError]) -> None:
    file = Path(__file__).with_name("recordings") / f"{recording}.json"
    recorded = json.loads(file.read_text("utf-8"))
    body = "".join(text for _, text in recorded["chunks"])
    assert type(refusal(ASKED, recorded["status"], body)) is kind


def test_the_counts_of_a_window_are_read() -> None:
    file = Path(__file__).with_name("recordings") / "native--chat_overflow.json"
    recorded = json.loads(file.read_text("utf-8"))
    error = refusal(ASKED, 400, recorded["chunks"][0][1])
    assert isinstance(error, errors.WindowExceeded)
    assert (error.prompt, error.window) == (40008, 8192)
    assert "40008" in str(error)


# Sentences of Ollama's source, 0.3 to 0.17, beside those that were recorded.
@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (404, {"error": "nf"}, errors.ProviderUnavailable, "is not Ollama: set `providers.ollama"),
        (404, {"error": "Not Found"}, errors.ProviderUnavailable, "`providers.ollama.kind` to"),
        (
            400,
            {"error": 'think value "low" is not supported for this model'},
            errors.ModelError,
            "remove the setting `agent.think`",
        ),
        (
            400,
            {"error": '"bert" does not support chat'},
            errors.ChatUnsupported,
            "cannot chat: choose",
        ),
        (
            500,
            {"error": "input after truncation exceeds maximum context length"},
            errors.WindowExceeded,
            "longer than the window",
        ),
        *[
            (500, {"error": text}, errors.NoMemory, "choose a smaller model")
            for text in (
                "model failed to load, this may be due to resource limitations or an internal",
                "timed out waiting for llama runner to start - progress 0.50 - ",
                "memory layout cannot be allocated",
                "failed to allocate memory for model",
            )
        ],
        (
            500,
            {
                "error": "llama_model_load: this model may be incompatible with your version of "
                "Ollama. If you previously pulled this model, try updating it by running `ollama"
            },
            errors.ModelError,
            "update Ollama, and fetch the model again with `ollama pull m`",
        ),
        (
            401,
            {"error": "unauthorized", "signin_url": "https://ollama.com/connect?name=x"},
            errors.ProviderUnavailable,
            "runs in Ollama's cloud: run `ollama signin`",
        ),
        (401, {"error": "unauthorized"}, errors.ProviderUnavailable, "set OLLAMA_API_KEY"),
    ],
)
def test_refusals_of_its_source(
    status: int, body: dict[str, str], kind: type[errors.ModelError], said: str
) -> None:
    error = refusal(ASKED, status, json.dumps(body))
    assert type(error) is kind
    assert said in str(error)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("the input length exceeds the context length", errors.WindowExceeded),
        ("an error was encountered while running the model: unexpected EOF", errors.StreamBroken),
        (
            "model runner has unexpectedly stopped, this may be due to resource limitations",
            errors.StreamBroken,
        ),
        ("llama runner process has terminated: signal: killed", errors.StreamBroken),
        ("something new", errors.StreamBroken),
        ("json: cannot unmarshal string into Go struct field X.y of type int", errors.StreamBroken),
        ("error parsing tool call: raw='{', err=EOF", errors.CallUnreadable),
        ("XML syntax error on line 4: unexpected EOF", errors.CallUnreadable),
        ("failed to parse XML: XML syntax error on line 1: oh", errors.CallUnreadable),
        ("expected element type <function> but have <parameter>", errors.CallUnreadable),
        ("Value looks like object, but can't find closing '}' symbol", errors.CallUnreadable),
        ("invalid character '{' after top-level value", errors.CallUnreadable),
        ("unexpected end of JSON input", errors.CallUnreadable),
        ("json: cannot unmarshal array into Go value of type map", errors.CallUnreadable),
        ("Failed to parse input at pos 12: <tool_call>", errors.CallUnreadable),
        ("EOF", errors.CallUnreadable),
    ],
)
def test_error_lines_of_a_stream(text: str, kind: type[errors.ModelError]) -> None:
    error = error_line(ASKED, text)
    assert type(error) is kind
    assert error.cause == text


@pytest.mark.parametrize(
    ("text", "wrote"),
    [
        ("error parsing tool call: raw='{\"a\": 'x',\n]', err=invalid", "{\"a\": 'x',\n]"),
        ("XML syntax error on line 4: unexpected EOF", ""),
        ("error parsing tool call: raw='model x not found', err=oh", "model x not found"),
    ],
)
def test_what_the_model_wrote_is_told_where_ollama_shows_it(text: str, wrote: str) -> None:
    for error in (error_line(ASKED, text), refusal(ASKED, 500, json.dumps({"error": text}))):
        assert isinstance(error, errors.CallUnreadable)
        assert error.text == wrote


def test_long_causes_are_shortened_for_the_person_only() -> None:
    error = refusal(ASKED, 500, json.dumps({"error": "x " * 1000}))
    assert len(str(error)) < 500
    assert len(error.cause) > 1000
