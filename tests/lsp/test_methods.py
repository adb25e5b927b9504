"""Arriero's own methods: proposals, models, sessions, diagnostics, status."""

from __future__ import annotations

import asyncio
import gc
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from arriero import __version__
from arriero.agent.changed_runs import ChangedFile, ChangedRun
from arriero.agent.outcomes import AcceptOutcome, RunChange, UndoOutcome
from arriero.agent.request import RunResult
from arriero.daemon.index_progress import IndexState
from arriero.daemon.shadows import NoShadow
from arriero.lsp.connection import Connection
from arriero.lsp.editor import LspEditor
from arriero.lsp.messages import DiagnosticsParams, FileDiagnostics
from arriero.lsp.methods.diagnostics import diagnostics
from arriero.models.residency import Residence
from arriero.rpc.server import make_server
from arriero.sessions.events import Applied, Compacted, ProposalChanged, StepEnded, StepRetried
from arriero.workspace.changes import Replacement, TextChange, WorkspaceChange
from arriero.workspace.conflicts import Conflict
from arriero.workspace.proposal import FileProposal, Hunk, Proposal
from arriero.workspace.takeback import Selection
from lsp.fake_hub import FakeHub, FakeRun
from lsp.raw_client import PATIENCE, RawClient, RpcError, span
from lsp.serving import Connect, open_document


@pytest.fixture
async def client(connect: Connect) -> RawClient:
    return await connect()


@pytest.fixture
def proposal(hub: FakeHub, folder: Path) -> Proposal:
    """Two hunks in one file, of which one was rejected, and a new file."""
    edited, made = str(folder / "a.py"), str(folder / "b.py")
    proposal = Proposal(
        run_id="run_1",
        session_id="ses_1",
        label="Fix",
        files=(
            FileProposal(
                path=edited,
                kind="edit",
                base="one\ntwo\n",
                proposed="1\n2\n",
                new_path=None,
                hunks=(
                    Hunk("1", edited, 1, ("one\n",), ("1\n",), "open"),
                    Hunk("2", edited, 2, ("two\n",), ("2\n",), "rejected"),
                ),
            ),
            FileProposal(
                path=made,
                kind="create",
                base=None,
                proposed="new\n",
                new_path=None,
                hunks=(Hunk("3", made, 1, (), ("new\n",), "open", "create"),),
            ),
        ),
    )
    one = TextChange(edited, "one\ntwo\n", (Replacement(0, 3, "1"),), None)
    hub.proposals.known["run_1"] = proposal
    hub.proposals.changes["run_1"] = WorkspaceChange("Fix", (one,))
    return proposal


async def test_proposal(client: RawClient, folder: Path, proposal: Proposal) -> None:
    edited, made = (folder / "a.py").as_uri(), (folder / "b.py").as_uri()
    told = await client.request("arriero/proposal", {"runId": "run_1"})
    edit = told.pop("edit")
    assert told == {
        "runId": "run_1",
        "sessionId": "ses_1",
        "label": "Fix",
        "files": [
            {
                "uri": edited,
                "kind": "edit",
                "newUri": None,
                "oldText": "one\ntwo\n",
                "newText": "1\n2\n",
                "hunks": [
                    {
                        "id": "1",
                        "state": "open",
                        "line": 0,
                        "oldLines": ["one\n"],
                        "newLines": ["1\n"],
                    },
                    {
                        "id": "2",
                        "state": "rejected",
                        "line": 1,
                        "oldLines": ["two\n"],
                        "newLines": ["2\n"],
                    },
                ],
            },
            {
                "uri": made,
                "kind": "create",
                "newUri": None,
                "oldText": None,
                "newText": "new\n",
                "hunks": [
                    {
                        "id": "3",
                        "state": "open",
                        "line": 0,
                        "oldLines": [],
                        "newLines": ["new\n"],
                    }
                ],
            },
        ],
    }
    (part,) = edit["documentChanges"]
    assert part["edits"] == [{"range": span(0, 0, 0, 3), "newText": "1"}]


