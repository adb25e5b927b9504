"""Values of a wrong kind are told in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.conftest import MakeAgent
from arriero import Agent, ToolExecutor
from arriero.workspace.errors import WorkspaceError


@pytest.mark.parametrize("arguments", [[1], [], 5, {1: 2}])
def test_arguments_that_are_no_object_are_the_models_mistake(
    folder: Path, tmp_path: Path, arguments: Any
) -> None:
    with ToolExecutor(folder, state=tmp_path / "state") as tools:
        assert tools.execute("read_file", arguments).startswith("Error:")


@pytest.mark.parametrize("prompt", [None, 5])
async def test_a_prompt_that_is_no_text(agent: MakeAgent, prompt: Any) -> None:
    made = agent()
    with pytest.raises(TypeError, match="A prompt is a text, and this is of type") as told:
        made.run(prompt)
    with pytest.raises(TypeError, match=str(told.value)):
        await made.arun(prompt)
    with pytest.raises(TypeError, match=str(told.value)):
        made.stream(prompt)


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "~nobody-has-this-name/x"])
def test_a_folder_that_cannot_be_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(WorkspaceError, match="is not a folder; give the folder to work in") as told:
        Agent(name, state=tmp_path)
    assert str(told.value).isprintable()
