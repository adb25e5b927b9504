"""Where what runs change cannot be stored, only runs that change something speak of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.fakes import FakeEditor, Turn, call, calls, say
from arriero.sessions.events import Notice
from daemon.bench import ask, hub

EDIT = call("edit_file", path="a.txt", old_string="two", new_string="2")
BACK = call("edit_file", path="a.txt", old_string="2", new_string="two")
READ = call("read_file", path="a.txt")


@pytest.mark.parametrize("place", ["file", "unreadable"])
@pytest.mark.parametrize(
    ("turns", "told"),
    [
        ([say("No.")], 0),
        ([calls(READ), say("Read.")], 0),
        ([calls(EDIT), say("Done.")], 1),
        ([calls(EDIT), calls(EDIT), calls(BACK), say("As it was.")], 1),
    ],
    ids=["words", "reads", "edits", "takes_back"],
)
async def test_what_is_said(tmp_path: Path, turns: list[Turn], told: int, place: str) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/a.txt").write_text("one\ntwo\n")
    if place == "file":
        (tmp_path / "state").touch()
    else:
        (tmp_path / "state").mkdir()
        (tmp_path / "state/checkpoints").symlink_to("checkpoints")  # for root too
    async with hub(tmp_path, turns) as (made, _):
        attachment = await made.attach([str(tmp_path / "work")], FakeEditor())
        result = await ask(attachment)
        events = await attachment.events(result.session_id)
    assert result.stop_reason == "end_turn"
    notices = [event.body.text for event in events if isinstance(event.body, Notice)]
    assert sum("proposal could not be stored" in one for one in notices) == told
