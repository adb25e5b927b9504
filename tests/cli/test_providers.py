"""`arriero providers`: what is configured, and what a server shows of itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from arriero.cli.trials.picture import red_square
from arriero.models.rehearsal import Asked, Call, Script, SimulatedModel, Simulator, Turn
from cli.result import Result
from cli.served import served

Command = Callable[..., Result]


def able(asked: Asked) -> Turn:
    """A model that can do all of it."""
    if asked.tools:
        return Turn(calls=[Call("get_weather", {"city": "Quito"})])
    if asked.body.get("format"):
        return Turn('{"sum": 5}')
    if any(message.get("images") for message in asked.messages):
        return Turn("Red.")
    thinking = "Seven times thirteen." if asked.body.get("think") else ""
    return Turn("1 2 3 4", thinking=thinking)


def unable(asked: Asked) -> Turn:
    """A model that prints its calls and talks."""
    return Turn(["I would call get_weather." if asked.tools else "What a nice question!"])


@pytest.fixture
def simulator(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    made = Simulator(
        models=[
            SimulatedModel("able", capabilities=("completion", "tools", "thinking", "vision")),
            SimulatedModel("unable", capabilities=("completion",)),
            SimulatedModel("vectors", capabilities=("embedding",)),
        ],
        script=Script(),
    )
    for _ in range(12):
        made.say(able, model="able")
        made.say(unable, model="unable")
    with served(made):
        monkeypatch.setenv("OLLAMA_HOST", made.base_url)
        yield made


@pytest.mark.parametrize(
    ("model", "answers"),
    [
        ("able", ["yes", "yes", "yes", "yes", "yes", "yes"]),
        ("unable", ["no", "no", "no", "no", "no", "yes"]),
    ],
)
def test_each_answer_is_seen(
    simulator: Simulator, arriero: Command, work: Path, model: str, answers: list[str]
) -> None:
    result = arriero("providers", "check", "ollama", "--model", model, "--json")
    assert result.code == 0, result.err
    (told,) = json.loads(result.out)["providers"]
    assert (told["model"], told["models"]) == (model, 3)
    assert [one["answer"] for one in told["abilities"].values()] == answers
    assert told["abilities"]["embeds"]["detail"].startswith("vectors:latest, ")
    if model == "unable":
        assert "does not support tools" in told["abilities"]["tools"]["detail"]
    # Loaded once, with the window that runs use.
    assert simulator.loads.count(f"{model}:latest") == 1


def test_the_table(simulator: Simulator, arriero: Command, work: Path) -> None:
    result = arriero("providers", "check", "ollama", "--model", "able")
    header, row, *_ = result.out.splitlines()
    assert header.split() == [
        "provider", "version", "models", "model", "streams", "tools", "schema", "thinks", "images",
        "embeds",
    ]  # fmt: skip
    assert row.split() == ["ollama", "0.0.0-rehearsal", "3", "able", *["yes"] * 6]


def test_what_does_not_answer(
    arriero: Command, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    result = arriero("providers", "check", "ollama")
    assert result.code == 1
    assert result.out.splitlines()[1].split()[:3] == ["ollama", "no", "answer"]
    assert "ollama serve" in result.out
    assert "Traceback" not in result.err


class _SignIn(BaseHTTPRequestHandler):
    """Sends everybody to a page for signing in."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", "https://sso.example/login")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_what_sends_on_to_a_page_for_signing_in(
    arriero: Command, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _SignIn) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{server.server_port}")
            result = arriero("providers", "check", "ollama")
            doctor = arriero("doctor")
        finally:
            server.shutdown()
            serving.join()
    assert result.code == 1
    assert result.out.splitlines()[1].split()[:2] == ["ollama", "redirects"]
    for told in (result.out, doctor.out):
        said = " ".join(told.split())
        assert "sends on to https://sso.example/login, perhaps for signing in" in said
        assert "providers.ollama.base_url" in said
        assert "does not answer" not in said


def test_of_entries_that_nobody_wrote_no_more_is_said_than_that(
    arriero: Command, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    monkeypatch.setenv("ARRIERO_PROVIDERS__MINE__KIND", "openai")
    monkeypatch.setenv("ARRIERO_PROVIDERS__MINE__BASE_URL", "http://127.0.0.1:9/v1")
    told = arriero("providers", "check").out
    assert "\nollama: Ollama does not answer" in told
    assert "\nmine: The provider mine does not answer" in told
    assert "\nvllm: " not in told


def test_the_model_in_use_is_tried_at_its_provider(
    arriero: Command, simulator: Simulator, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARRIERO_PROVIDERS__LAB__KIND", "ollama")
    monkeypatch.setenv("ARRIERO_PROVIDERS__LAB__BASE_URL", simulator.base_url)
    monkeypatch.setenv("ARRIERO_MODEL", "gone@lab, else unable@lab, else able")
    told = json.loads(arriero("providers", "check", "lab", "ollama", "--json").out)["providers"]
    assert [(one["name"], one["model"]) for one in told] == [("lab", "unable"), ("ollama", "able")]


def test_no_model_at_all(arriero: Command, simulator: Simulator, work: Path) -> None:
    simulator.models.clear()
    result = arriero("providers", "check", "ollama")
    assert result.code == 1
    assert "has no model yet: fetch one" in result.out


def test_the_list(arriero: Command, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_API_KEY", "secret-of-mine")
    told = json.loads(arriero("providers", "list", "--json").out)["providers"]
    assert [one["name"] for one in told][:2] == ["ollama", "llamacpp"]
    assert [one["name"] for one in told if one["selected"]] == ["ollama"]
    assert {one["name"]: one["key"] for one in told}["vllm"] == "set"
    shown = arriero("providers", "list").out
    assert "http://127.0.0.1:1234/v1" in shown
    assert "secret-of-mine" not in shown


def test_a_provider_that_is_none(arriero: Command, work: Path) -> None:
    result = arriero("providers", "check", "nope")
    assert (result.code, result.err.startswith("arriero: There is no provider nope;")) == (2, True)


def test_the_picture_is_one() -> None:
    content = red_square(8)
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert content.endswith(b"IEND\xaeB`\x82")  # with the checksum that the standard gives
