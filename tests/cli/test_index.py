"""`arriero search`, `arriero index` and `arriero map`, against a daemon that answers as told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arriero.workspace.uris import path_to_uri
from cli.fake_daemon import FakeConnection, FakeDaemon, Refusal
from cli.result import Result

Command = Callable[..., Result]


def hit(work: Path, name: str, line: int, text: str, *why: str) -> dict[str, Any]:
    end = line + text.count("\n") + 1
    place = {"start": {"line": line, "character": 0}, "end": {"line": end, "character": 0}}
    return {"uri": path_to_uri(str(work / name)), "range": place, "text": text, "why": list(why)}


def answer(*hits: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"hits": list(hits), "complete": True, "note": "", "cursor": None, **fields}


def state(name: str, done: int = 3, files: int = 3, message: str = "") -> dict[str, Any]:
    told = {"uri": "file:///w", "state": name, "files": files, "done": done, "message": message}
    return {"indexes": [told]}


def test_search(daemon: FakeDaemon, arriero: Command, work: Path) -> None:
    two = hit(work, "src/a b.py", 4, "def find():\n    pass", "defines find", "path", "c", "d")
    daemon.on("arriero/search", answer(two, hit(work, "README.md", 0, "Find it.", "words")))
    result = arriero("search", "where is it found", "-n", "5", "--wait", "1")
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "src/a b.py:5  defines find; path; c\n    def find():\n        pass\n"
        "\nREADME.md:1  words\n    Find it.\n"
    )
    (params,) = daemon.sent("arriero/search")
    assert params == {"query": "where is it found", "kind": "auto", "limit": 5, "wait": 1.0}


def test_lines_are_printed_as_grep_does(daemon: FakeDaemon, arriero: Command, work: Path) -> None:
    daemon.on("arriero/search", answer(hit(work, "a.py", 0, "\tx = 1"), hit(work, "a.py", 7, "x")))
    result = arriero("search", "--kind", "text", "x")
    assert result.out == "a.py:1: \tx = 1\na.py:8: x\n"


def test_what_a_file_is_called_cannot_draw_on_the_terminal(
    daemon: FakeDaemon, arriero: Command, work: Path
) -> None:
    daemon.on("arriero/search", answer(hit(work, "a\x1b[2J\n.py", 0, "\x1b[31mred")))
    result = arriero("search", "--kind", "text", "red")
    assert "\x1b" not in result.out
    assert len(result.out.splitlines()) == 1
    assert result.out.startswith("a\\x1b[2J\\x0a.py:1: ")


def test_a_name_that_is_not_utf_8_is_shown_by_its_bytes(
    daemon: FakeDaemon, arriero: Command, work: Path
) -> None:
    daemon.on("arriero/search", answer(hit(work, "caf\udce9.py", 0, "x")))
    assert arriero("search", "--kind", "text", "x").out == "caf\\xe9.py:1: x\n"


@pytest.mark.parametrize(
    ("told", "code", "said"),
    [
        (answer(), 1, "Nothing was found.\n"),
        (answer(note="It is being built."), 1, "Nothing was found.\nIt is being built.\n"),
        (answer(hit(Path("/o"), "a", 0, "x"), cursor="20"), 0, "raise --limit"),
        (answer(hit(Path("/o"), "a", 0, "x"), complete=False, note="Built."), 0, "Built.\n"),
    ],
)
def test_what_is_said_beside_the_hits(
    daemon: FakeDaemon, arriero: Command, told: dict[str, Any], code: int, said: str
) -> None:
    daemon.on("arriero/search", told)
    result = arriero("search", "x")
    assert result.code == code
    assert said in result.err
    as_json = arriero("search", "x", "--json")
    assert (as_json.code, json.loads(as_json.out), as_json.err) == (code, told, "")


def test_wrong_searches(daemon: FakeDaemon, arriero: Command) -> None:
    def refuse(_: FakeConnection, params: Any) -> Any:
        raise Refusal("The regular expression is not valid: missing ).", -32602)

    daemon.on("arriero/search", refuse)
    result = arriero("search", "--kind", "regex", "(")
    assert (result.code, result.out) == (2, "")
    assert result.err == "arriero: The regular expression is not valid: missing ).\n"
    for arguments in (("search",), ("search", " "), ("search", "--kind", "text", ""),
                      ("search", "--kind", "nose", "x"),
                      ("search", "x", "--limit", "0")):  # fmt: skip
        assert arriero(*arguments).code == 2


@pytest.mark.parametrize(
    ("told", "out", "err"),
    [
        (state("ready"), "index   ready\nfiles   3 of 3\n", ""),
        (state("building", 1200, 20000), "index   being built\nfiles   1,200 of 20,000\n", ""),
        (state("off", 0, 0, "It is off."), "index   not indexed\n", "It is off.\n"),
    ],
)
def test_status(
    daemon: FakeDaemon, arriero: Command, told: dict[str, Any], out: str, err: str
) -> None:
    daemon.on("arriero/index", told)
    result = arriero("index", "status")
    assert (result.code, result.out, result.err) == (0, out, err)
    assert json.loads(arriero("index", "status", "--json").out) == told["indexes"][0]


def test_status_of_the_vectors(daemon: FakeDaemon, arriero: Command) -> None:
    told = state("ready")
    told["indexes"][0]["meaning"] = {
        "state": "failing", "model": "embeds", "chunks": 4_000, "done": 1_200,
        "message": "Ollama has no model embeds: fetch it.",
    }  # fmt: skip
    daemon.on("arriero/index", told)
    result = arriero("index", "status")
    assert result.out.endswith("meaning 1,200 of 4,000 chunks in embeds, tried again later\n")
    assert result.err == "Ollama has no model embeds: fetch it.\n"


UNNAMED = "No embedding model is named; set `meaning.model`, such as nomic-embed-text."


def vectors(name: str, done: int, message: str = "") -> dict[str, Any]:
    told = state("ready")
    told["indexes"][0]["meaning"] = {
        "state": name, "model": "embeds", "chunks": 40, "done": done, "message": message,
    }  # fmt: skip
    return told


def test_embedding_waits_until_it_is_done(daemon: FakeDaemon, arriero: Command) -> None:
    states = [state("building", 1), vectors("paused", 0), vectors("embedding", 9),
              vectors("ready", 40)]  # fmt: skip
    daemon.on("arriero/index", lambda _, params: states.pop(0) if len(states) > 1 else states[0])
    result = arriero("index", "embed")
    assert (result.code, result.err) == (0, "")
    assert result.out == "40 chunks have a vector in embeds.\n"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (state("off", message="It is off."), "It is off."),
        (state("ready"), UNNAMED),
        (vectors("failing", 3, "Fetch it."), "Fetch it."),
    ],
)  # fmt: skip
def test_what_cannot_be_embedded(
    daemon: FakeDaemon, arriero: Command, told: dict[str, Any], said: str
) -> None:
    daemon.on("arriero/index", told)
    result = arriero("index", "embed")
    assert (result.code, result.err) == (1, f"arriero: {said}\n")


def test_rebuild_waits_until_it_is_done(daemon: FakeDaemon, arriero: Command) -> None:
    states = [state("scanning", 0, 0), state("building", 1), state("ready")]
    daemon.on("arriero/index", lambda _, params: states.pop(0))
    daemon.on("workspace/executeCommand", {"started": True, "message": ""})
    result = arriero("index", "rebuild")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("3 files are indexed (")
    (command,) = daemon.sent("workspace/executeCommand")
    assert command["command"] == "arriero.reindex"


def test_a_rebuild_that_cannot_be(daemon: FakeDaemon, arriero: Command) -> None:
    daemon.on("workspace/executeCommand", {"started": False, "message": "It is off."})
    result = arriero("index", "rebuild")
    assert (result.code, result.err) == (1, "arriero: It is off.\n")


@pytest.mark.parametrize("action", ["rebuild", "embed"])
def test_what_fails_and_is_tried_again_is_not_waited_for(
    daemon: FakeDaemon, arriero: Command, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    """Such as on a full disk; a failure that passes is not told."""
    monkeypatch.setattr("arriero.cli.index_answers._STEP", 0.0)
    failing = state("building", 1, message="The disk is full.")
    failing["indexes"][0]["failing"] = True
    told = [*[failing] * 5, state("building", 2), *[failing] * 6]
    daemon.on("arriero/index", lambda _, params: told.pop(0))
    daemon.on("workspace/executeCommand", {"started": True, "message": ""})
    result = arriero("index", action)
    assert (result.code, result.err) == (1, "arriero: The disk is full.\n")
    assert not told


def test_map(daemon: FakeDaemon, arriero: Command) -> None:
    told = {"text": "a.py:\n  class A\n", "tokens": 9, "complete": True, "note": ""}
    daemon.on("arriero/map", told)
    result = arriero("map", "--tokens", "50", "--about", "cats")
    assert (result.code, result.out, result.err) == (0, told["text"], "")
    (params,) = daemon.sent("arriero/map")
    assert params == {"tokens": 50, "words": "cats", "wait": 10.0}
    assert json.loads(arriero("map", "--json").out) == told
    daemon.on("arriero/map", {**told, "text": "", "note": "It is being built."})
    result = arriero("map")
    assert (result.code, result.out) == (1, "")
    assert result.err == "There is nothing to show.\nIt is being built.\n"
    assert arriero("map", "--tokens", "0").code == 2
