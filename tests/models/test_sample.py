"""The demo's sample project and the scripted model that mends it, without a daemon."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arriero.models.ollama import OllamaProvider
from arriero.models.rehearsal import Asked
from arriero.models.rehearsal.sample_script import (
    INTRODUCTION,
    LEDGER_EDITS,
    SAMPLE_PROMPT,
    SPLIT_EDIT,
    copy_sample,
    sample_simulator,
    sample_turn,
)
from arriero.models.types import (
    ChatRequest,
    Finished,
    Message,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
    ToolSpec,
)

ALL_TOOLS = ("read_file", "edit_file", "write_file", "list_directory", "run_command")
READING = ("read_file", "list_directory")
EDITING = ("read_file", "edit_file", "list_directory")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    copy_sample(tmp_path)
    return tmp_path


def run_tests(project: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-B", "-m", "unittest"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


Override = Callable[[ToolCall], "str | None"]


def execute(project: Path, call: ToolCall) -> str:
    """Do what a tool does, in the simplest way."""
    arguments = call.arguments
    if call.name == "list_directory":
        return "\n".join(sorted(path.name for path in (project / arguments["path"]).iterdir()))
    if call.name == "run_command":
        return run_tests(project)
    path: Path = project / str(arguments["path"])
    if call.name == "read_file":
        return path.read_text("utf-8")
    old = path.read_text("utf-8")
    if old.count(arguments["old_string"]) != 1:
        return "Error: old_string does not occur exactly once."
    path.write_text(old.replace(arguments["old_string"], arguments["new_string"]), "utf-8")
    return "Edited."


class Conversation:
    """A small loop around the provider: asks, executes, asks again."""

    def __init__(self, project: Path, tools: tuple[str, ...], override: Override) -> None:
        self._project, self._override = project, override
        self._specs = [ToolSpec(name, name, {"type": "object"}) for name in tools]
        self.rounds: list[list[str]] = []
        self.thought = ""
        self.text = ""

    async def run(self, prompt: str = SAMPLE_PROMPT) -> str:
        messages = [Message("system", "You are an agent."), Message("user", prompt)]
        async with sample_simulator() as simulator:
            provider = OllamaProvider("ollama", simulator.base_url)
            for _ in range(12):
                calls = await self._ask(provider, messages)
                if not calls:
                    break
            await provider.aclose()
        return self.text

    async def _ask(self, provider: OllamaProvider, messages: list[Message]) -> list[ToolCall]:
        calls, self.text = list[ToolCall](), ""
        async for chunk in provider.chat(ChatRequest("rehearsal", messages, tools=self._specs)):
            if isinstance(chunk, TextChunk):
                self.text += chunk.text
            elif isinstance(chunk, ThinkingChunk):
                self.thought += chunk.text
            elif isinstance(chunk, ToolCallChunk):
                calls.append(chunk.call)
            else:
                assert isinstance(chunk, Finished)
        messages.append(Message("assistant", self.text, tool_calls=tuple(calls)))
        for call in calls:
            given = self._override(call)
            result = execute(self._project, call) if given is None else given
            messages.append(Message("tool", result, tool_name=call.name, tool_call_id=call.id))
        self.rounds.append([call.name for call in calls])
        return calls


def nothing(_call: ToolCall) -> None:
    return None


def test_one_test_of_the_sample_fails_and_leaves_nothing_behind(project: Path) -> None:
    output = run_tests(project)
    assert "FAILED (failures=1)" in output
    assert "test_no_cent_is_lost" in output
    assert (project / ".gitignore").exists()
    assert (project / "README.md").exists()


def test_each_edit_fits_once(project: Path) -> None:
    for edit in (SPLIT_EDIT, *LEDGER_EDITS):
        assert (project / edit.path).read_text("utf-8").count(edit.old) == 1


async def test_the_model_mends_the_sample(project: Path) -> None:
    conversation = Conversation(project, ALL_TOOLS, nothing)
    said = await conversation.run()
    assert conversation.rounds == [
        ["list_directory"],
        ["read_file", "read_file"],
        ["run_command"],
        ["read_file"],
        ["edit_file"],
        ["edit_file", "edit_file"],
        ["run_command"],
        [],
    ]
    assert said.startswith("All tests pass.")
    assert conversation.thought
    assert "OK" in run_tests(project)


async def test_a_second_time_there_is_nothing_to_mend(project: Path) -> None:
    await Conversation(project, ALL_TOOLS, nothing).run()
    again = Conversation(project, ALL_TOOLS, nothing)
    assert "nothing to mend" in await again.run()


async def test_the_readme_shows_what_the_program_prints(project: Path) -> None:
    await Conversation(project, ALL_TOOLS, nothing).run()
    done = subprocess.run(
        [sys.executable, "-B", "-m", "tally", "weekend.txt"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    for line in done.stdout.splitlines():
        assert f"    {line}\n" in (project / "README.md").read_text("utf-8")
    listing = (project / "weekend.txt").read_text("utf-8").splitlines()[1:]
    readme = (project / "README.md").read_text("utf-8")
    assert all(" ".join(line.split()) in " ".join(readme.split()) for line in listing)


def refuse(tool: str, result: str, *, time: int = 1) -> Override:
    """Give another result for the calls of a tool, from its `time`-th call on."""
    seen = 0

    def override(call: ToolCall) -> str | None:
        nonlocal seen
        seen += call.name == tool
        return result if call.name == tool and seen >= time else None

    return override


@pytest.mark.parametrize(
    ("tools", "override", "said"),
    [
        (READING, nothing, "I may not edit here"),
        (EDITING, nothing, "I could not run the tests, so please do."),
        (("read_file", "edit_file"), nothing, "I could not run the tests, so please do."),
        (ALL_TOOLS, refuse("run_command", "Error: not allowed."), "I could not run the tests"),
        (
            ALL_TOOLS,
            refuse("edit_file", "Error: the file has changed."),
            "My edit of tally/money.py was not made, so I stop here: Error: the file has changed.",
        ),
        (
            ALL_TOOLS,
            refuse("edit_file", "Error: no.", time=3),
            "My edit of tally/ledger.py was not made",
        ),
        (
            ALL_TOOLS,
            refuse("run_command", "FAILED (failures=1)", time=2),
            "The tests still fail, so this is not done:",
        ),
        (ALL_TOOLS, refuse("read_file", "Error: not found."), "I cannot read tests/test_ledger"),
        (ALL_TOOLS, refuse("list_directory", "a.txt"), "does not look like the sample project"),
        (ALL_TOOLS, refuse("list_directory", "Error: gone."), "does not look like the sample"),
    ],
)
async def test_it_says_what_it_could_not_do(
    project: Path, tools: tuple[str, ...], override: Override, said: str
) -> None:
    conversation = Conversation(project, tools, override)
    assert said in await conversation.run()
    assert len(conversation.rounds) < 12


@pytest.mark.parametrize(
    ("prompt", "tools"),
    [("Hello", ALL_TOOLS), ("Explain the tests", ALL_TOOLS), (SAMPLE_PROMPT, ())],
)
def test_other_requests_get_a_friendly_text(prompt: str, tools: tuple[str, ...]) -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": prompt}]
    assert sample_turn(Asked("rehearsal", messages, tools)).text == INTRODUCTION


@pytest.mark.parametrize(
    "prompt",
    [SAMPLE_PROMPT, "Make the failing test pass.", "fix the tests", "the tests are red, mend them"],
)
def test_many_words_ask_for_the_same(prompt: str) -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": prompt}]
    assert sample_turn(Asked("rehearsal", messages, ALL_TOOLS)).calls
