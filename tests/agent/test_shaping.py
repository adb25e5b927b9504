"""A last answer in the shape that was asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.fakes import Turn, call, calls, say
from arriero.agent.request import RunResult
from arriero.agent.shaping import BadSchema, check, complaint, json_text
from arriero.models.types import Message
from arriero.sessions.events import Nudged
from daemon.bench import DiskEditor, ask, hub

SCHEMA = {
    "type": "object",
    "properties": {"lines": {"type": "integer"}},
    "required": ["lines"],
    "additionalProperties": False,
}
GOOD = '{"lines": 2}'


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (GOOD, ""),
        (f"```json\n{GOOD}\n```", ""),
        (f"Here it is: {GOOD}", "That was not JSON"),
        ('{"lines": "two"}', "At $.lines: 'two' is not of type 'integer'."),
        ("{}", "At $: 'lines' is a required property."),
        ("", "That was not JSON"),
        ("[" * 100_000, "That was not JSON"),
    ],
)
def test_what_is_wrong_with_it(answer: str, said: str) -> None:
    assert complaint(json_text(answer), SCHEMA).startswith(said)
    assert bool(complaint(json_text(answer), SCHEMA)) == bool(said)


@pytest.mark.parametrize("schema", [[], "x", {"type": "nothing"}, {"required": 1}])
def test_what_is_no_schema(schema: Any) -> None:
    with pytest.raises(BadSchema):
        check(schema)


def test_nothing_is_fetched_for_a_schema() -> None:
    assert "refers to what is not in it" in complaint("1", {"$ref": "http://127.0.0.1:9/x.json"})


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_any_json_stays_what_it_is(value: Any) -> None:
    text = json.dumps(value)
    assert json.loads(json_text(f"```json\n{text}\n```")) == value
    assert complaint(text, {}) == ""


async def shaped(tmp_path: Path, turns: list[Turn]) -> tuple[RunResult, list[Any], list[Any]]:
    root = tmp_path / "work"
    root.mkdir()
    (root / "a.txt").write_text("one\ntwo\n")
    async with hub(tmp_path, turns) as (made, provider):
        editor = DiskEditor()
        attachment = await made.attach([str(root)], editor)
        result = await ask(attachment, "How many lines?", output_schema=SCHEMA)
        return result, list(provider.requests), [event.body for event in editor.events]


async def test_an_answer_that_fits_is_not_asked_for_again(tmp_path: Path) -> None:
    read = calls(call("read_file", "c1", path="a.txt"))
    result, requests, _ = await shaped(tmp_path, [read, say(f"```json\n{GOOD}\n```")])
    assert (result.stop_reason, result.message) == ("end_turn", GOOD)
    assert len(requests) == 2
    asked = requests[0].messages[-1].content
    assert "How many lines?" in asked
    assert '"additionalProperties": false' in asked
    assert all(request.format is None for request in requests)


async def test_it_is_asked_for_until_it_fits(tmp_path: Path) -> None:
    read = calls(call("read_file", "c1", path="a.txt"))
    turns: list[Turn] = [read, say("There are two lines."), say("{}"), say(GOOD)]
    result, requests, bodies = await shaped(tmp_path, turns)
    assert (result.stop_reason, result.message) == ("end_turn", GOOD)
    # Then without tools, and by a format that the server enforces.
    assert [request.format for request in requests] == [None, None, SCHEMA, SCHEMA]
    assert requests[2].tools == ()
    assert requests[2].think is False
    last = requests[3].messages
    assert "'lines' is a required property" in last[-1].content
    assert last[-2] == Message("assistant", "{}")
    nudges = [body for body in bodies if isinstance(body, Nudged)]
    assert [body.step for body in nudges] == [3, 4]


async def test_it_is_given_up_in_the_end(tmp_path: Path) -> None:
    result, requests, _ = await shaped(tmp_path, [say("no")] * 4)
    assert result.stop_reason == "error"
    assert "not what the schema asks for" in result.message
    assert len(requests) == 4