async def test_no_proposal(client: RawClient) -> None:
    with pytest.raises(RpcError, match="-32602: There is no proposal of run 'run_9'"):
        await client.request("arriero/proposal", {"runId": "run_9"})


async def test_accept_reject_undo(client: RawClient, hub: FakeHub, proposal: Proposal) -> None:
    path = proposal.files[0].path
    hub.outcome = AcceptOutcome(applied=True, paths=(path,), hunks=("1",), stale=("3",), reason="")
    assert await client.command("arriero.accept", runId="run_1", hunks=["1", "3"]) == {
        "runId": "run_1",
        "applied": True,
        "hunks": ["1"],
        "stale": ["3"],
        "message": "",
    }
    await client.command("arriero.accept", runId="run_1", confirm=True)
    assert hub.confirmed == [False, True]
    rejected = await client.command("arriero.reject", runId="run_1")
    assert rejected == {"runId": "run_1", "hunks": ["1", "3"]}
    hub.outcome = UndoOutcome(
        False,
        (RunChange("run_1", conflicts=(Conflict(path, ("1",), 3, "new\n", "old\n", "mine\n"),)),),
        "a.py changed there.",
    )
    assert await client.command("arriero.undo", runId="run_1") == {
        "runId": "run_1",
        "applied": False,
        "kept": [Path(path).as_uri()],
        "message": "a.py changed there.",
        "runs": ["run_1"],
        "hunks": [],
        "conflicts": [
            {
                "uri": Path(path).as_uri(),
                "hunks": ["1"],
                "line": 2,
                "written": "new\n",
                "wanted": "old\n",
                "found": "mine\n",
            }
        ],
    }
    shown = await client.until("window/showMessage")
    assert shown["message"] == "a.py changed there."


async def test_what_is_meant_by_undo_and_redo(
    client: RawClient, hub: FakeHub, proposal: Proposal
) -> None:
    path = proposal.files[0].path
    hub.outcome = UndoOutcome(True, (RunChange("run_1", (path,), ("1", "3")),))
    chosen = {"runId": "run_1", "hunks": ["1"], "files": [Path(path).as_uri()]}
    told = await client.command("arriero.undo", **chosen)
    assert (told["runs"], told["hunks"]) == (["run_1"], ["1", "3"])
    assert hub.meant == Selection.of(["1"], [path])
    nothing = await client.command("arriero.redo")
    assert (nothing["applied"], nothing["runs"]) == (False, [])
    assert nothing["message"] == "Nothing was taken back that could be done again."
    file = ChangedFile(path, ("1",), ("3",))
    hub.changed = [ChangedRun("run_1", "ses_1", "Mend", 5.0, (), (file,))]
    again = await client.command("arriero.redo")
    assert (again["runId"], again["applied"]) == ("run_1", True)
    assert hub.meant == Selection()
    assert await client.request("arriero/changes", {"sessionId": "ses_1"}) == {
        "runs": [
            {
                "runId": "run_1",
                "sessionId": "ses_1",
                "label": "Mend",
                "at": 5.0,
                "files": [{"uri": Path(path).as_uri(), "applied": ["1"], "takenBack": ["3"]}],
            }
        ]
    }


