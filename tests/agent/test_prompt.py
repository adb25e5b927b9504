"""What of each prompt is fixed: how long it is, and that nothing of it changes."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from arriero.agent.prompt import system_message, tier, user_message
from arriero.agent.tokens import TokenEstimate
from arriero.models.types import Message, ToolSpec
from arriero.tools.registry import MODES, TOOLS, Mode, Tier, offered

TIERS: tuple[Tier, ...] = get_args(Tier)
MOST_TOKENS: dict[Tier, int] = {"small": 1500, "medium": 2500, "large": 3200}
ROOTS = ("/home/somebody/projects/a-longer-name/example",)


def specs(mode: Mode, size: Tier) -> list[ToolSpec]:
    tools = offered(mode, size, problems=True, fetches=True)
    return [ToolSpec(t.name, *t.told(brief=size == "small")) for t in tools]


@pytest.mark.parametrize(
    ("window", "expected"),
    [(512, "small"), (8192, "small"), (8193, "medium"), (32_768, "medium"), (32_769, "large")],
)
def test_the_tier_of_a_window(window: int, expected: Tier) -> None:
    assert tier(window) == expected


@pytest.mark.parametrize("size", TIERS)
@pytest.mark.parametrize("mode", MODES)
def test_the_fixed_part_is_short(mode: Mode, size: Tier) -> None:
    estimate = TokenEstimate("p/m")
    fixed = estimate.count([Message("system", system_message(ROOTS, size))], specs(mode, size))
    assert fixed <= MOST_TOKENS[size]


def test_a_small_window_has_few_tools_that_say_enough_in_short() -> None:
    small = offered("agent", "small")
    assert len(small) <= 7
    assert {t.name for t in offered("agent", problems=True)} - {t.name for t in small} == {
        "command_output", "delete_file", "find_symbol", "get_diagnostics", "rename_file",
        "run_python", "search_workspace",
    }  # fmt: skip
    for one in TOOLS.values():
        (brief, schema), (full, full_schema) = one.told(brief=True), one.told(brief=False)
        assert full.startswith(brief)
        assert brief.endswith(".")
        assert schema.get("required") == full_schema.get("required")
        for name, value in schema["properties"].items():
            whole = full_schema["properties"][name]
            assert value["type"] == whole["type"]
            assert whole["description"].startswith(value["description"])
            assert len(value["description"]) >= 10
            assert "title" not in value
        assert "additionalProperties" not in json.dumps(full_schema)
    assert all(len(one.told(brief=True)[0]) < 160 for one in small)


@pytest.mark.parametrize("size", TIERS)
def test_the_system_message_names_the_folders_and_stays_as_it_is(size: Tier) -> None:
    text = system_message(("/a", "/b"), size)
    assert "Workspace: /a\nFurther folder: /b\n" in text
    assert text == system_message(("/a", "/b"), size)
    assert text.endswith("\n")
    assert "{" not in text
    assert "answer without files" in system_message((), size)
    for word in ("calling tools", "Error:", "instruction to you", "Read a file", "tests"):
        assert word in text or word.lower() in text


def test_the_projects_instructions_come_last_and_whole() -> None:
    text = system_message(("/a",), "small", "## AGENTS.md\n\nUse {tabs} \udcff.")
    assert text.endswith("The project's instructions\n\n## AGENTS.md\n\nUse {tabs} \ufffd.\n")
    assert text.startswith(system_message(("/a",), "small"))


@pytest.mark.parametrize("mode", MODES)
def test_the_mode_stands_in_the_users_message(mode: Mode) -> None:
    text = user_message("Why?", mode, ())
    assert text.endswith("Why?")
    assert ("not change anything" in text) == (mode in ("ask", "plan"))
    assert ("cannot run commands" in text) == (mode == "edit")
