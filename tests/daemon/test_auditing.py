"""What a run leaves in the audit trail."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.fakes import call, calls, say
from arriero.daemon.auditing import entry_of
from arriero.observe.audit import AuditTrail
from arriero.sessions.events import EventBody, RunStarted, Text, ToolEnded, ToolStarted
from daemon.bench import DiskEditor, ask, hub


async def test_a_run_from_its_beginning_to_its_undoing(tmp_path: Path) -> None:
    root = tmp_path / "work"
    root.mkdir()
    (root / "a.txt").write_text("one\ntwo\n")
    edit = call("edit_file", path="a.txt", old_string="two", new_string="2")
    async with hub(tmp_path, [calls(edit), say("Changed.")]) as (made, _):
        attachment = await made.attach([str(root)], DiskEditor())
        result = await ask(attachment, prompt="Use the token=abcdef123456 for it", apply="auto")
        await attachment.undo(result.run_id)
    trail = AuditTrail(tmp_path / "state" / "audit")
    entries = list(trail.entries())
    assert [entry["kind"] for entry in entries] == [
        "run_started",
        "tool_started",
        "tool_ended",
        "run_ended",
        "applied",
        "undone",
    ]
    assert {entry["run"] for entry in entries} == {result.run_id}
    assert entries[0]["prompt"] == "Use the token=*** for it"
    assert entries[1]["arguments"]["new_string"] == "2"
    assert entries[2]["edited"] == [str(root / "a.txt")]
    assert "boundary" not in entries[2]
    assert entries[-1]["paths"] == [str(root / "a.txt")]
    assert not trail.verify().flaws


async def test_a_trail_that_cannot_be_written_stops_no_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "audit").write_text("a file where the folder should be")
    root = tmp_path / "work"
    root.mkdir()
    async with hub(tmp_path, [say("Hello.")]) as (made, _):
        attachment = await made.attach([str(root)], DiskEditor())
        assert (await ask(attachment)).message == "Hello."
    said = [record for record in caplog.records if "audit trail" in record.getMessage()]
    assert len(said) == 1


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            ToolStarted(1, "c", "write_file", {"content": "x" * 3_000}, "", "edit"),
            "3000 characters",
        ),
        (RunStarted("p" * 2_000, "", "ask", "m", "o"), "p" * 2_000),
        (ToolEnded(1, "c", "read_file", "ok", "secret text", 3), "11 characters, sha256 "),
    ],
)
def test_long_texts_are_told_by_their_hash(body: EventBody, shown: str) -> None:
    assert shown in str(entry_of(body))
    assert "secret text" not in str(entry_of(body))


def test_words_of_the_model_are_left_out() -> None:
    assert entry_of(Text(1, "words")) == {}


async def test_a_mistake_of_ours_is_told_by_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: AuditTrail, entries: object) -> None:
        raise RuntimeError("wrong")

    monkeypatch.setattr(AuditTrail, "append", fails)
    async with hub(tmp_path, [say("Hello.")]) as (made, _):
        assert (await ask(await made.attach([str(tmp_path)], DiskEditor()))).message == "Hello."
    assert "lines of the audit trail are lost" in caplog.text