async def test_back_to_a_point_in_a_session(
    client: RawClient, hub: FakeHub, proposal: Proposal
) -> None:
    runs = []
    session: dict[str, str] = {}
    for _ in range(3):
        run = await client.command("arriero.edit", prompt="p", **session)
        session = {"sessionId": run["sessionId"]}
        hub.proposals.known[run["runId"]] = proposal
        runs.append(run["runId"])
    hub.changed = [ChangedRun(one, session["sessionId"], "", 1.0, (), ()) for one in runs]
    hub.outcome = UndoOutcome(True)
    for since, expected in ((None, runs), (runs[0], runs[1:]), (runs[2], [])):
        given = {"runId": since} if since else {}
        told = await client.command("arriero.undo", **session, **given)
        assert told["applied"] is bool(expected)
        if expected:
            assert hub.turned == expected[::-1]
    assert await client.command("arriero.redo", **session)
    assert hub.turned == runs
    for wrong in ({"sessionId": "none"}, {**session, "runId": "none"}):
        with pytest.raises(RpcError, match="-32602"):
            await client.command("arriero.undo", **wrong)


async def test_a_person_means_the_last_run(
    client: RawClient, hub: FakeHub, proposal: Proposal
) -> None:
    run = await client.command("arriero.edit", prompt="p")
    hub.proposals.known[run["runId"]] = proposal
    rejected = await client.command("arriero.reject")
    assert rejected == {"runId": run["runId"], "hunks": ["1", "3"]}


async def test_proposal_changed(
    connect: Connect, client: RawClient, hub: FakeHub, proposal: Proposal
) -> None:
    async def script(run: FakeRun) -> RunResult:
        hub.proposals.known[run.handle.run_id] = proposal
        await run.emit(ProposalChanged(tuple(proposal.paths), 2))
        await run.emit(Applied(tuple(proposal.paths), ("1",)))
        return await run.end()

    hub.script = script
    other = await connect()
    await other.request("arriero/status")
    run = await client.command("arriero.edit", prompt="p")
    for one in (client, other):
        await one.until_true(lambda one=one: len(one.all("arriero/proposalChanged")) == 2)  # type: ignore[misc]
        assert one.all("arriero/proposalChanged")[0] == {
            "runId": run["runId"],
            "sessionId": run["sessionId"],
            "uris": [Path(path).as_uri() for path in proposal.paths],
            "openHunks": 2,
        }


# -- models


async def test_models(client: RawClient) -> None:
    told = await client.request("arriero/models")
    assert told["models"][0] == {
        "name": "qwen3:8b",
        "provider": "ollama",
        "size": 5,
        "parameterSize": "8B",
        "quantization": "Q4",
    }
    assert told["selected"] == {"provider": "ollama", "model": None}
    assert told["shown"] is None
    shown = (await client.request("arriero/models", {"show": "gemma3:4b"}))["shown"]
    assert shown == {
        "name": "gemma3:4b",
        "provider": "ollama",
        "capabilities": ["completion", "tools"],
        "family": "",
        "parameterSize": "",
        "quantization": "",
        "trainedWindow": 40960,
        "configuredWindow": None,
        "profile": None,
        "window": 16_384,
        "windowSource": "default",
    }


async def test_a_model_is_pulled_with_progress(client: RawClient, hub: FakeHub) -> None:
    told = await client.request("arriero/models", {"pull": "new:1b", "workDoneToken": "t"})
    assert [one["name"] for one in told["models"]] == ["qwen3:8b", "gemma3:4b", "new:1b"]
    values = [one["value"] for one in client.all("$/progress")]
    assert values[0]["title"] == "Arriero: pulling new:1b"
    assert {"kind": "report", "message": "downloading", "percentage": 50} in values
    assert values[-1]["kind"] == "end"


@pytest.mark.parametrize("way", ["request", "progress"])
async def test_a_pull_is_cancelled(client: RawClient, hub: FakeHub, way: str) -> None:
    params = {"pull": "endless", "workDoneToken": "t"}
    number, pulling = client.start("arriero/models", params)
    await client.until("$/progress", lambda one: one["value"].get("message") == "downloading")
    if way == "request":
        client.notify("$/cancelRequest", {"id": number})
    else:
        client.notify("window/workDoneProgress/cancel", {"token": "t"})
    with pytest.raises(RpcError, match="-32800"):
        await asyncio.wait_for(pulling, PATIENCE)
    await client.until("$/progress", lambda one: one["value"]["kind"] == "end")
    assert hub.provider.pulled == []


