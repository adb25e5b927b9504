"""An editor, the real hub and a scripted model: from a command to the edited document and back."""

from __future__ import annotations

import asyncio
import copy
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.fakes import ScriptedProvider, Turn, call, calls, say
from arriero.acp import door as acp
from arriero.daemon.hub import Hub
from arriero.lsp.connection import serve_connection
from arriero.models.errors import ProviderUnavailable
from arriero.models.types import TextChunk
from daemon.bench import hub as real_hub
from lsp.applying import ApplyingEditor
from lsp.raw_client import PATIENCE, RawClient, RpcError, command
from lsp.serving import FULL, initialize

TEXT = "one\r\n\U0001f600 two\r\nthree\r\n"


def with_encoding(encoding: str, **edit: Any) -> dict[str, Any]:
    told = copy.deepcopy(FULL)
    told["general"]["positionEncodings"] = [encoding]
    told["workspace"]["workspaceEdit"] |= edit
    return told


Join = Callable[..., Awaitable[RawClient]]


@asynccontextmanager
async def served(
    tmp_path: Path, folder: Path, turns: list[Turn]
) -> AsyncIterator[tuple[Join, ScriptedProvider]]:
    """Open a hub whose model plays `turns`, and make clients of it; all leave at the end."""
    async with real_hub(tmp_path, turns) as (hub, provider), joining(hub, folder) as join:
        provider.name = "ollama"  # the settings have an entry of that name
        yield join, provider


@asynccontextmanager
async def joining(hub: Hub, folder: Path) -> AsyncIterator[Join]:
    clients: list[RawClient] = []
    serving: list[asyncio.Task[None]] = []

    async def join(told: Any = FULL, options: Any = None, root: Path = folder) -> RawClient:
        ours, theirs = socket.socketpair()
        streams = await asyncio.open_connection(sock=ours)
        serving.append(asyncio.create_task(serve_connection(*streams, hub, (acp.register,))))
        client = RawClient(*await asyncio.open_connection(sock=theirs))
        clients.append(client)
        client.answers |= {
            "workspace/configuration": lambda _: [None],
            "window/workDoneProgress/create": lambda _: None,
            "window/showDocument": lambda _: {"success": True},
        }
        await initialize(client, told, options, [root])
        return client

    try:
        yield join
    finally:
        for client in clients:
            await client.close()
        await asyncio.wait_for(asyncio.gather(*serving), 10)


def edit_two() -> list[Turn]:
    edit = call("edit_file", path="a.txt", old_string="two", new_string="2")
    write = call("write_file", path="new.txt", content="new\n")
    return [calls(edit, write), say("Changed.")]


@pytest.fixture
def work(folder: Path) -> Path:
    (folder / "a.txt").write_bytes(TEXT.encode())
    return folder


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_an_edit_reaches_the_open_document(tmp_path: Path, work: Path, encoding: Any) -> None:
    async with served(tmp_path, work, edit_two()) as (join, _):
        client = await join(with_encoding(encoding))
        editor = ApplyingEditor(client, encoding)
        uri = editor.open(work / "a.txt")
        result = await client.command("arriero.agent", prompt="p", apply="auto")
        assert (result["stopReason"], result["applied"]) == ("end_turn", True)
        assert editor.documents[uri].text == TEXT.replace("two", "2")
        assert (work / "a.txt").read_bytes() == TEXT.encode()  # saving is the user's
        assert (work / "new.txt").read_text() == "new\n"
        (applied,) = client.all("workspace/applyEdit")
        (range_,) = [e["range"] for e in applied["edit"]["documentChanges"][0]["edits"]]
        assert range_["start"]["line"] == range_["end"]["line"] == 1
        undone = await client.command("arriero.undo")
        assert (undone["applied"], undone["kept"]) == (True, [])
        assert editor.documents[uri].text == TEXT
        assert not (work / "new.txt").exists()


async def test_review_in_the_clients_preview(tmp_path: Path, work: Path) -> None:
    async with served(tmp_path, work, edit_two()) as (join, _):
        client = await join()
        editor = ApplyingEditor(client)
        result = await client.command("arriero.agent", prompt="p")
        assert result["applied"]
        (asked,) = client.all("workspace/applyEdit")
        (note,) = asked["edit"]["changeAnnotations"].values()
        assert note["needsConfirmation"]
        assert editor.refusals == 0
        assert (work / "a.txt").read_bytes() == TEXT.replace("two", "2").encode()


async def test_a_discarded_preview_leaves_the_proposal_open(tmp_path: Path, work: Path) -> None:
    async with served(tmp_path, work, edit_two()) as (join, _):
        client = await join()
        client.answers["workspace/applyEdit"] = lambda _: {"applied": False}
        result = await client.command("arriero.agent", prompt="p")
        assert not result["applied"]
        told = await client.request("arriero/proposal", {"runId": result["runId"]})
        assert [hunk["state"] for file in told["files"] for hunk in file["hunks"]] == ["open"] * 2
        assert (work / "a.txt").read_bytes() == TEXT.encode()


