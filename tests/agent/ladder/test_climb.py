"""The way from rung to rung."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any, get_args

import pytest

from arriero.agent.ladder import AnswerKind, Ladder, Rung
from arriero.agent.model_profile import ModelProfile
from arriero.models.errors import (
    CallUnreadable,
    ModelError,
    ProviderUnavailable,
    ServerBusy,
    StreamBroken,
    ToolsUnsupported,
    WindowExceeded,
)
from arriero.settings.provider import ToolCalling

UNSUPPORTED = ToolsUnsupported("No tools.")
MENDABLE = ToolsUnsupported("No tools.", mend="restart it with tools")
UNREADABLE = CallUnreadable("Not read.", text="<tool")
FAILED = ModelError("Ollama refused the request.")


def ladder(tools: ToolCalling = "auto", *, can: bool = True, **known: Any) -> Ladder:
    return Ladder(tools, ModelProfile("p/m", **known), can)


def take(made: Ladder, happened: AnswerKind | ModelError) -> str | None:
    return made.refused(happened) if isinstance(happened, ModelError) else made.answered(happened)


@pytest.mark.parametrize(
    ("known", "can", "rung"),
    [
        ({}, True, "native"),
        ({}, False, "prompted"),
        ({"rung": "constrained"}, True, "constrained"),
        ({"rung": "native"}, False, "prompted"),
        ({"rung": "off"}, True, "native"),
        ({"native_works": False}, True, "prompted"),
        ({"native_works": False, "prompted_works": False}, True, "constrained"),
        ({"prompted_works": False, "constrained_works": False}, False, "prompted"),
    ],
)
def test_where_it_begins(known: dict[str, Any], can: bool, rung: Rung) -> None:
    assert ladder(can=can, **known).rung == rung


Row = tuple[dict[str, Any], list[Any], Rung]


@pytest.mark.parametrize(
    ("known", "happened", "rung"),
    [
        ({}, [UNSUPPORTED], "prompted"),
        ({}, [UNREADABLE], "prompted"),
        ({}, [UNREADABLE, UNREADABLE], "constrained"),
        ({}, ["bad_call"], "native"),
        ({}, ["bad_call", "bad_call"], "prompted"),
        ({}, ["bad_call", "call", "bad_call"], "native"),
        ({}, ["bad_call", "text", "bad_call"], "native"),
        ({}, ["bad_call", "empty", "bad_call", "empty"], "native"),
        ({}, ["empty", "empty"], "prompted"),
        ({}, ["empty", "empty", "empty"], "prompted"),
        ({}, ["bad_call"] * 4, "constrained"),
        ({}, ["empty"] * 9, "constrained"),
        ({"prompted_works": False}, ["empty", "empty"], "constrained"),
        ({"prompted_works": False, "constrained_works": False}, ["empty", "empty"], "native"),
        ({"prompted_works": False, "constrained_works": False}, [UNSUPPORTED], "prompted"),
        ({"constrained_works": False}, ["bad_call"] * 8, "prompted"),
        ({"rung": "constrained"}, [FAILED], "prompted"),
        ({"rung": "constrained"}, [UNSUPPORTED], "prompted"),  # no grammar for the schema
        ({"rung": "constrained"}, [UNREADABLE], "prompted"),  # no whole JSON
        ({"rung": "constrained"}, [FAILED, *["bad_call"] * 4], "prompted"),
        ({}, [FAILED], "native"),
        ({}, [ProviderUnavailable("x"), StreamBroken("x"), ServerBusy("x")], "native"),
        ({"rung": "constrained"}, [WindowExceeded("x"), StreamBroken("x")], "constrained"),
    ],
)
def test_moves(known: dict[str, Any], happened: list[Any], rung: Rung) -> None:
    made = ladder(**known)
    for one in happened:
        take(made, one)
    assert made.rung == rung


def test_each_move_is_told_once_and_in_one_sentence() -> None:
    made = ladder()
    happened: list[AnswerKind | ModelError] = [UNSUPPORTED, "empty", "empty", FAILED, "call"]
    told = [take(made, one) for one in happened]
    prompted = "its tools are described in the prompt from now on."
    constrained = "from now on the server makes it answer in JSON."
    assert told == [
        f"The server cannot give this model tools: {prompted}",
        None,
        f"The model gave an empty answer twice in a row: {constrained}",
        f"The server could not make the model answer in JSON: {prompted}",
        None,
    ]


def test_what_was_said_is_not_asked_again_without_the_schema() -> None:
    assert ladder(rung="constrained").refused(FAILED, said=True) is None
    assert ladder(rung="constrained").refused(UNSUPPORTED, said=True) is None


@pytest.mark.parametrize("tools", [one for one in get_args(ToolCalling) if one != "auto"])
def test_a_rung_that_is_set_stays(tools: ToolCalling) -> None:
    made = ladder(tools, rung="prompted")
    rung = made.rung
    assert rung == {"native": "native", "text": "prompted", "schema": "constrained"}.get(
        tools, "off"
    )
    useless: list[AnswerKind] = ["empty", "empty", "empty", "bad_call", "bad_call", "bad_call"]
    for one in (UNSUPPORTED, UNREADABLE, FAILED, *useless, "call"):
        assert take(made, one) is None
    assert made.rung == rung
    assert made.profile.rung == "prompted"  # what suits the model, not what the user wants


def test_what_worked_is_learned() -> None:
    made = ladder()
    before = made.profile
    made.answered("text")
    made.answered("bad_call")
    assert made.profile is before
    made.answered("call")
    assert made.profile == replace(before, rung="native", native_works=True)
    made.refused(UNREADABLE)
    assert made.profile == replace(before, rung="native", native_works=True)
    made.answered("call")
    assert made.profile == replace(before, rung="prompted", native_works=True, prompted_works=True)


def test_a_schema_that_failed_is_remembered_only_when_it_was_at_fault() -> None:
    made = ladder(rung="constrained")
    before = made.profile
    assert made.refused(FAILED)
    assert made.profile is before
    made.answered("call")
    assert made.profile == replace(
        before, rung="prompted", prompted_works=True, constrained_works=False
    )


def test_that_tools_are_not_supported_is_learned() -> None:
    made = ladder()
    made.refused(UNSUPPORTED)
    assert made.profile.native_works is False


def test_that_a_server_lacks_an_option_is_told_and_not_learned() -> None:
    made = ladder()
    told = made.refused(MENDABLE)
    assert told is not None
    assert "cannot give this model tools (restart it with tools to change that): " in told
    assert (made.rung, made.profile.native_works) == ("prompted", None)


def test_whatever_happens_the_moves_come_to_an_end() -> None:
    kinds = [*get_args(AnswerKind), UNSUPPORTED, UNREADABLE, FAILED, StreamBroken("x")]
    for seed in range(200):
        rng = random.Random(seed)
        made = ladder(can=rng.random() < 0.5)
        moves = [told for _ in range(60) if (told := take(made, rng.choice(kinds)))]
        assert len(moves) <= 3
        assert made.rung in ("native", "prompted", "constrained")