@pytest.mark.parametrize("params", [{}, {"show": "qwen3:8b"}])
async def test_no_provider(client: RawClient, hub: FakeHub, params: Any) -> None:
    hub.provider.problem = "Ollama does not answer; start it."
    with pytest.raises(RpcError, match="-32803: Ollama does not answer; start it"):
        await client.request("arriero/models", params)


async def test_an_unknown_model(client: RawClient) -> None:
    with pytest.raises(RpcError, match="There is no model x; pull it first"):
        await client.request("arriero/models", {"show": "x"})


# -- sessions


async def test_sessions(client: RawClient, hub: FakeHub) -> None:
    run = await client.command("arriero.ask", prompt="Why?")
    session_id = run["sessionId"]
    told = await client.request("arriero/sessions")
    assert told == {
        "sessions": [
            {
                "sessionId": session_id,
                "title": "",
                "mode": "ask",
                "model": None,
                "createdAt": 1000.0,
                "updatedAt": 1000.0,
                "runs": [{"runId": run["runId"], "label": "Why?", "stopReason": None}],
            }
        ],
        "events": None,
    }
    told = await client.request("arriero/sessions", {"sessionId": session_id})
    assert [one["kind"] for one in told["events"]] == ["run_started", "run_ended"]
    assert told["events"][1] == {
        "seq": hub.events[-1].seq,
        "runId": run["runId"],
        "kind": "run_ended",
        "at": 1000.0,
        "data": {"stop_reason": "end_turn", "message": "An answer.", "withdrawn": False},
    }
    told = await client.request("arriero/sessions", {"fork": session_id})
    assert told["sessions"][0]["sessionId"] == f"{session_id}_fork"
    told = await client.request("arriero/sessions", {"delete": session_id})
    assert [one["sessionId"] for one in told["sessions"]] == [f"{session_id}_fork"]


@pytest.mark.parametrize("key", ["sessionId", "fork", "delete", "rename"])
async def test_an_unknown_session(client: RawClient, key: str) -> None:
    with pytest.raises(RpcError, match="-32602: There is no session 'x'"):
        await client.request("arriero/sessions", {key: "x", "title": "new"})


async def test_a_session_is_forked_at_a_run_and_renamed(client: RawClient) -> None:
    run = await client.command("arriero.ask", prompt="Why?")
    params = {"fork": run["sessionId"], "before": run["runId"]}
    told = await client.request("arriero/sessions", params)
    assert told["sessions"][0]["title"] == f"before {run['runId']}"
    told = await client.request("arriero/sessions", {"rename": run["sessionId"], "title": " a\nb "})
    assert told["sessions"][0]["title"] == "a b"
    with pytest.raises(RpcError, match="-32602: `title`: give the session a name"):
        await client.request("arriero/sessions", {"rename": run["sessionId"], "title": " "})


async def test_the_context_of_a_session(client: RawClient, hub: FakeHub) -> None:
    async def script(run: FakeRun) -> RunResult:
        await run.emit(StepEnded(1, prompt_tokens=900, answer_tokens=100, window=4096))
        await run.emit(Compacted(2, {}, ("2 results of tools",), 1))
        return await run.end("Done.")

    usual, hub.script = hub.script, script
    one = await client.command("arriero.ask", prompt="Why?")
    hub.script = usual
    other = await client.command("arriero.ask", prompt="And?")
    told = (await client.request("arriero/context", {"sessionId": one["sessionId"]}))["context"]
    assert (told["sessionId"], told["window"]) == (one["sessionId"], 4096)
    assert (told["promptTokens"], told["answerTokens"]) == (900, 100)
    assert told["leftOut"] == ["2 results of tools"]
    none = await client.request("arriero/context", {"sessionId": other["sessionId"]})
    assert none == {"context": None}
    with pytest.raises(RpcError, match="-32602: There is no session 'x'"):
        await client.request("arriero/context", {"sessionId": "x"})


