"""The files that people copy into their editors: they can be read, and name what the server has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from arriero.cli.app import COMMANDS as PROGRAMS
from arriero.lsp.client import options_from_lsp
from arriero.lsp.commands.table import COMMANDS

CLIENTS = Path(__file__).parents[2] / "editor-client"
DOCUMENTS = Path(__file__).parents[2] / "docs"
FOLDERS = ("emacs", "helix", "kate", "neovim", "sublime", "zed")
# In these files `arriero.name` is a command of the server; in Lua it is a module.
NAMING = sorted(
    path
    for folder in FOLDERS
    for kind in ("*.md", "*.el", "*.json", "*.toml", "*.sublime-*")
    for path in (CLIENTS / folder).glob(kind)
)


def with_comments(text: str) -> Any:
    """Read JSON with `//` comments on lines of their own."""
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))


@pytest.mark.parametrize("path", [*NAMING, DOCUMENTS / "editors.md"], ids=lambda path: path.name)
def test_every_command_that_is_named_is_there(path: Path) -> None:
    named = set(re.findall(r"\barriero\.([a-z][A-Za-z]+)\b(?![\"']?:)", path.read_text("utf-8")))
    other = {"config", "el", "model", "reviewing", "vsix"}  # settings, files, a context key
    assert {f"arriero.{name}" for name in named - other} <= set(COMMANDS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_has_a_page(folder: str) -> None:
    page = (CLIENTS / folder / "README.md").read_text("utf-8")
    assert "pip install arriero" in page
    assert len(page.splitlines()) < 70


def is_ours(command: list[str]) -> bool:
    """Whether a command line is one of the program's."""
    return command[0] == "arriero" and command[1] in PROGRAMS


def test_helix() -> None:
    tomllib = pytest.importorskip("tomllib", reason="Python 3.11 reads TOML")
    told = tomllib.loads((CLIENTS / "helix/languages.toml").read_text("utf-8"))
    server = told["language-server"]["arriero"]
    assert is_ours([server["command"], *server["args"]])
    assert all("arriero" in language["language-servers"] for language in told["language"])


def test_kate() -> None:
    told = with_comments((CLIENTS / "kate/settings.json").read_text("utf-8"))
    for server in told["servers"].values():
        assert is_ours(server["command"])
        assert options_from_lsp(server["initializationOptions"]).applies
        re.compile(server["highlightingModeRegex"])


def test_sublime() -> None:
    told = with_comments((CLIENTS / "sublime/LSP.sublime-settings").read_text("utf-8"))
    assert is_ours(told["clients"]["arriero"]["command"])
    commands = with_comments((CLIENTS / "sublime/Default.sublime-commands").read_text("utf-8"))
    assert {one["args"]["session_name"] for one in commands} == {"arriero"}
    assert {one["args"]["command_name"] for one in commands} <= set(COMMANDS)
    # Sublime's LSP puts values in place of whole arguments only.
    given = {str(arg) for one in commands for arg in one["args"].get("command_args", [])}
    assert given == {"$text_document_position", "$document_id"}


def test_zed() -> None:
    told = with_comments((CLIENTS / "zed/settings.json").read_text("utf-8"))
    for agent in told["agent_servers"].values():
        assert [agent["command"], *agent["args"]] == ["arriero", "acp"]
        assert agent["args"][0] in PROGRAMS
    for name, server in told["lsp"].items():
        assert is_ours([server["binary"]["path"], *server["binary"]["arguments"]])
        assert any(name in one["language_servers"] for one in told["languages"].values())
