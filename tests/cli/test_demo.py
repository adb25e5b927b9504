"""`arriero demo`: what it shows and when it is a success, with a daemon that plays the run."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from arriero.cli.demo_model import find_model
from arriero.models.rehearsal import SimulatedModel, Simulator
from arriero.models.rehearsal.sample_script import LEDGER_EDITS, SPLIT_EDIT, SampleEdit
from arriero.workspace.uris import path_to_uri
from cli.fake_daemon import FakeConnection, FakeDaemon, Refusal
from cli.result import Result

Command = Callable[..., Result]
NO_OLLAMA = {"OLLAMA_HOST": "127.0.0.1:9"}


class Mender:
    """A daemon whose run mends the sample, or only a part of it."""

    def __init__(self, daemon: FakeDaemon, edits: tuple[SampleEdit, ...]) -> None:
        self._edits = edits
        self._folder = Path()
        daemon.on("session/new", self.new)
        daemon.on("session/set_mode", {})
        meta = {"runId": "r1", "message": "Done.", "applied": False}
        daemon.on("session/prompt", {"stopReason": "end_turn", "_meta": {"arriero": meta}})
        daemon.on("arriero/proposal", self.proposal)
        daemon.on("workspace/executeCommand", self.accept)

    def new(self, _: FakeConnection, params: Any) -> Any:
        self._folder = Path(params["cwd"])
        return {"sessionId": "s1"}

    def proposal(self, _: FakeConnection, params: Any) -> Any:
        if not self._edits:
            raise Refusal("It proposes nothing.", -32602)
        files = []
        for number, edit in enumerate(self._edits):
            old = (self._folder / edit.path).read_text()
            hunk = {"id": str(number), "state": "open", "line": 0, "oldLines": [], "newLines": []}
            files.append(
                {
                    "uri": path_to_uri(str(self._folder / edit.path)),
                    "kind": "edit",
                    "newUri": None,
                    "oldText": old,
                    "newText": old.replace(edit.old, edit.new),
                    "hunks": [hunk],
                }
            )
        return {"runId": "r1", "sessionId": "s1", "label": "Mend", "files": files}

    async def accept(self, client: FakeConnection, params: Any) -> Any:
        changes = []
        for path in dict.fromkeys(edit.path for edit in self._edits):
            old = (self._folder / path).read_text()
            edits = []
            for edit in self._edits:
                if edit.path == path:
                    before, _, _ = old.partition(edit.old)
                    start = {"line": before.count("\n"), "character": 0}
                    if not before.endswith("\n") and before:
                        raise AssertionError("the sample's edits are whole lines")
                    end = {"line": start["line"] + edit.old.count("\n"), "character": 0}
                    edits.append({"range": {"start": start, "end": end}, "newText": edit.new})
            document = {"uri": path_to_uri(str(self._folder / path)), "version": 1}
            changes.append({"textDocument": document, "edits": edits})
        answer = await client.request("workspace/applyEdit", {"edit": {"documentChanges": changes}})
        hunks = params["arguments"][0]["hunks"] if answer["applied"] else []
        reason = answer.get("failureReason", "")
        return {
            "runId": "r1",
            "applied": answer["applied"],
            "hunks": hunks,
            "stale": [],
            "message": reason,
        }


@pytest.fixture
def temporary(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo makes its folder."""
    folder = home / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    for name, value in NO_OLLAMA.items():
        monkeypatch.setenv(name, value)
    return folder


def test_a_demo_that_succeeds(arriero: Command, daemon: FakeDaemon, temporary: Path) -> None:
    Mender(daemon, (SPLIT_EDIT, *LEDGER_EDITS))
    result = arriero("demo")
    assert (result.code, result.err) == (0, "")
    order = (
        "A sample project with a failing test, in",
        "$ python3 -m unittest\n",
        "FAILED (failures=1)",
        "the built-in rehearsal, whose words are scripted; all else is real. (Ollama does not",
        "> A test fails.",
        "+    share, odd = divmod(cents, parts)\n",
        "Nothing has touched the folder yet",
        "$ git status --short\n  (clean)\n",
        "Applied 3 changes.\n",
        "$ python3 -m unittest\n  OK\n",
        "$ git status --short\n   M tally/ledger.py\n   M tally/money.py\n",
        'arriero run "…"',
    )
    at = 0
    for words in order:
        at = result.out.find(words, at)
        assert at >= 0, words
    assert list(temporary.iterdir()) == []
    # It came as an editor does: through a forwarder, with the rehearsal as a setting of the editor.
    assert daemon.sent("arriero/attach")[0]["door"] == "lsp"
    options = daemon.sent("initialize")[0]["initializationOptions"]
    assert options["settings"]["provider"] == "rehearsal"


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ((SPLIT_EDIT,), "The test still fails: this model could not do it."),
        ((), "The model proposed no change"),
    ],
)
def test_a_demo_that_does_not(
    edits: tuple[SampleEdit, ...],
    words: str,
    arriero: Command,
    daemon: FakeDaemon,
    temporary: Path,
) -> None:
    Mender(daemon, edits)
    result = arriero("demo", "--keep")
    assert result.code == 1
    assert words in result.out
    (kept,) = temporary.iterdir()
    assert f"The sample project is kept in {kept / 'tally'}\n" in result.out
    assert (kept / "tally/README.md").exists()


def test_a_demo_without_git(
    arriero: Command,
    daemon: FakeDaemon,
    temporary: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Mender(daemon, (SPLIT_EDIT, *LEDGER_EDITS))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    result = arriero("demo")
    assert result.code == 0
    assert "git is not installed" in result.out


@pytest.fixture
def stopped(arriero: Command, forked_daemon: None) -> Iterator[None]:
    """A daemon that is real, and that the test does not leave behind."""
    yield
    assert arriero("daemon", "stop").code == 0


@pytest.mark.usefixtures("stopped")
def test_where_nothing_can_be_kept(
    arriero: Command, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = temporary.parent / "state"
    blocked.write_text("no folder")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    result = arriero("demo")
    assert result.code == 1
    assert "Conversations cannot be kept in" in result.err
    assert (result.out + result.err).count("The proposal could not be stored") == 1
    assert "Nothing was applied, for what is said above" in result.out
    assert "proposed no change" not in result.out
    assert "Traceback" not in result.err


CAPABLE = SimulatedModel("capable", capabilities=("completion", "tools"))
PLAIN = SimulatedModel("plain", capabilities=("completion",))


@pytest.mark.parametrize(
    ("wanted", "used", "why"),
    [
        (None, "capable", ""),
        ("capable", "capable", ""),
        ("plain", "rehearsal", "plain cannot use tools"),
        ("absent", "rehearsal", "absent"),
        ("absent, else plain, else capable@ollama", "capable", "capable of ollama"),
    ],
)
async def test_the_model_of_the_demo(
    wanted: str | None,
    used: str,
    why: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Simulator(models=[PLAIN, CAPABLE]) as simulator:
        monkeypatch.setenv("OLLAMA_HOST", simulator.base_url)
        async with find_model(wanted) as model:
            assert re.split("[:@]", str(model.settings["model"]))[0] == used
            assert why in model.description
            assert ("providers" in model.settings) == (used == "rehearsal")
