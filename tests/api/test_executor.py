"""Our tools in a loop of the program's own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

import arriero
from arriero import ToolExecutor, get_tools_array, load_settings, tool
from arriero.tools.registry import TOOLS


def test_calls_and_what_they_change(folder: Path, tmp_path: Path) -> None:
    with ToolExecutor(folder, state=tmp_path / "state") as tools:
        assert "two" in tools.execute("read_file", {"path": "a.txt"})
        edited = tools.call(
            "edit_file", json.dumps({"path": "a.txt", "old_string": "two", "new_string": "2"})
        )
        assert (folder / "a.txt").read_text() == "one\n2\n"
        assert tools.undo(edited)
        assert (folder / "a.txt").read_text() == "one\ntwo\n"
        assert "two" in asyncio.run(tools.aexecute("read_file", {"path": "a.txt"}))


@pytest.mark.namespaces
def test_commands_only_where_they_are_allowed(folder: Path, tmp_path: Path) -> None:
    with ToolExecutor(folder, state=tmp_path / "state") as tools:
        assert "no tool 'run_command'" in tools.execute("run_command", {"command": "ls"})
        assert "run_command" not in [one["function"]["name"] for one in tools.tools]
    with ToolExecutor(folder, state=tmp_path / "state", allow_commands=True) as tools:
        assert "a.txt" in tools.execute("run_command", {"command": "ls"})


@pytest.mark.parametrize("arguments", ["{bad", "[1]", {"path": "../x"}, None])
def test_nothing_is_raised_for_a_wrong_call(folder: Path, tmp_path: Path, arguments: Any) -> None:
    with ToolExecutor(folder, state=tmp_path / "state", tools=["read_file"]) as tools:
        assert tools.execute("read_file", arguments).startswith("Error:")


def test_the_array_is_what_servers_take() -> None:
    array = get_tools_array()
    # Those need an editor that tells problems, and hosts in the settings.
    needing = {"get_diagnostics", "fetch_document"}
    assert {one["function"]["name"] for one in array} == set(TOOLS) - needing
    assert all(one["type"] == "function" for one in array)
    assert [one["function"]["name"] for one in get_tools_array(mode="ask")] == sorted(
        name
        for name, one in TOOLS.items()
        if one.kind in ("read", "search") and name not in needing
    )
    json.dumps(array)


@pytest.mark.parametrize(
    ("function", "said"),
    [(lambda x: x, "needs a type"), (lambda *rest: rest, "needs a type")],
)
def test_a_function_that_cannot_be_a_tool(function: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        tool(function)


def test_all_names_are_there_and_no_others() -> None:
    for name in arriero.__all__:
        assert getattr(arriero, name) is not None
    assert arriero.load_settings is load_settings
    with pytest.raises(AttributeError, match="no attribute 'Nope'"):
        _ = arriero.Nope
