"""Answers that are to be one JSON object, whole and cut, from servers that obey and others."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.agent.ladder.constrained import ConstrainedReader
from arriero.agent.toolcalls import BrokenCall, Piece
from arriero.models.types import TextChunk, ThinkingChunk, ToolCallChunk

OFFERED = {"read_file": ("path",), "write_file": ("path", "content"), "list_directory": ("path",)}
CALL = '{"tool": "read_file", "arguments": {"path": "a"}}'
CALLED = ("call", "read_file", {"path": "a"})


def read(text: str, cuts: list[int], *, thinking: bool = False) -> list[tuple[object, ...]]:
    reader = ConstrainedReader(OFFERED, thinking=thinking)
    pieces: list[Piece] = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        pieces += reader.feed(text[start:end])
    return told([*pieces, *reader.finish()])


def told(pieces: list[Piece]) -> list[tuple[object, ...]]:
    """Return what was read in short, neighbouring texts and thoughts joined."""
    short: list[tuple[object, ...]] = []
    for piece in pieces:
        match piece:
            case TextChunk(text) | ThinkingChunk(text):
                kind = "text" if isinstance(piece, TextChunk) else "thought"
                if short and short[-1][0] == kind:
                    text = f"{short.pop()[1]}{text}"
                short.append((kind, text))
            case ToolCallChunk(call):
                short.append(("call", call.name, dict(call.arguments)))
            case BrokenCall():
                short.append(("broken", piece.name))
    return short


ANSWERS: list[tuple[str, list[tuple[object, ...]]]] = [
    ('{"answer": "Done."}', [("text", "Done.")]),
    ('{"answer":"a\\n\\"b\\" \\\\ \\/ \\t\\u00fc"}\n', [("text", 'a\n"b" \\ / \tü')]),
    ('{ "answer" : "\\ud83d\\ude00 \\ud83d! \\ude00 \\ud83d\\u0041"}',
     [("text", "😀 \ufffd! \ufffd \ufffdA")]),
    ('{"answer": "\\ude00\\ude01"}', [("text", "\ufffd\ufffd")]),
    ('{"answer": "raw\nline \'x\' \\q \\u12"}', [("text", "raw\nline 'x' \\q \\u12")]),
    ('{"answer": "He said "hi", then "bye"."}', [("text", 'He said "hi", then "bye".')]),
    ('{"answer": ""}', []),
    ('{"answer": "  x  "}', [("text", "  x  ")]),
    # cut by the answer's limit
    ('{"answer": "so far', [("text", "so far")]),
    ('{"answer": "so far\\', [("text", "so far")]),
    ('{"answer": "so far\\u00', [("text", "so far")]),
    ('{"answer": "so far\\ud83d\\ude', [("text", "so far\ufffd")]),
    ('{"answer": "so far"', [("text", "so far")]),
    ('{"ans', []),
    ('{"to', []),
    ('{"tool": "write_file", "arguments": {"path": "a", "content": "x', [("broken", "write_file")]),
    ('{"tool": "write_file", "arguments": {"path": "a"', [("broken", "write_file")]),
    ('{"tool": "read_file", "arguments": {"path": "a"}', [("broken", "read_file")]),
    ('{"tool": "wri', [("broken", "tool")]),
    ('{"tool":', [("broken", "tool")]),
    # calls
    (CALL, [CALLED]),
    ('{"arguments": {"path": "a"}, "tool": "read_file"}', [CALLED]),
    ('{"name": "read_file", "arguments": {"path": "a"}}', [CALLED]),
    ('{"tool": "list_directory", "arguments": {}}', [("call", "list_directory", {})]),
    ('{"tool": "list_directory"}', [("call", "list_directory", {})]),
    (f"{CALL}\n{CALL}", [CALLED, CALLED]),
    (f"[{CALL}, {CALL}]", [CALLED, CALLED]),
    ('{"tool": "write_file", "arguments": {"path": "a", "content": "{\\"answer\\": \\"x\\"}"}}',
     [("call", "write_file", {"path": "a", "content": '{"answer": "x"}'})]),
    ('{"tool": "read_file", "arguments": {"answer": "x"}}',
     [("call", "read_file", {"answer": "x"})]),
    ('{"tool": "fly", "arguments": {}}', [("broken", "fly")]),
    ('{"tool": 5, "arguments": {}}', [("broken", "tool")]),
    ('{"tool": "read_file", "arguments": nonsense here}', [("broken", "read_file")]),
    # servers that do not enforce the schema
    (f"```json\n{CALL}\n```", [CALLED]),
    ('```json\n{"answer": "Done."}\n```\n', [("text", "Done.")]),
    ('```\n{"answer": "Done.', [("text", "Done.")]),
    (f"Sure, here it is:\n\n{CALL}<|im_end|>", [("text", "Sure, here it is:"), CALLED]),
    ('Sure:\n{"answer": "Done."} Bye.', [("text", "Sure:\nDone. Bye.")]),
    (f"<think>\nWhat {{}} now?</think>\n\n{CALL}", [("thought", "\nWhat {} now?"), CALLED]),
    ('<think>Hm</think>{"answer": "A < b"}', [("thought", "Hm"), ("text", "A < b")]),
    ("<think>Never ends", [("thought", "Never ends")]),
    ("Just words, with {braces}, `code` and {'a': 1}.\n",
     [("text", "Just words, with {braces}, `code` and {'a': 1}.\n")]),
    ("```python\nx = {1: 2}\n```\n", [("text", "```python\nx = {1: 2}\n```\n")]),
    ("if a < b: [x]", [("text", "if a < b: [x]")]),
    ('{"name": "Bob", "age": 3}', [("text", '{"name": "Bob", "age": 3}')]),
    (f'<tool_call>\n{CALL.replace("tool", "name")}\n</tool_call>', [CALLED]),
    ('{"answer": "I look.", "tool": "read_file", "arguments": {"path": "a"}}',
     [("text", "I look."), CALLED]),
    ('{"answer": "Yes.", "confidence": 0.9}', [("text", "Yes.")]),
    ("", []),
    ("  \n", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ANSWERS)
def test_reading(text: str, expected: list[tuple[object, ...]]) -> None:
    assert read(text, []) == expected


@pytest.mark.parametrize(("text", "expected"), ANSWERS)
def test_reading_does_not_depend_on_the_cuts(text: str, expected: list[tuple[object, ...]]) -> None:
    assert read(text, list(range(len(text)))) == expected
    for seed in range(20):
        rng = random.Random(seed)
        cuts = sorted(rng.sample(range(len(text) + 1), min(len(text), rng.randint(1, 6))))
        assert read(text, cuts) == expected


PARTS = st.sampled_from([
    "{", "}", '"', "\\", ":", ",", "[", "]", "<", ">", "`", "```", "~~~", "\n", " ", "answer",
    '"answer"', '{"answer": "', '{"tool": "', "tool", "name", "read_file", "arguments",
    "<think>", "</think>", "<tool_call>", "</tool_call>", "u00fc", "ud83d", "ude00", "json", "ü",
    CALL, "word ", "<|channel|>", "[TOOL_CALLS]",
])  # fmt: skip
TEXTS = st.lists(PARTS, max_size=14).map("".join)


@given(TEXTS, st.data())
def test_any_text_is_read_alike_however_it_is_cut(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    whole = read(text, [])
    assert read(text, cuts) == whole
    assert read(text, list(range(len(text)))) == whole


@given(st.text(max_size=200), st.booleans(), st.data())
def test_any_answer_comes_back(words: str, ascii_only: bool, data: st.DataObject) -> None:
    text = json.dumps({"answer": words}, ensure_ascii=ascii_only)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    expected = words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert "".join(str(one[1]) for one in read(text, cuts)) == expected


@given(st.dictionaries(st.sampled_from(["path", "content"]), st.text(max_size=80)), st.data())
def test_any_call_comes_back(arguments: dict[str, str], data: st.DataObject) -> None:
    text = json.dumps({"tool": "write_file", "arguments": arguments})
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    assert read(text, cuts) == [("call", "write_file", arguments)]
    # A call of a tool that changes something is not read from less than all of it.
    cut = data.draw(st.integers(0, len(text) - 1))
    assert all(kind == "broken" for kind, *_ in read(text[:cut], []) if kind != "text")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (CALL[:-2], "ends before it is complete"),
        (CALL[:-4], "ends before it is complete"),
        ('{"tool": "fly"}', "There is no tool 'fly' here. The tools are: list_directory, read_f"),
        ('{"tool": "read_file", "arguments": odd words}', "not valid JSON"),
    ],
)
def test_why_a_call_cannot_be_read(text: str, reason: str) -> None:
    reader = ConstrainedReader(OFFERED)
    (broken,) = [*reader.feed(text), *reader.finish()]
    assert isinstance(broken, BrokenCall)
    assert reason in broken.reason
    assert broken.text == text


def test_words_are_shown_as_they_arrive() -> None:
    reader = ConstrainedReader(OFFERED)
    shown = [reader.feed(piece) for piece in ('{"ans', 'wer": "Hel', "lo \\", 'n"', "}")]
    assert shown == [[], [TextChunk("Hel")], [TextChunk("lo ")], [TextChunk("\n")], []]


def test_an_answer_that_begins_within_thinking() -> None:
    text = 'So.</think>{"answer": "Yes"}'
    expected = [("thought", "So."), ("text", "Yes")]
    assert read(text, [], thinking=True) == expected
    assert read(text, list(range(len(text))), thinking=True) == expected
