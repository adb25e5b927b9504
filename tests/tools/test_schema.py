"""What a model may send as arguments, and what it is told when that does not fit."""

from __future__ import annotations

from typing import Any

import pytest

from arriero.tools.base import ToolContext, tool
from arriero.tools.registry import ALIASES, MODES, TOOLS, find, offered
from arriero.tools.schema import ArgumentError


@tool(kind="read", title="Read {path} from {offset}")
def sample(
    context: ToolContext,
    path: str,
    offset: int = 1,
    limit: int | None = None,
    whole: bool = False,
) -> str:
    """Read a file.
    In two lines.

    Args:
        path: The file, which may
            be long to describe.
        offset: First line.
        limit: How many lines.
        whole: All of it.
    """
    return path


@tool(kind="edit", title="Write {path}")
def write(context: ToolContext, path: str, content: str) -> str:
    """Write.

    Args:
        path: The file.
        content: The text.
    """
    return path


def test_schema_is_compact_and_complete() -> None:
    assert sample.description == "Read a file. In two lines."
    assert sample.schema == {
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "The file, which may be long to describe."},
            "offset": {"type": "integer", "description": "First line.", "default": 1},
            "limit": {"type": "integer", "description": "How many lines."},
            "whole": {"type": "boolean", "description": "All of it."},
        },
        "required": ["path"],
    }


FULL = {"path": "a", "offset": 1, "limit": None, "whole": False}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"path": "a"}, {}),
        ('{"path": "a"}', {}),
        ({"path": "a", "offset": "12"}, {"offset": 12}),
        ({"path": "a", "offset": 3.0}, {"offset": 3}),
        ({"path": "a", "whole": "true"}, {"whole": True}),
        ({"path": "a", "limit": None}, {}),
        ({"path": "a", "offset": None}, {}),
        ({"path": 7}, {"path": "7"}),
        ({"file_path": "a"}, {}),
        ({"filename": "a", "start_line": 4}, {"offset": 4}),
        ({"path": "a", "reason": "because"}, {}),
        ({"arguments": {"path": "a"}}, {}),
        ({"parameters": '{"path": "a"}'}, {}),
        ({"path": "a", "file": None}, {}),
    ],
)
def test_understood(sent: Any, read: dict[str, Any]) -> None:
    assert sample.parameters.read(sent) == {**FULL, **read}


@pytest.mark.parametrize(
    ("sent", "given"),
    [
        ({"path": "a", "offset": 1, "limit": None, "whole": False}, {"path": "a"}),
        ({"path": "a", "offset": 2}, {"path": "a", "offset": 2}),
        ({"path": "a", "whole": True}, {"path": "a", "whole": True}),
        ({"path": "", "limit": 0}, {"path": "", "limit": 0}),
    ],
)
def test_what_says_more_than_the_defaults_is_the_same_call(sent: Any, given: Any) -> None:
    read = sample.parameters.read(sent)
    assert sample.parameters.given(read) == given
    assert sample.parameters.read(given) == read


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "'path' is missing. Call sample(path, offset?, limit?, whole?) again."),
        ("", "'path' is missing"),
        (None, "'path' is missing"),
        ({"path": "a", "depth": 3}, "there is no argument 'depth'"),
        ({"path": "a", "offset": "ten"}, "'offset': input should be a valid integer"),
        ({"path": "a", "file": "b"}, "there is no argument 'file'"),
        ({"path": ["a", 1]}, "'path': input should be a valid string"),
        ([1], "one JSON object"),
        ("{broken", "not valid JSON"),
        ('["a"]', "one JSON object"),
    ],
)
def test_refused_with_advice(sent: Any, said: str) -> None:
    with pytest.raises(ArgumentError) as error:
        sample.parameters.read(sent)
    assert said in str(error.value)


def test_text_given_as_lines_or_as_an_object() -> None:
    lines = write.parameters.read({"path": "a", "content": ["x", "y"]})
    assert lines["content"] == "x\ny"
    value = write.parameters.read({"path": "a", "content": {"k": 1}})
    assert value["content"] == '{\n  "k": 1\n}'


def test_title_is_one_short_line_and_never_fails() -> None:
    assert sample.title({"path": "a\nb", "offset": 2}) == "Read a b from 2"
    assert len(sample.title({"path": "x" * 500, "offset": 1})) < 120
    assert sample.title({}) == "sample"


def test_parameter_without_a_line_is_an_error() -> None:
    def bad(context: ToolContext, path: str) -> str:
        """Nothing said."""
        return path

    with pytest.raises(TypeError, match="'path' needs a type and a line in Args"):
        tool(kind="read", title="")(bad)


def test_modes_offer_only_what_they_may() -> None:
    kinds = {mode: {t.kind for t in offered(mode)} for mode in MODES}
    assert kinds["ask"] == kinds["plan"] == {"read", "search"}
    assert kinds["edit"] == {"read", "search", "edit", "delete", "move"}
    assert kinds["agent"] == kinds["edit"] | {"execute"}
    assert [t.name for t in offered("agent", problems=True, fetches=True)] == sorted(TOOLS)


def test_names_that_models_mistake_for_ours() -> None:
    everything = offered("agent", problems=True, fetches=True)
    for alias, name in ALIASES.items():
        assert alias not in TOOLS
        found = find(alias, everything)
        assert found is not None
        assert found.name == name
    assert find("bash", offered("ask")) is None
    assert find("functions.read_file", everything) is TOOLS["read_file"]
    assert find("rm", everything) is None
