"""Every line of docs/migration.md does what it says."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import arriero
from arriero.cli.chat import table
from arriero.cli.commands import serve
from arriero.gateway import app
from arriero.settings.fields import find
from arriero.settings.layers import dotted, load_settings
from arriero.tools.registry import TOOLS
from arriero.tools.registry import find as find_tool

PAGE = (Path(__file__).parents[2] / "docs" / "migration.md").read_text()
CODE = re.compile(r"`([^`]+)`")
VALUES = {
    "OLLAMA_HOST": "10.0.0.7",
    "OLLAMA_BASE_URL": "http://10.0.0.7:11434",
    "LLM_BACKEND": "llama.cpp",
    "LLM_BASE_URL": "http://10.0.0.7:8080",
    "API_PORT": "8123",
    "OLLAMA_TOOLS_PORT": "8123",
    "REDIS_PORT": "6380",
    "API_HOST": "127.0.0.2",
    "OLLAMA_TOOLS_HOST": "127.0.0.2",
}


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_table_is_read() -> None:
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    assert headings == [
        "Flags",
        "Variables",
        "Addresses",
        "Tools",
        "Commands of a terminal chat",
        "Python",
    ]
    assert all(len(rows(heading)) >= 5 for heading in headings)


@pytest.mark.parametrize("row", rows("Flags"), ids=str)
def test_flag(row: list[str]) -> None:
    options = {name for one in serve.command.params for name in (*one.opts, *one.secondary_opts)}
    assert set(CODE.findall(row[0])) <= options
    for setting in CODE.findall(row[2]):
        assert find(tuple(setting.split("."))) is not None


@pytest.mark.parametrize("row", rows("Variables"), ids=str)
def test_variable(tmp_path: Path, row: list[str]) -> None:
    (name,) = CODE.findall(row[0])
    given = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    if name == "REDIS_PORT":
        given["REDIS_HOST"] = "cache"
    user = tmp_path / "arriero" / "config.yaml"
    user.parent.mkdir()
    user.write_text("providers: {my_provider: {kind: openai, base_url: 'http://10.0.0.7/v1'}}")
    if name in ("LLM_BASE_URL", "LLM_API_KEY"):
        given["LLM_BACKEND"] = "llama.cpp"
    value = VALUES.get(name, "/somewhere" if name == "WORKSPACE_PATH" else "some-name")
    before = load_settings(environment=given).settings
    after = load_settings(environment={**given, name: value}).settings
    if name.startswith("REDIS"):
        assert (after.gateway.redis_address or "").startswith("redis://")
        assert after.gateway.redis_address != before.gateway.redis_address
        return
    setting = CODE.findall(row[1])[0]
    if "." in setting or setting in dotted(after):
        key = setting
    else:
        provider = "my_provider" if name.startswith("MY_PROVIDER") else "llamacpp"
        key = f"providers.{provider}.{setting}"
    assert dotted(before).get(key) != dotted(after)[key]


@pytest.mark.parametrize("row", rows("Addresses"), ids=str)
def test_address(row: list[str]) -> None:
    if not (found := CODE.findall(row[0])):
        assert "/{path:path}" in inspect.getsource(app)
        return
    path = found[0].split()[1]
    served = {*app.DIALECTS, *app.OF_BODY, *app.OF_NAME, "/health", "/metrics"}
    assert path in served
    assert f'"{path}"' in inspect.getsource(app)


@pytest.mark.parametrize("row", rows("Tools"), ids=str)
def test_tool(row: list[str]) -> None:
    ours = tuple(TOOLS.values())
    (name,) = CODE.findall(row[1])
    for other in CODE.findall(row[0]):
        assert find_tool(other, ours) is TOOLS[name]


@pytest.mark.parametrize("row", rows("Commands of a terminal chat"), ids=str)
def test_chat_command(row: list[str]) -> None:
    for name in CODE.findall(row[0]):
        command = table.find(name)
        assert command is not None
        assert name.strip("/") in (command.name, *command.aliases)


@pytest.mark.parametrize("row", rows("Python"), ids=str)
def test_python(row: list[str]) -> None:
    for name in re.findall(r"\b(ToolExecutor|get_tools_array|Agent|tool)\b", " ".join(row)):
        assert getattr(arriero, name) is not None
    for argument in re.findall(r"\b(working_directory|allow_commands)=", row[0]):
        assert argument in inspect.signature(arriero.ToolExecutor).parameters