async def test_a_busy_session_is_not_deleted(client: RawClient, hub: FakeHub) -> None:
    async def script(run: FakeRun) -> RunResult:
        params = {"delete": run.handle.session_id}
        with pytest.raises(RpcError, match="-32600: This session is busy"):
            await client.request("arriero/sessions", params)
        return await run.end("Tried.")

    hub.script = script
    assert (await client.command("arriero.ask", prompt="p"))["message"] == "Tried."


# -- diagnostics


async def test_diagnostics(client: RawClient, hub: FakeHub, folder: Path) -> None:
    uri = open_document(client, folder / "a.py", "import os\n")
    problem = {
        "range": span(2, 6, 4, 0),
        "message": "Too long",
        "severity": 3,
        "source": "ruff",
        "code": 501,
    }
    files = [{"uri": uri, "diagnostics": [problem]}]
    await client.request("arriero/status")
    editor = hub.attachments[0].editor
    tells = [editor.tells_problems]
    client.notify("arriero/diagnostics", {"files": []})
    await client.request("arriero/status")
    tells.append(editor.tells_problems)
    assert tells == [False, True], "also where there are none yet"
    client.notify("arriero/diagnostics", {"files": files})
    await client.request("arriero/status")
    (one,) = editor.problems()
    assert (one.path, one.line, one.end_line) == (str(folder / "a.py"), 3, 4)
    assert one.column == 7
    assert (one.severity, one.source, one.code) == ("information", "ruff", "501")
    client.notify("arriero/diagnostics", {"files": [{"uri": uri, "diagnostics": []}]})
    await client.request("arriero/status")
    assert list(editor.problems()) == []


async def test_many_problems_leave_others_their_turn(
    client: RawClient, hub: FakeHub, folder: Path
) -> None:
    """And what is told later still counts, though the first are not all taken by then."""
    await client.request("arriero/status")
    editor = hub.attachments[0].editor

    def files(names: range, of_each: int, message: str) -> list[FileDiagnostics]:
        where = types.Range(types.Position(0, 0), types.Position(0, 1))
        one = types.Diagnostic(where, message)
        return [FileDiagnostics((folder / f"{n}.py").as_uri(), [one] * of_each) for n in names]

    turns = 0

    async def another() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    assert isinstance(editor, LspEditor)
    connection = editor._connection
    other = asyncio.create_task(another())
    first = DiagnosticsParams([*files(range(1_000), 1, "old"), *files(range(1), 1_000, "old")])
    last = DiagnosticsParams(files(range(990, 1_000), 1, "new"))
    await asyncio.gather(diagnostics(connection, first), diagnostics(connection, last))
    other.cancel()
    assert turns >= 30  # a hundred files or problems at once, of three thousand
    known = editor.problems()
    assert len(known) == 999 + 1_000
    assert [one.message for one in known].count("new") == 10


@pytest.mark.parametrize(
    ("method", "key"), [("didRenameFiles", "oldUri"), ("didDeleteFiles", "uri")]
)
async def test_the_problems_of_a_file_that_is_gone_are_forgotten(
    client: RawClient, hub: FakeHub, folder: Path, method: str, key: str
) -> None:
    uri = (folder / "a.py").as_uri()
    one = {"range": span(0, 0, 0, 1), "message": "m"}
    client.notify("arriero/diagnostics", {"files": [{"uri": uri, "diagnostics": [one]}]})
    client.notify("workspace/didCreateFiles", {"files": [{"uri": uri}]})
    await client.request("arriero/status")
    editor = hub.attachments[0].editor
    assert len(editor.problems()) == 1
    gone = {key: uri} | ({"newUri": f"{uri}x"} if key == "oldUri" else {})
    client.notify(f"workspace/{method}", {"files": [gone]})
    await client.request("arriero/status")
    assert list(editor.problems()) == []


