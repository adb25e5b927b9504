"""The index behind the doors: a real daemon, a real indexer, an editor that speaks plain LSP."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped, unused-ignore]
import pytest

from arriero.models.rehearsal import Call, Simulator, Turn
from e2e.conftest import DaemonProcess
from e2e.editor import Editor, on_the_socket

USERS = "class Account:\n    def find_password(self, name):\n        return load(name)\n"
SETTINGS = {"window": {"preload": False}}


@pytest.fixture
def project(root: Path) -> Path:
    (root / "src").mkdir()
    (root / "src/users.py").write_text(USERS)
    (root / "README.md").write_text("# Farm\n\nAbout llamas.\n")
    return root


async def opened(project: Path, environment: dict[str, str]) -> Editor:
    editor = await on_the_socket(project, environment)
    await editor.initialize(SETTINGS)
    return editor


async def search(editor: Editor, query: str, **params: Any) -> dict[str, Any]:
    return dict(await editor.client.request("arriero/search", {"query": query, **params}))


async def ready(editor: Editor) -> dict[str, Any]:
    (folder,) = (await editor.client.request("arriero/index", {"wait": 30}))["indexes"]
    assert folder["state"] == "ready", folder
    return dict(folder)


async def found(editor: Editor, query: str, uri: str) -> float:
    """Wait until a search finds a file and return after how many seconds it did."""
    began = time.monotonic()

    async def look() -> None:
        while uri not in [hit["uri"] for hit in (await search(editor, query))["hits"]]:
            await asyncio.sleep(0.005)

    await asyncio.wait_for(look(), 20)
    return time.monotonic() - began


def indexers(daemon: DaemonProcess) -> int:
    """How many indexers the daemon has running."""
    assert daemon.process is not None
    count = 0
    for child in psutil.Process(daemon.process.pid).children():
        with contextlib.suppress(psutil.Error):  # it ends just now
            count += "arriero.index.indexer" in child.cmdline()
    return count


async def test_from_an_open_folder_to_what_is_typed_and_saved(
    project: Path, environment: dict[str, str], daemon: DaemonProcess
) -> None:
    editor = await opened(project, environment)
    first = await search(editor, "llamas")  # answered at once, whatever is ready
    assert first["hits"] or first["note"]
    told = await ready(editor)
    assert (told["files"], told["done"], told["message"]) == (3, 3, "")
    assert told["uri"] == project.as_uri()

    answer = await search(editor, "find password", wait=10)  # the watcher may just have begun
    hit = answer["hits"][0]
    assert hit["uri"] == editor.uri("src/users.py")
    assert hit["why"]
    lines = USERS.split("\n")[hit["range"]["start"]["line"] : hit["range"]["end"]["line"]]
    assert hit["text"] == "\n".join(lines)
    assert (answer["complete"], answer["note"]) == (True, "")

    editor.open("src/users.py")
    editor.replace(editor.uri("src/users.py"), 0, 0, "guanaco = 1\n")
    (typed,) = (await search(editor, "guanaco", kind="text"))["hits"]
    assert typed["text"] == "guanaco = 1", "an unsaved buffer is found at once"
    assert (await search(editor, "guanaco"))["hits"]
    assert (await search(editor, "find_password", kind="symbol"))["hits"][0]["text"].startswith(
        "    def find_password"
    )

    (project / "src/wool.py").write_text("def shear_alpaca():\n    pass\n")
    await found(editor, "shear alpaca", editor.uri("src/wool.py"))
    (project / "src/wool.py").unlink()
    while (await search(editor, "shear_alpaca", kind="symbol"))["hits"]:
        await asyncio.sleep(0.01)

    while (await ready(editor))["files"] != 3:
        await asyncio.sleep(0.01)
    status = await editor.client.request("arriero/status")
    assert status["index"] == {"state": "ready", "files": 3, "done": 3}
    await editor.leave()


async def test_pages(project: Path, environment: dict[str, str], daemon: DaemonProcess) -> None:
    (project / "many.txt").write_text("".join(f"alpaca {n}\n" for n in range(25)))
    editor = await opened(project, environment)
    seen, cursor = [], None
    for _ in range(3):
        page = await search(editor, "alpaca", kind="text", limit=10, cursor=cursor)
        seen += [hit["text"] for hit in page["hits"]]
        cursor = page["cursor"]
    assert seen == [f"alpaca {n}" for n in range(25)]
    assert cursor is None
    await editor.leave()


async def test_the_last_page_says_that_there_is_more(
    project: Path, environment: dict[str, str], daemon: DaemonProcess
) -> None:
    (project / "many.txt").write_text("alpaca \n" * 1_001)
    editor = await opened(project, environment)
    page = await search(editor, "alpaca ", kind="text", limit=1_000)
    assert (len(page["hits"]), page["complete"], page["cursor"]) == (1_000, False, None)
    assert "narrow the search" in page["note"]
    blanks = await search(editor, " ", kind="text", limit=1)
    assert len(blanks["hits"]) == 1
    await editor.leave()


async def test_editors_share_an_indexer_which_waits_for_the_next_one(
    project: Path, environment: dict[str, str], daemon: DaemonProcess
) -> None:
    one, two = await opened(project, environment), await opened(project, environment)
    await ready(one)
    await ready(two)
    assert indexers(daemon) == 1
    two.open("README.md", "# Farm\n\nAbout vicunas.\n")
    await found(one, "vicunas", one.uri("README.md"))
    await one.leave()
    await ready(two)
    await two.leave()
    three = await opened(project, environment)
    await ready(three)
    assert indexers(daemon) == 1
    await three.leave()


async def test_rebuilding(
    project: Path, environment: dict[str, str], daemon: DaemonProcess
) -> None:
    editor = await opened(project, environment)
    await ready(editor)
    assert await editor.command("reindex") == {"started": True, "message": ""}
    await ready(editor)
    assert (await search(editor, "llamas"))["hits"][0]["uri"] == editor.uri("README.md")
    await editor.leave()


async def test_off(project: Path, environment: dict[str, str], daemon: DaemonProcess) -> None:
    editor = await on_the_socket(project, environment)
    await editor.initialize({**SETTINGS, "index": {"enabled": False}})
    answer = await search(editor, "llamas", wait=5)
    assert [hit["uri"] for hit in answer["hits"]] == [editor.uri("README.md")], "from disk"
    assert "index.enabled" in answer["note"]
    assert not answer["complete"]
    (folder,) = (await editor.client.request("arriero/index"))["indexes"]
    assert folder["state"] == "off"
    refused = await editor.command("reindex")
    assert not refused["started"]
    assert "index.enabled" in refused["message"]
    await editor.leave()


async def test_a_model_searches(
    project: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    editor = await opened(project, environment)
    await ready(editor)
    simulator.say(
        Turn(calls=[Call("search_workspace", {"query": "llamas"})]),
        Turn(calls=[Call("find_symbol", {"name": "find_password"})]),
        Turn("Done."),
    )
    result = await editor.command("agent", prompt="x")
    assert result["message"] == "Done."
    tools = [message["content"] for message in simulator.chats[-1].body["messages"]
             if message["role"] == "tool"]  # fmt: skip
    assert "About llamas." in tools[0]
    assert tools[1].startswith("src/users.py:2: def find_password(self, name):")
    await editor.leave()


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"query": "x", "kind": "nose"}, "`kind` is one of auto, text, regex, symbol, semantic"),
        ({"query": "  "}, "`query` is empty"),
        ({"query": "(", "kind": "regex"}, "The regular expression is not valid"),
        ({"query": "x", "cursor": "-1"}, "`cursor` is none"),
    ],
)
async def test_bad_questions(
    project: Path,
    environment: dict[str, str],
    daemon: DaemonProcess,
    params: dict[str, Any],
    said: str,
) -> None:
    from arriero.daemon.client import RemoteError

    editor = await opened(project, environment)
    with pytest.raises(RemoteError, match=r".") as caught:
        await editor.client.request("arriero/search", params)
    assert said in str(caught.value)
    assert caught.value.code == -32602
    await editor.leave()
