"""A model is tried from the command line, with a real daemon; only the model is a rehearsal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arriero.models.rehearsal import Asked, Script, SimulatedModel, Simulator, Turn
from cli.result import Result
from cli.served import served

Command = Callable[..., Result]
OBJECT = '{"tool": "read_file", "arguments": {"path": "notes.txt"}}'


def only_with_schema(asked: Asked) -> Turn:
    return Turn(OBJECT if asked.body.get("format") else "I cannot see files.")


@pytest.fixture
def simulator(
    home: Path, forked_daemon: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Simulator]:
    """A server with a model that calls tools only where it is made to."""
    made = Simulator(
        Script(otherwise=only_with_schema),
        models=[SimulatedModel("stubborn", num_ctx=4096)],
    )
    with served(made):
        monkeypatch.setenv("OLLAMA_HOST", made.base_url)
        yield made


@pytest.fixture
def command(simulator: Simulator, arriero: Command) -> Iterator[Command]:
    yield arriero
    assert arriero("daemon", "stop").code == 0


def test_a_model_is_tried_and_its_profile_kept(
    command: Command, simulator: Simulator, home: Path
) -> None:
    tried = command("models", "probe", "stubborn")
    assert tried.code == 0, tried.err
    rows = dict(line.split(maxsplit=2)[::2] for line in tried.out.splitlines()[1:4])
    assert rows == {"native": "does not work", "prompted": "does not work", "constrained": "works"}
    assert "in use            constrained\n" in tried.out
    assert simulator.loads == ["stubborn:latest"]
    asked = len(simulator.chats)
    assert asked == 3

    told = json.loads(command("models", "show", "stubborn", "--json").out)["profile"]
    assert (told["rung"], told["native"], told["constrained"]) == ("constrained", False, True)
    assert told["tokensPerSecond"] > 0
    assert "in use            constrained\n" in command("models", "show", "stubborn").out
    assert len(simulator.chats) == asked
    (kept,) = (home / ".cache/arriero/profiles").glob("*.model.json")
    assert json.loads(kept.read_text())["digest"] == SimulatedModel("stubborn").digest

    absent = command("models", "probe", "absent")
    assert (absent.code, "absent" in absent.err) == (1, True)