# -- status


async def test_status(client: RawClient, hub: FakeHub, folder: Path) -> None:
    told = await client.request("arriero/status")
    assert told == {
        "version": __version__,
        "model": None,
        "provider": "ollama",
        "providerState": "ready",
        "message": "",
        "connections": 1,
        "workspace": {"folders": [str(folder)], "connections": 1, "watching": True},
        "runs": [],
        "shadow": "auto",
        "boundary": "",
        "context": None,
        "residence": None,
        "index": None,
        "completion": None,
    }
    await client.command("arriero.selectModel", model="gemma3:4b")
    told = await client.until("arriero/statusChanged", lambda one: one["model"] == "gemma3:4b")
    assert told["providerState"] == "ready"


async def test_the_status_tells_of_the_indexes_as_one(
    client: RawClient, hub: FakeHub, folder: Path
) -> None:
    hub.indexes.told = [IndexState(str(folder), "building", 10, 4)]
    told = (await client.request("arriero/status"))["index"]
    assert told == {"state": "building", "files": 10, "done": 4}
    shown = (await client.request("arriero/index"))["indexes"]
    assert shown == [
        {
            "uri": folder.as_uri(),
            "state": "building",
            "files": 10,
            "done": 4,
            "message": "",
            "meaning": None,
            "failing": False,
        }
    ]


async def test_status_without_a_provider(client: RawClient, hub: FakeHub) -> None:
    hub.provider.problem = "Ollama does not answer; start it."
    told = await client.request("arriero/status")
    assert told["providerState"] == "unavailable"
    assert told["message"] == "Ollama does not answer; start it."


@pytest.mark.parametrize("asks", [False, True], ids=["something changes", "somebody asks"])
async def test_a_provider_that_was_started_meanwhile_is_told_of(
    client: RawClient, hub: FakeHub, asks: bool
) -> None:
    hub.provider.problem = "Ollama does not answer; start it."
    await client.request("arriero/status")
    hub.provider.problem = ""
    if asks:
        await client.request("arriero/status")
    else:
        hub.attachments[0].on_change()
    told = await client.until("arriero/statusChanged", lambda one: one["providerState"] == "ready")
    assert told["message"] == ""


async def test_many_changes_are_told_once(client: RawClient, hub: FakeHub) -> None:
    await client.until("arriero/statusChanged")
    before = len(client.all("arriero/statusChanged"))
    for _ in range(50):
        hub.attachments[0].on_change()
    await client.until_true(lambda: len(client.all("arriero/statusChanged")) > before)
    await client.request("arriero/status")
    assert len(client.all("arriero/statusChanged")) == before + 1


# -- what the model's window holds


STEP = StepEnded(1, 5800, 300, 40, 900, 9677, 5452, 16_384, "prompted")


async def test_the_status_tells_what_the_window_holds(
    client: RawClient, hub: FakeHub, folder: Path
) -> None:
    async def script(run: FakeRun) -> RunResult:
        await run.emit(STEP)
        await run.emit(Compacted(2, {}, ("3 earlier messages",), 1))
        await run.emit(StepRetried(2, "the answer was empty"))
        await run.emit(replace(STEP, step=2, cached_tokens=None, load_ms=2000))
        return await run.end()

    hub.script = script
    await client.command("arriero.ask", prompt="Look")
    told = (await client.request("arriero/status"))["context"]
    page = told.pop("markdown")
    assert "- 3 earlier messages" in page
    assert told == {
        "sessionId": hub.last().session_id,
        "model": "qwen3:8b",
        "provider": "ollama",
        "rung": "prompted",
        "window": 16_384,
        "promptTokens": 5800,
        "answerTokens": 300,
        "cachedTokens": 0,
        "cachedEstimated": True,
        "tokensPerSecond": 31.0,
        "loadMs": 2000,
        "promptMs": 900,
        "steps": 2,
        "retries": 1,
        "compactions": 1,
        "leftOut": ["3 earlier messages"],
        "totals": {
            "promptTokens": 11_600,
            "answerTokens": 600,
            "loadMs": 2040,
            "promptMs": 1800,
            "answerMs": 19_354,
        },
        "line": "qwen3:8b · 6.1k of 16k tokens · about 0 % cached · 31 tokens/s · some left out",
    }