async def test_review_by_hunk(tmp_path: Path, work: Path) -> None:
    async with served(tmp_path, work, edit_two()) as (join, _):
        client = await join(options={"review": "client", "answers": "client"})
        editor = ApplyingEditor(client)
        uri = editor.open(work / "a.txt")
        result = await client.command("arriero.agent", prompt="p")
        run = {"runId": result["runId"]}
        assert not result["applied"]
        assert result["edit"]["documentChanges"][0]["textDocument"] == {"uri": uri, "version": 1}
        told = await client.request("arriero/proposal", run)
        edited, created = told["files"]
        (hunk,) = edited["hunks"]
        assert (hunk["line"], hunk["oldLines"]) == (1, ["\U0001f600 two\r\n"])
        assert (edited["oldText"], created["oldText"]) == (TEXT, None)
        # The user types elsewhere meanwhile: the hunk is carried over.
        editor.type(uri, "zero\r\n" + TEXT)
        accepted = await client.command("arriero.accept", **run, hunks=[hunk["id"]])
        assert (accepted["applied"], accepted["hunks"]) == (True, [hunk["id"]])
        assert editor.documents[uri].text == "zero\r\n" + TEXT.replace("two", "2")
        rejected = await client.command("arriero.reject", **run)
        assert rejected["hunks"] == [created["hunks"][0]["id"]]
        assert not (work / "new.txt").exists()
        told = await client.until("arriero/proposalChanged", lambda one: one["openHunks"] == 0)
        assert told["runId"] == result["runId"]


async def test_the_model_reads_what_is_not_saved(tmp_path: Path, work: Path) -> None:
    turns: list[Turn] = [calls(call("read_file", path="a.txt")), say("Read.")]
    async with served(tmp_path, work, turns) as (join, provider):
        client = await join()
        ApplyingEditor(client).open(work / "a.txt", "only in the buffer\n")
        await client.command("arriero.ask", prompt="p")
        assert "only in the buffer" in provider.requests[-1].messages[-1].content


async def test_acp_on_the_same_connection(tmp_path: Path, work: Path) -> None:
    async with served(tmp_path, work, edit_two()) as (join, _):
        client = await join(options={"review": "client"})
        editor = ApplyingEditor(client)
        uri = editor.open(work / "a.txt")
        session = await client.request("session/new", {"cwd": str(work), "mcpServers": []})
        params = {
            "sessionId": session["sessionId"],
            "prompt": [{"type": "text", "text": "Do it"}],
        }
        answer = await client.request("session/prompt", params)
        assert answer["stopReason"] == "end_turn"
        run_id = answer["_meta"]["arriero"]["runId"]
        kinds = [one["update"]["sessionUpdate"] for one in client.all("session/update")]
        assert kinds.count("tool_call") == kinds.count("tool_call_update") == 2
        ended = [one["update"] for one in client.all("session/update")]
        (diff, _) = next(u for u in ended if u["sessionUpdate"] == "tool_call_update")["content"]
        assert (diff["path"], diff["newText"]) == (
            str(work / "a.txt"),
            TEXT.replace("two", "2"),
        )
        await client.command("arriero.accept", runId=run_id)
        assert editor.documents[uri].text == TEXT.replace("two", "2")
        # An LSP command goes on with the ACP session.
        told = await client.request("arriero/sessions", {"sessionId": session["sessionId"]})
        assert told["events"][0]["kind"] == "run_started"


async def test_cancelling_reaches_the_model(tmp_path: Path, work: Path) -> None:
    waiting = asyncio.Event()
    turns: list[Turn] = [[TextChunk("I look at it"), waiting]]
    async with served(tmp_path, work, turns) as (join, provider):
        client = await join()
        number, running = client.start(
            "workspace/executeCommand", command("arriero.agent", "t", prompt="p")
        )
        await client.until("$/progress", lambda one: one["value"].get("message") == "Answering")
        client.notify("$/cancelRequest", {"id": number})
        with pytest.raises(RpcError, match="-32800"):
            await asyncio.wait_for(running, PATIENCE)
        await client.until("arriero/statusChanged", lambda told: not told["runs"])
        assert provider.closed_early == 1


async def test_no_model_server(tmp_path: Path, work: Path) -> None:
    sentence = "Ollama does not answer at http://127.0.0.1:11434; start it with `ollama serve`."
    turns: list[Turn] = [[ProviderUnavailable(sentence)]]
    async with served(tmp_path, work, turns) as (join, _):
        client = await join()
        result = await client.command("arriero.ask", prompt="p")
        assert (result["stopReason"], result["message"]) == ("error", sentence)
        assert (await client.until("window/showMessage"))["message"] == sentence


async def test_without_a_folder_a_question_is_answered_with_progress(
    tmp_path: Path, work: Path
) -> None:
    async with served(tmp_path, work, [say("Because.")]) as (join, _):
        client = await join()
        client.notify(
            "workspace/didChangeWorkspaceFolders",
            {"event": {"added": [], "removed": [{"uri": work.as_uri(), "name": "work"}]}},
        )
        result = await client.request(
            "workspace/executeCommand", command("arriero.ask", "mine", prompt="Why?")
        )
        assert result["message"] == "Because."
        ends = [one["value"]["kind"] for one in client.all("$/progress")]
        assert (ends[0], ends[-1]) == ("begin", "end")


async def test_two_editors_share_a_run(tmp_path: Path, work: Path) -> None:
    async with served(tmp_path, work, edit_two()) as (join, _):
        one, other = await join(options={"review": "client"}), await join()
        await other.request("arriero/status")
        result = await one.command("arriero.agent", prompt="p")
        assert (await other.request("arriero/status"))["workspace"]["connections"] == 2
        editor = ApplyingEditor(other)
        uri = editor.open(work / "a.txt")
        accepted = await other.command("arriero.accept", runId=result["runId"])
        assert accepted["applied"]
        assert editor.documents[uri].text == TEXT.replace("two", "2")
        await one.until("arriero/proposalChanged", lambda told: told["openHunks"] == 0)
