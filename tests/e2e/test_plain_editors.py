"""Plain LSP is enough: each command, in editors that can do more and less."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from arriero.models.rehearsal import Call, Hold, Simulator, Turn
from e2e.clients import CLIENTS, HELIX, KATE, NEOVIM_010, PlainClient
from e2e.conftest import DaemonProcess
from e2e.plain_editor import PlainEditor, plain

TEXT = "# arriero: write the numbers as digits\n" + "".join(f"{n}\n" for n in range(20))
HUNKS = TEXT.replace("\n3\n", "\nthree\n").replace("\n15\n", "\nfifteen\n")
ASKING = "# arriero: what is this for?\nx = 1\n"

every = pytest.mark.parametrize("told", CLIENTS, ids=lambda told: told.name)


@pytest.fixture
def root(root: Path) -> Path:
    (root / "a.py").write_text(TEXT)
    (root / "why.py").write_text(ASKING)
    return root


@pytest.fixture
async def editor(
    told: PlainClient, root: Path, environment: dict[str, str], daemon: DaemonProcess
) -> PlainEditor:
    return await plain(told, root, environment)


def two_hunks() -> list[Turn]:
    def edit(old: str, new: str) -> Turn:
        call = Call("edit_file", {"path": "a.py", "old_string": old, "new_string": new})
        return Turn(calls=[call])

    return [edit("2\n3\n", "2\nthree\n"), edit("14\n15\n", "14\nfifteen\n"), Turn("Done.")]


@every
async def test_follow_a_comment_accept_and_undo(
    editor: PlainEditor, told: PlainClient, simulator: Simulator
) -> None:
    simulator.say(*two_hunks())
    editor.open("a.py")
    editor.choices = ["Apply"]
    done = await editor.choose_action("a.py", 0, "Follow this comment")
    assert (done["stopReason"], done["applied"]) == ("end_turn", told.asks or told.previews)
    if not done["applied"]:  # nothing can be asked: the marked lines are the way
        await editor.until(lambda: editor.marked("a.py") == [4, 16])
        await editor.until(lambda: any("Changes wait" in words for words in editor.messages()))
        accepted = await editor.choose_action("a.py", 4, "Accept all 2 changes")
        assert accepted["applied"]
    assert editor.text("a.py") == HUNKS
    assert "write the numbers" in simulator.chats[0].body["messages"][-1]["content"]
    await editor.until(lambda: editor.marked("a.py") == [])
    undone = await editor.choose_action("a.py", 0, "Undo Arriero's last change")
    assert undone["applied"]
    assert editor.text("a.py") == TEXT
    again = await editor.choose_action("a.py", 0, "Redo what was taken back")
    assert again["applied"]
    assert editor.text("a.py") == HUNKS
    assert (await editor.choose_action("a.py", 0, "Undo Arriero's last change"))["applied"]
    assert editor.text("a.py") == TEXT
    await editor.until(lambda: [n for n in editor.notes if n[0] == "window/showMessage"])
    await editor.leave()


@every
async def test_review_by_hunk_at_the_marked_lines(
    editor: PlainEditor, told: PlainClient, simulator: Simulator
) -> None:
    simulator.say(*two_hunks())
    editor.open("a.py")
    editor.refuse = "closed" if told.previews else ""
    done = await editor.choose_action("a.py", 0, "Follow this comment")  # the question is closed
    editor.refuse = ""
    assert not done["applied"]
    await editor.until(lambda: editor.marked("a.py") == [4, 16])
    first, _ = editor.marks[editor.uri("a.py")]
    assert first["message"].endswith("- 3\n+ three")
    editor.replace(editor.uri("a.py"), 0, 0, "# the user types\n")
    titles = list(await editor.actions("a.py", 5))
    assert titles[:2] == ["Accept this change", "Reject this change"]
    assert "Fix this problem" not in titles
    assert "Accept this change" not in await editor.actions("a.py", 4)
    accepted = await editor.choose_action("a.py", 5, "Accept this change")
    assert accepted["applied"]
    assert editor.text("a.py") == "# the user types\n" + TEXT.replace("\n3\n", "\nthree\n")
    await editor.until(lambda: editor.marked("a.py") == [17])
    await editor.choose_action("a.py", 17, "Reject this change")
    await editor.until(lambda: editor.marked("a.py") == [])
    assert "Accept this change" not in await editor.actions("a.py", 17)
    await editor.leave()


@pytest.mark.parametrize("told", [NEOVIM_010, KATE], ids=lambda told: told.name)
async def test_review_by_hunk_in_questions(
    editor: PlainEditor, told: PlainClient, simulator: Simulator
) -> None:
    simulator.say(*two_hunks())
    editor.open("a.py")
    editor.choices = ["Show changes", "One by one", "Reject", "Accept"]
    done = await editor.choose_action("a.py", 0, "Follow this comment")
    assert done["applied"]
    assert editor.text("a.py") == TEXT.replace("\n15\n", "\nfifteen\n")
    assert [one["title"] for one in editor.questions[0]["actions"]] == [
        "Apply", "One by one", "Show changes", "Discard",
    ]  # fmt: skip
    assert "a.py, line 5" in editor.questions[2]["message"]
    await editor.leave()


@every
async def test_words_are_written_into_the_file(
    editor: PlainEditor, told: PlainClient, simulator: Simulator
) -> None:
    simulator.say(Turn("Nothing to do."))
    (editor.root / "b.py").write_text("def f():\n    return 1\n")
    editor.open("b.py")
    begun = await editor.choose_action("b.py", 1, "Edit selection…", last=1)
    assert begun["stopReason"] == "error"
    text = editor.text("b.py")
    assert [line.rstrip() for line in text.splitlines()][1:] == [
        "    # arriero:",
        "    return 1",
    ]
    at = text.index("arriero:") + len("arriero:")
    editor.replace(editor.uri("b.py"), at, at + 1, " return two")
    done = await editor.choose_action("b.py", 2, "Edit selection…", last=2)
    assert (done["stopReason"], done["message"]) == ("end_turn", "Nothing to do.")
    assert "return two" in simulator.chats[0].body["messages"][-1]["content"]
    await editor.leave()


@every
async def test_a_comment_that_asks_is_answered(
    editor: PlainEditor, told: PlainClient, simulator: Simulator
) -> None:
    simulator.say(Turn("It is **one**."))
    editor.open("why.py")
    done = await editor.choose_action("why.py", 0, "Follow this comment")
    assert done["message"] == "It is **one**."
    tools = {tool["function"]["name"] for tool in simulator.chats[0].body.get("tools", [])}
    assert "edit_file" not in tools
    shown = (told.capabilities.get("window") or {}).get("showDocument", {}).get("support", False)
    if shown:
        await editor.until(lambda: [p for m, p in editor.asked if m == "window/showDocument"])
    else:
        await editor.until(lambda: "It is **one**." in editor.messages())
    await editor.leave()


@every
async def test_fix_a_problem(editor: PlainEditor, told: PlainClient, simulator: Simulator) -> None:
    simulator.say(*two_hunks())
    editor.open("a.py")
    place = {"start": {"line": 4, "character": 0}, "end": {"line": 4, "character": 1}}
    problem = {"range": place, "message": "Three is odd", "severity": 1, "source": "lint"}
    editor.marks[editor.uri("a.py")] = [problem]
    editor.choices = ["Apply"]
    await editor.choose_action("a.py", 4, "Fix this problem")
    assert "Three is odd" in simulator.chats[0].body["messages"][-1]["content"]
    await editor.leave()


@every
async def test_progress_and_stop(
    editor: PlainEditor, told: PlainClient, simulator: Simulator
) -> None:
    hold = Hold(after=1)
    simulator.say(Turn(["one ", "two"], holds=[hold]))
    editor.open("a.py")
    asking = asyncio.create_task(editor.choose_action("a.py", 0, "Explain"))
    await asyncio.wait_for(hold.reached.wait(), 20)
    if (told.capabilities.get("window") or {}).get("workDoneProgress"):
        begun = await editor.noted("$/progress")
        assert begun["value"]["kind"] == "begin"
        assert begun["value"]["cancellable"]
    stopped = await editor.choose_action("a.py", 0, "Stop Arriero")
    assert stopped["cancelled"]
    assert (await asking)["stopReason"] == "cancelled"
    await editor.leave()


@pytest.mark.parametrize("told", [HELIX], ids=lambda told: told.name)
async def test_what_waits_is_shown_after_a_restart_of_the_editor(
    editor: PlainEditor,
    told: PlainClient,
    simulator: Simulator,
    root: Path,
    environment: dict[str, str],
) -> None:
    simulator.say(*two_hunks())
    editor.open("a.py")
    await editor.choose_action("a.py", 0, "Follow this comment")
    await editor.leave()
    later = await plain(told, root, environment)
    later.open("a.py")
    await later.until(lambda: later.marked("a.py") == [4, 16])
    # As with Helix's `:lsp-workspace-command`: no argument at all.
    params = {"command": "arriero.accept"}
    accepted = await later.client.request("workspace/executeCommand", params)
    assert accepted["applied"]
    assert later.text("a.py") == HUNKS
    await later.leave()


@every
async def test_a_new_file(editor: PlainEditor, told: PlainClient, simulator: Simulator) -> None:
    simulator.say(
        Turn(calls=[Call("write_file", {"path": "new.py", "content": "new\n"})]), Turn("Done.")
    )
    editor.open("a.py")
    editor.choices = ["Apply"]
    done = await editor.choose_action("a.py", 0, "Write tests")
    if not told.creates:
        assert not done["applied"]
        await editor.until(lambda: any("create files" in words for words in editor.messages()))
    elif not done["applied"]:
        assert done["stopReason"] == "end_turn", done["message"]
        await editor.until(lambda: any("Changes wait" in words for words in editor.messages()))
        accepted = await editor.choose_action("a.py", 9, "Accept the change that waits")
        assert accepted["applied"]
    assert (editor.root / "new.py").exists() == told.creates
    await editor.leave()