async def test_an_editor_that_comes_later_is_told_too(
    client: RawClient, hub: FakeHub, connect: Connect
) -> None:
    async def script(run: FakeRun) -> RunResult:
        await run.emit(STEP)
        return await run.end()

    hub.script = script
    await client.command("arriero.ask", prompt="Look")
    other = await connect()
    assert (await other.request("arriero/status"))["context"]["steps"] == 1
    # From now on it follows: what the store has is not read again.
    kept = list(hub.events)
    hub.events.clear()
    session = hub.last().session_id
    await hub.emit(session, "run_x", replace(STEP, prompt_tokens=6000))
    told = await other.until(
        "arriero/statusChanged", lambda one: (one["context"] or {}).get("steps") == 2
    )
    assert told["context"]["promptTokens"] == 6000
    hub.events[:0] = kept
    assert (await other.request("arriero/status"))["context"]["steps"] == 2


async def test_a_new_session_has_its_own_context(client: RawClient, hub: FakeHub) -> None:
    async def script(run: FakeRun) -> RunResult:
        await run.emit(replace(STEP, prompt_tokens=100 * len(hub.runs)))
        return await run.end()

    hub.script = script
    for number in (1, 2):
        await client.command("arriero.ask", prompt="Look")
        told = (await client.request("arriero/status"))["context"]
        assert (told["promptTokens"], told["steps"]) == (100 * number, 1)
        assert told["sessionId"] == hub.last().session_id


async def test_the_boundary_in_force_is_told(client: RawClient, hub: FakeHub) -> None:
    await client.command("arriero.ask", prompt="Look")
    hub.shadows.known[hub.last().session_id] = NoShadow("Commands do not run in this mode.")
    told = await client.request("arriero/status")
    assert (told["shadow"], told["boundary"]) == ("none", "Commands do not run in this mode.")


async def test_where_the_model_is(client: RawClient, hub: FakeHub) -> None:
    hub.residency.told = Residence(
        "ollama", "m", "loaded", 8192, 0.25, "2026-01-01T00:00:00Z", "fits"
    )
    assert (await client.request("arriero/status"))["residence"] == {
        "provider": "ollama",
        "model": "m",
        "state": "loaded",
        "window": 8192,
        "cpuShare": 0.25,
        "expiresAt": "2026-01-01T00:00:00Z",
        "windowSource": "fits",
    }
    await client.command("arriero.status")
    shown = await client.until("window/showMessage")
    assert "25 % of m runs on the CPU." in shown["message"]


async def test_the_status_is_told_four_times_a_second_at_most(
    client: RawClient, hub: FakeHub
) -> None:
    loop = asyncio.get_running_loop()
    await client.request("arriero/status")
    hub.attachments[0].on_change()
    seen = len(client.all("arriero/statusChanged"))
    began = loop.time()
    while len(client.all("arriero/statusChanged")) < seen + 3:
        hub.attachments[0].on_change()
        await asyncio.sleep(0.005)
    assert loop.time() - began >= 0.5


async def test_what_was_to_be_done_when_a_client_left_is_not_begun(hub: FakeHub) -> None:
    connection = Connection(make_server("arriero", "1"), hub)  # type: ignore[arg-type]

    async def work() -> None:
        raise AssertionError("it was begun")

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        connection.spawn(work())
        await connection.close()
        gc.collect()
    assert told == [], "that it was never awaited, for one"
