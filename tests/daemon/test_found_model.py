"""Which model answers a run, and what it is shown: chains over providers, and pictures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent.fakes import FakeEditor
from arriero.agent.history import rebuild
from arriero.daemon.hub import Hub
from arriero.models import chain
from arriero.models.rehearsal import SimulatedModel, Simulator, Turn
from arriero.sessions.events import Notice, RunStarted
from daemon.bench import ask, for_ever

SEES = SimulatedModel("sees", capabilities=("completion", "tools", "vision"))
BLIND = SimulatedModel("blind", capabilities=("completion", "tools"))
PICTURE = b"\x89PNG picture"


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator([Turn("Yes.")] * 3, models=[SEES, BLIND]) as made:
        yield made


async def run(
    tmp_path: Path, settings: dict[str, Any], **fields: Any
) -> tuple[Any, list[Any], list[Any]]:
    """One run; its result, its events' bodies, and the session's messages."""
    (tmp_path / "work").mkdir()
    made = Hub(tmp_path / "state", tmp_path / "cache", sleep=for_ever)
    await made.open()
    try:
        editor = FakeEditor()
        attachment = await made.attach([str(tmp_path / "work")], editor)
        await attachment.set_editor_settings(settings, trusted=False)
        result = await ask(attachment, mode="ask", **fields)
        events = await attachment.events(result.session_id)
        return result, [event.body for event in events], rebuild(events).messages
    finally:
        await made.close()


@pytest.mark.parametrize(
    ("model", "answers", "said"),
    [
        ("sees", ("sees", "here"), []),
        ("gone, else blind", ("blind", "here"), ["blind of here answers instead: Ollama has no"]),
        (
            "sees@down, else sees",
            ("sees", "here"),
            ["sees of here answers instead: Ollama does not"],
        ),
        (
            "sees@down, else gone@here, else blind@here",
            ("blind", "here"),
            ["blind of here answers instead: Ollama does not", "blind of here answers instead: Ol"],
        ),
        ("sees@down, else gone", None, ["Ollama has no model gone"]),
    ],
)
async def test_the_first_that_is_there(
    tmp_path: Path,
    simulator: Simulator,
    model: str,
    answers: tuple[str, str] | None,
    said: list[str],
) -> None:
    entry = {"kind": "ollama", "max_retries": 0}
    settings = {
        "model": model,
        "provider": "here",
        "providers": {
            "here": {**entry, "base_url": simulator.base_url},
            "down": {**entry, "base_url": "http://127.0.0.1:9"},
        },
    }
    result, bodies, _ = await run(tmp_path, settings)
    (started,) = [body for body in bodies if isinstance(body, RunStarted)]
    if answers is None:
        assert result.stop_reason == "error"
        assert result.message.startswith(said[0])
        assert "The others: Ollama does not answer at http://127.0.0.1:9" in result.message
        return
    assert (result.stop_reason, started.model, started.provider) == ("end_turn", *answers)
    notices = [body.text for body in bodies if isinstance(body, Notice)]
    assert len(notices) == len(said)
    assert all(one.startswith(words) for one, words in zip(notices, said, strict=True))


async def test_one_that_does_not_answer_keeps_the_next_from_nothing(
    tmp_path: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    monkeypatch.setattr(chain, "PATIENCE", 0.5)
    entry = {"kind": "ollama", "max_retries": 0}
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as stuck:
        url = f"http://127.0.0.1:{stuck.sockets[0].getsockname()[1]}"
        settings = {
            "model": "sees@stuck, else sees@here",
            "providers": {
                "here": {**entry, "base_url": simulator.base_url},
                "stuck": {**entry, "base_url": url},
            },
        }
        result, bodies, _ = await run(tmp_path, settings)
    assert result.stop_reason == "end_turn"
    (told,) = [body.text for body in bodies if isinstance(body, Notice)]
    assert "sees of here answers instead: sees of stuck is not answered for in" in told


@pytest.mark.parametrize("model", ["sees", "blind"])
async def test_a_picture(tmp_path: Path, simulator: Simulator, model: str) -> None:
    settings = {
        "model": model,
        "providers": {"ollama": {"kind": "ollama", "base_url": simulator.base_url}},
    }
    result, bodies, messages = await run(tmp_path, settings, images=(PICTURE,))
    assert result.stop_reason == "end_turn"
    notices = [body.text for body in bodies if isinstance(body, Notice)]
    sent = simulator.chats[0].body
    assert sent is not None
    shown = sent["messages"][-1].get("images")
    if model == "blind":
        assert notices == ["blind cannot see: the picture is left out. Choose a model that can."]
        assert not shown
    else:
        assert notices == []
        assert len(shown) == 1
        # What is stored is what was sent.
        assert messages[1].images == (PICTURE,)
