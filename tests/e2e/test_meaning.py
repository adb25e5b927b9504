"""Search by meaning behind the doors: a real daemon, a real indexer, a simulated model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arriero.models.rehearsal import SimulatedModel, Simulator
from e2e.conftest import DaemonProcess
from e2e.editor import Editor, on_the_socket

pytest.importorskip("numpy", reason="search by meaning needs numpy")

EMBEDS = SimulatedModel(
    "embeds",
    capabilities=("embedding",),
    embedding_length=96,
    synonyms=(("shear", "trim"), ("wool", "fleece"), ("animal", "llama")),
)
MEANING = {"model": "embeds", "idle": 0, "queryMs": 5_000}
FILES = {
    "farm/shearing.py": "def shear(llama):\n    return llama.wool\n",
    "farm/feeding.py": "def feed(llama, hay):\n    llama.eat(hay)\n",
    "office/taxes.py": "def file_taxes(year):\n    return year.form\n",
    "office/trimming.py": "def trim(text):\n    return text.strip()\n",
}
QUESTION = "trim the fleece"


@pytest.fixture
def project(root: Path, simulator: Simulator) -> Path:
    simulator.models[EMBEDS.full_name] = EMBEDS
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    return root


async def opened(project: Path, environment: dict[str, str], **meaning: Any) -> Editor:
    editor = await on_the_socket(project, environment)
    await editor.initialize({"window": {"preload": False}, "meaning": {**MEANING, **meaning}})
    return editor


async def told(editor: Editor, condition: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Wait until what is told of the vectors is as wanted, and return it."""

    async def look() -> dict[str, Any]:
        while True:
            (folder,) = (await editor.client.request("arriero/index", {"wait": 10}))["indexes"]
            meaning = folder["meaning"]
            if meaning is not None and condition(meaning):
                return dict(meaning)
            await asyncio.sleep(0.02)

    return await asyncio.wait_for(look(), 30)


def ready(meaning: dict[str, Any]) -> bool:
    return bool(meaning["state"] == "ready" and meaning["done"] == meaning["chunks"] > 0)


async def search(editor: Editor, query: str, kind: str = "semantic") -> dict[str, Any]:
    return dict(await editor.client.request("arriero/search", {"query": query, "kind": kind}))


def embedded(simulator: Simulator) -> list[str]:
    """The texts that were embedded."""
    asked = [one.body for one in simulator.requests if one.path == "/api/embed"]
    return [text for body in asked for text in body["input"]]


async def test_what_words_miss_is_found(
    project: Path, environment: dict[str, str], daemon: DaemonProcess, simulator: Simulator
) -> None:
    plain = await on_the_socket(project, environment)
    await plain.initialize({"window": {"preload": False}})
    await plain.client.request("arriero/index", {"wait": 30})
    by_words = await search(plain, QUESTION)
    assert "`meaning.model`" in by_words["note"]
    assert plain.uri("farm/shearing.py") not in [hit["uri"] for hit in by_words["hits"]]
    await plain.leave()

    editor = await opened(project, environment)
    state = await told(editor, ready)
    assert (state["model"], state["chunks"], state["message"]) == ("embeds", 5, "")
    found = await search(editor, QUESTION)
    hit = next(hit for hit in found["hits"] if hit["uri"] == editor.uri("farm/shearing.py"))
    assert "close in meaning to lines 1-2" in hit["why"]
    assert found["hits"].index(hit) <= 1, "only what has a word of the question is before it"
    assert found["note"] == ""
    fused = await search(editor, QUESTION, "auto")
    assert editor.uri("farm/shearing.py") in [hit["uri"] for hit in fused["hits"]]

    before = len(embedded(simulator))
    (project / "farm/fleece.py").write_text("def weigh(fleece):\n    return fleece.grams\n")
    await told(editor, lambda meaning: ready(meaning) and meaning["chunks"] == 6)
    assert len(embedded(simulator)) == before + 1, "what did not change is not embedded again"
    await editor.leave()


async def test_a_model_that_is_not_there_is_said_and_nothing_else_suffers(
    project: Path, environment: dict[str, str], daemon: DaemonProcess, simulator: Simulator
) -> None:
    editor = await opened(project, environment, model="gone")
    state = await told(editor, lambda meaning: meaning["state"] == "failing")
    assert "ollama pull gone" in state["message"]
    found = await search(editor, "feed hay")
    assert found["hits"][0]["uri"] == editor.uri("farm/feeding.py")
    assert "found by words" in found["note"]
    simple = await search(editor, "feed hay", "auto")
    assert simple["hits"][0]["uri"] == editor.uri("farm/feeding.py")
    await editor.leave()


async def test_after_a_kill_it_goes_on_with_what_lacks(
    project: Path,
    own_environment: dict[str, str],
    own_daemon: DaemonProcess,
    simulator: Simulator,
) -> None:
    for number in range(24):
        (project / f"n{number}.py").write_text(f"def number_{number}():\n    return {number}\n")
    await own_daemon.start()
    editor = await opened(project, own_environment)
    await told(editor, lambda meaning: meaning["done"] > 0)
    own_daemon.kill()
    first = len(embedded(simulator))
    await own_daemon.start()
    editor = await opened(project, own_environment)
    state = await told(editor, ready)
    texts = embedded(simulator)
    assert state["chunks"] == 29
    assert len(set(texts)) == 29
    assert len(texts) - len(set(texts)) <= 16, "no more than one request is done again"
    assert first > 0
    await editor.leave()
