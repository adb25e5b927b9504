"""`arriero serve` beside the daemon: the editor that has the folder open takes the edits."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from lsprotocol import types
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client

from arriero.models.rehearsal import Hold, Simulator, Turn
from e2e.conftest import DaemonProcess
from e2e.editor import Editor, on_the_socket
from e2e.test_main_job import edit
from forked import program

UNSAVED = "zero\none\ntwo\nthree\n"


@asynccontextmanager
async def serving(environment: dict[str, str], folder: Path, *more: str) -> AsyncIterator[str]:
    """Start it in a process of its own; yields where it is."""
    process = await asyncio.create_subprocess_exec(
        *program(), "serve", "--port", "0", "-w", str(folder), *more,
        env={**environment, "ARRIERO_AGENT__PROBE": "false"},
        stderr=asyncio.subprocess.PIPE, cwd=folder,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        while b" at http" not in (line := await asyncio.wait_for(process.stderr.readline(), 60)):
            assert line, "it ended"
        yield line.decode().split(" at ")[1].split()[0]
    finally:
        process.terminate()
        await process.stderr.read()
        await process.wait()


async def asked(url: str) -> dict[str, Any]:
    """Ask for a change, and return the message of the answer."""
    body = {"model": "rehearsal", "messages": [{"role": "user", "content": "Change it."}]}
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
        answer = await http.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200, answer.text
    message: dict[str, Any] = answer.json()["choices"][0]["message"]
    return message


async def opened(root: Path, environment: dict[str, str], at: Path | None = None) -> Editor:
    """An editor with a text that is not saved; with its folder, or one around it, at `at`."""
    editor = await on_the_socket(at or root, environment)
    await editor.initialize({"window.preload": False, "agent.probe": False})
    editor.open(str((root / "a.txt").relative_to(at or root)), UNSAVED)
    await editor.client.request("arriero/status", {})
    return editor


async def newest_run(editor: Editor) -> str:
    sessions = (await editor.client.request("arriero/sessions", {}))["sessions"]
    run_id: str = sessions[0]["runs"][-1]["runId"]
    return run_id


@pytest.mark.parametrize("around", [False, True], ids=["its folder", "a folder around it"])
async def test_the_editor_takes_the_edit(
    root: Path,
    environment: dict[str, str],
    simulator: Simulator,
    daemon: DaemonProcess,
    around: bool,
) -> None:
    """The model works with what is not saved, the change is in the editor, and can be undone."""
    simulator.say(edit("zero\none", "zero\n1"), Turn("Done."))
    editor = await opened(root, environment, root.parent if around else None)
    async with serving(environment, root) as url:
        assert (await asked(url))["content"] == "Done."
        name = "work/a.txt" if around else "a.txt"
        assert editor.text(name) == "zero\n1\ntwo\nthree\n"
        assert (root / "a.txt").read_text() == "one\ntwo\nthree\n", "it is not saved"
        (params,) = [p for method, p in editor.asked if method == "workspace/applyEdit"]
        assert params["edit"]["documentChanges"][0]["textDocument"]["version"] == 1
        if not around:
            assert (await editor.command("undo", runId=await newest_run(editor)))["applied"]
            assert editor.text(name) == UNSAVED
    await editor.leave()


async def test_what_the_user_types_meanwhile_stays(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    hold = Hold(after=0)
    simulator.say(edit("two", "2"), Turn("Done.", holds=[hold]))
    editor = await opened(root, environment)
    async with serving(environment, root) as url:
        answer = asyncio.ensure_future(asked(url))
        while len(simulator.chats) < 2:  # the edit is made, in the run's own view
            await asyncio.sleep(0.005)
        editor.replace(editor.uri("a.txt"), 0, 0, "minus\n")
        await editor.client.request("arriero/status", {})
        hold.release()
        await answer
        assert editor.text("a.txt") == "minus\nzero\none\n2\nthree\n"
    await editor.leave()


async def test_what_the_editor_refuses_is_not_written_elsewhere(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    simulator.say(edit("two", "2"), Turn("Done."))
    editor = await opened(root, environment)
    editor.refuse = "no"
    async with serving(environment, root) as url:
        assert "could not be applied" in (await asked(url))["reasoning_content"]
        assert editor.text("a.txt") == UNSAVED
        assert (root / "a.txt").read_text() == "one\ntwo\nthree\n"
        editor.refuse = ""
        accepted = await editor.command("accept", runId=await newest_run(editor))
        assert accepted["applied"]
        assert "\n2\n" in editor.text("a.txt")
    await editor.leave()


async def test_without_an_editor_it_is_in_the_file(
    root: Path, own_environment: dict[str, str], simulator: Simulator, own_daemon: DaemonProcess
) -> None:
    """Whether no daemon runs, one without an editor there, or it died with one."""
    (root / "sub").mkdir()
    async with serving(own_environment, root) as url:
        simulator.say(edit("one", "1"), Turn("Done."))
        await asked(url)
        assert (root / "a.txt").read_text() == "1\ntwo\nthree\n"
        await own_daemon.start()
        other = await on_the_socket(root / "sub", own_environment)
        await other.initialize({"window.preload": False, "agent.probe": False})
        simulator.say(edit("two", "2"), Turn("Done."))
        await asked(url)
        assert (root / "a.txt").read_text() == "1\n2\nthree\n"
        hold = Hold(after=0)
        simulator.say(edit("three", "3"), Turn("Done.", holds=[hold]))
        answer = asyncio.ensure_future(asked(url))
        while len(simulator.chats) < 6:
            await asyncio.sleep(0.005)
        own_daemon.kill()
        hold.release()
        message = await answer
        # The daemon was asked and died: what it did is then told by the file.
        applied = (root / "a.txt").read_text() == "1\n2\n3\n"
        assert applied or "could not be applied" in message["reasoning_content"]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "edit", "text": "one", "replacements": [{"start": 2, "end": 1, "text": ""}]},
        {"kind": "edit", "text": "one", "replacements": [{"start": 0, "end": 9, "text": ""}]},
        {"kind": "rename"},
        {"kind": "nonsense", "text": ""},
        {"kind": "edit"},
        {"kind": "create", "text": 1},
    ],
)
async def test_a_change_that_is_none(
    root: Path, environment: dict[str, str], daemon: DaemonProcess, change: dict[str, Any]
) -> None:
    editor = await opened(root, environment)
    whole = {"uri": editor.uri("a.txt"), **change}
    params = {"folders": [root.as_uri()], "label": "x", "changes": [whole]}
    with pytest.raises(Exception, match=r"whole|order|text|str"):
        await editor.client.request("arriero/applyChange", params)
    assert editor.text("a.txt") == UNSAVED
    await editor.leave()


async def test_nobody_is_asked_to_reach_out_of_what_is_open(
    root: Path, environment: dict[str, str], daemon: DaemonProcess
) -> None:
    editor = await opened(root, environment)
    change = {"kind": "create", "uri": (root.parent / "b.txt").as_uri(), "text": "x"}
    params = {"folders": [root.as_uri()], "label": "x", "changes": [change]}
    answer = await editor.client.request("arriero/applyChange", params)
    assert (answer["editor"], answer["applied"]) == (None, False)
    assert not [one for one in editor.asked if one[0] == "workspace/applyEdit"]
    await editor.leave()


async def test_with_another_client(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    """pytest-lsp's, through the forwarder, with the capabilities of VS Code."""
    simulator.say(edit("one", "1"), Turn("Done."))
    client: LanguageClient = make_test_lsp_client()
    edits: list[types.ApplyWorkspaceEditParams] = []

    @client.feature(types.WORKSPACE_APPLY_EDIT)  # type: ignore[untyped-decorator]
    def take(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        edits.append(params)
        return types.ApplyWorkspaceEditResult(applied=True)

    await client.start_io(
        sys.executable, "-m", "arriero", "lsp", env=dict(environment), cwd=str(root)
    )
    folder = types.WorkspaceFolder(root.as_uri(), root.name)
    options = {"settings": {"window.preload": False, "agent.probe": False}}
    await client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities("visual-studio-code"),
            workspace_folders=[folder],
            initialization_options=options,
        )
    )
    uri = (root / "a.txt").as_uri()
    document = types.TextDocumentItem(uri, "plaintext", 7, UNSAVED)
    client.text_document_did_open(types.DidOpenTextDocumentParams(document))
    async with serving(environment, root) as url:
        await asked(url)
    (params,) = edits
    (change,) = params.edit.document_changes or ()
    assert isinstance(change, types.TextDocumentEdit)
    assert (change.text_document.uri, change.text_document.version) == (uri, 7)
    (one,) = change.edits
    assert isinstance(one, types.TextEdit)
    assert (one.range.start.line, one.new_text) == (1, "1")
    await client.shutdown_session()
    await client.stop()  # type: ignore[no-untyped-call]
