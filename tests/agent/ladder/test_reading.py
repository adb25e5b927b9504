"""Which reader reads which rung, and that invented results end a prompted answer."""

from __future__ import annotations

import pytest

from agent.ladder.test_constrained import OFFERED, told
from arriero.agent.ladder import Rung, reader
from arriero.agent.toolcalls import Piece
from arriero.models.types import TextChunk

TAGGED = '<tool_call>\n{"name": "read_file", "arguments": {"path": "a"}}\n</tool_call>'
OBJECT = '{"tool": "read_file", "arguments": {"path": "a"}}'
CALLED = ("call", "read_file", {"path": "a"})


def read(rung: Rung, text: str, step: int, *, passing: bool) -> list[tuple[object, ...]]:
    reading = reader(rung, OFFERED)
    pieces: list[Piece] = []
    for start in range(0, len(text), step):
        part = text[start : start + step]
        passes = passing and reading.passes(part)
        pieces += [TextChunk(part)] if passes else reading.feed(part)
    return told([*pieces, *reading.finish()])


@pytest.mark.parametrize("step", [1, 7, 1000])
@pytest.mark.parametrize(
    ("rung", "text", "expected"),
    [
        ("native", TAGGED, [CALLED]),
        ("prompted", f"I look.\n{TAGGED}\n", [("text", "I look.\n"), CALLED]),
        ("prompted", f"{TAGGED}\n{TAGGED}", [CALLED, CALLED]),
        ("prompted", f"{TAGGED}\n<tool_response name='x'>\nhi\n</tool_response>\n{TAGGED}",
         [CALLED]),
        ("prompted", f"{TAGGED}<tool_response>hi</tool_response>Done.", [CALLED]),
        ("prompted", f"{TAGGED}\n<tool_resp", [CALLED, ("text", "\n<tool_resp")]),
        ("prompted", "It says <tool_response> here.", [("text", "It says <tool_response> here.")]),
        ("prompted", "A </tool_call> b", [("text", "A </tool_call> b")]),
        ("constrained", OBJECT, [CALLED]),
        ("off", f"<think>Hm</think>{TAGGED}", [("thought", "Hm"), ("text", TAGGED)]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("passing", [False, True])
def test_reading(
    rung: Rung, text: str, expected: list[tuple[object, ...]], step: int, passing: bool
) -> None:
    assert read(rung, text, step, passing=passing) == expected
