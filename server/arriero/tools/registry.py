"""Which tools there are, under which names models know them, and what each mode offers."""

from __future__ import annotations

from typing import Literal

from arriero.tools.base import Tool
from arriero.tools.command_output import command_output
from arriero.tools.delete_file import delete_file
from arriero.tools.edit_file import edit_file
from arriero.tools.fetch_document import fetch_document
from arriero.tools.find_symbol import find_symbol
from arriero.tools.get_diagnostics import get_diagnostics
from arriero.tools.glob_files import glob_files
from arriero.tools.grep_search import grep_search
from arriero.tools.list_directory import list_directory
from arriero.tools.read_file import read_file
from arriero.tools.rename_file import rename_file
from arriero.tools.run_command import run_command
from arriero.tools.run_python import run_python
from arriero.tools.search_workspace import search_workspace
from arriero.tools.write_file import write_file

Mode = Literal["ask", "edit", "agent", "plan"]
Tier = Literal["small", "medium", "large"]  # of the window: see `agent.prompt.tier`
MODES: tuple[Mode, ...] = ("ask", "edit", "agent", "plan")

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        command_output, delete_file, edit_file, fetch_document, find_symbol, get_diagnostics,
        glob_files, grep_search, list_directory, read_file, rename_file, run_command, run_python,
        search_workspace, write_file,
    )
}  # fmt: skip

# What models that learned other agents' tools call ours.
ALIASES: dict[str, str] = {
    "bash": "run_command",
    "bash_output": "command_output",
    "codebase_search": "search_workspace",
    "create_file": "write_file",
    "execute_bash": "run_command",
    "execute_command": "run_command",
    "execute_python": "run_python",
    "fetch": "fetch_document",
    "fetch_url": "fetch_document",
    "file_edit": "edit_file",
    "file_list": "list_directory",
    "file_read": "read_file",
    "file_write": "write_file",
    "find_files": "glob_files",
    "find_definition": "find_symbol",
    "find_references": "find_symbol",
    "get_errors": "get_diagnostics",
    "get_problems": "get_diagnostics",
    "glob": "glob_files",
    "grep": "grep_search",
    "list_dir": "list_directory",
    "list_files": "list_directory",
    "ls": "list_directory",
    "lookup_symbol": "find_symbol",
    "move_file": "rename_file",
    "open_file": "read_file",
    "python": "run_python",
    "read_lints": "get_diagnostics",
    "remove_file": "delete_file",
    "replace_in_file": "edit_file",
    "run_bash": "run_command",
    "run_shell": "run_command",
    "run_shell_command": "run_command",
    "run_terminal_cmd": "run_command",
    "search_codebase": "search_workspace",
    "search_files": "grep_search",
    "semantic_search": "search_workspace",
    "shell": "run_command",
    "str_replace": "edit_file",
    "str_replace_editor": "edit_file",
    "view_file": "read_file",
    "web_fetch": "fetch_document",
    "write": "write_file",
}

# run_command can do what run_python does, and delete and rename, grep_search what the index does;
# what runs in the background ends with its session.
_A_COMMAND_DOES = frozenset({"delete_file", "rename_file"})
_OF_THE_INDEX = frozenset({"find_symbol", "search_workspace"})
_OF_THE_EDITOR = frozenset({"get_diagnostics"})
_OF_THE_WEB = frozenset({"fetch_document"})
_NOT_IN_SMALL = _A_COMMAND_DOES | _OF_THE_INDEX | {"command_output", "run_python"}
_READS = frozenset({"read", "search", "think", "fetch"})
_EDITS = _READS | {"edit", "delete", "move"}
_OFFERED: dict[Mode, frozenset[str]] = {
    "ask": _READS,
    "plan": _READS,
    "edit": _EDITS,
    "agent": _EDITS | {"execute", "other"},
}


def offered(
    mode: Mode,
    tier: Tier = "large",
    *,
    indexed: bool = True,
    problems: bool = False,
    fetches: bool = False,
) -> tuple[Tool, ...]:
    """Return the tools that a mode offers, sorted by name: the order is part of the prompt.

    A small window is offered seven at most: small models choose badly among more. What needs an
    index is offered only where the workspace has one. What tells problems needs an editor that
    tells them (`problems`), and a large window: the nearest ones stand beside prompts anyway.
    Documents are fetched where the user lists hosts (`fetches`), and in a large window.
    """
    kinds = _OFFERED[mode]
    left_out = _NOT_IN_SMALL if tier == "small" else frozenset()
    left_out |= _A_COMMAND_DOES if tier == "medium" and "execute" in kinds else frozenset()
    left_out |= frozenset() if indexed else _OF_THE_INDEX
    left_out |= frozenset() if problems and tier == "large" else _OF_THE_EDITOR
    left_out |= frozenset() if fetches and tier == "large" else _OF_THE_WEB
    return tuple(
        TOOLS[name] for name in sorted(TOOLS) if TOOLS[name].kind in kinds and name not in left_out
    )


def find(name: str, among: tuple[Tool, ...]) -> Tool | None:
    """Return the tool that a model means by `name`, if it is among those it was offered."""
    wanted = name.strip().removeprefix("functions.").removeprefix("tools.")
    by_name = {tool.name: tool for tool in among}
    # A tool of a client may be called as others call one of ours.
    return by_name.get(wanted) or by_name.get(ALIASES.get(wanted, ""))
