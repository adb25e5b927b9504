"""What is sent on each rung, and that a conversation's requests extend each other."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import histories
from agent.histories import Round, Turn, prompts, texts
from arriero.agent.ladder import Rung, render, rendered_rung
from arriero.agent.ladder.schema import answer_schema
from arriero.agent.ladder.tool_text import constrained_tools, prompted_tools, signature
from arriero.models.types import ChatRequest, Message, ToolCall, ToolSpec
from arriero.tools.registry import MODES, offered

RUNGS: tuple[Rung, ...] = get_args(Rung)
PRINTED: tuple[Rung, ...] = ("prompted", "constrained", "off")
READ = ToolSpec(
    "read_file",
    "Read a text file. Each line is numbered.",
    {
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "File."},
            "limit": {"type": "integer", "description": "Lines.", "default": 0},
        },
        "required": ["path"],
    },
)
LIST = ToolSpec("list", "List files.", {"type": "object", "properties": {"path": {}}})
SYSTEM = Message("system", "You help.\n")
CALLED = Message("assistant", "I look.", "Hm.", (ToolCall("a", "read_file", {"path": "ü"}),))
RESULT = Message("tool", "1\tx", tool_name="read_file", tool_call_id="a")
HISTORY = (SYSTEM, Message("user", "Read ü."), CALLED, RESULT)


def asked(*messages: Message, **more: Any) -> ChatRequest:
    return ChatRequest("m", messages or HISTORY, (READ, LIST), **more)


def sent(rung: Rung, *messages: Message, **more: Any) -> list[tuple[str, str]]:
    return [(one.role, one.content) for one in render(asked(*messages, **more), rung).messages]


def test_native_is_sent_as_it_is() -> None:
    request = asked(temperature=0.5, affinity="s")
    assert render(request, "native") == request


def test_prompted() -> None:
    request = render(asked(think=True), "prompted")
    assert (request.tools, request.format, request.think) == ((), None, True)
    system, *rest = request.messages
    assert system.content == f"You help.\n\n{prompted_tools((READ, LIST))}"
    assert "- read_file(path: string, limit?: integer = 0): Read a text file." in system.content
    assert '{"name": "read_file", "arguments": {"path": "README.md"}}' in system.content
    call = '<tool_call>\n{"name": "read_file", "arguments": {"path": "ü"}}\n</tool_call>'
    assert rest == [
        Message("user", "Read ü."),
        Message("assistant", f"I look.\n{call}", "Hm."),
        Message("user", '<tool_response name="read_file">\n1\tx\n</tool_response>'),
    ]


def test_constrained() -> None:
    request = render(asked(think=True), "constrained")
    assert (request.tools, request.think) == ((), False)
    assert request.format == answer_schema((READ, LIST), answers=True)
    system, *rest = request.messages
    assert system.content == f"You help.\n\n{constrained_tools((READ, LIST), answers=True)}"
    assert [one.content for one in rest][1] == (
        'I look.\n{"tool": "read_file", "arguments": {"path": "ü"}}'
    )
    assert not any(one.thinking or one.tool_calls for one in rest)
    said = sent("constrained", *HISTORY, Message("assistant", 'A "b"\n'), Message("user", "So?"))
    assert said[-2:] == [("assistant", '{"answer": "A \\"b\\"\\n"}'), ("user", "So?")]


def test_off_keeps_the_history() -> None:
    assert sent("off")[0] == ("system", "You help.\n")
    assert sent("off")[1:] == sent("prompted")[1:]
    assert render(asked(), "off").tools == ()


def test_results_and_the_next_question_are_one_message() -> None:
    other = replace(RESULT, content="2", tool_name=None)
    picture = Message("user", "And this?", images=(b"png",))
    request = render(asked(*HISTORY, other, picture), "prompted")
    assert request.messages[-1] == Message(
        "user",
        '<tool_response name="read_file">\n1\tx\n</tool_response>\n\n'
        "<tool_response>\n2\n</tool_response>\n\nAnd this?",
        images=(b"png",),
    )


@pytest.mark.parametrize("rung", ["prompted", "constrained"])
def test_without_a_system_message_there_is_one(rung: Rung) -> None:
    assert [role for role, _ in sent(rung, Message("user", "Hi"))] == ["system", "user"]


@pytest.mark.parametrize("rung", RUNGS)
def test_a_request_that_only_loads_stays_one(rung: Rung) -> None:
    assert render(replace(asked(), messages=()), rung).messages == ()


@pytest.mark.parametrize("rung", PRINTED)
def test_without_tools_nothing_is_demanded(rung: Rung) -> None:
    request = render(replace(asked(SYSTEM, Message("user", "Hi")), tools=()), rung)
    assert request.messages == (SYSTEM, Message("user", "Hi"))
    assert request.format is None


# -- tool_choice


@pytest.mark.parametrize("rung", RUNGS)
def test_no_tools_wanted(rung: Rung) -> None:
    assert render(asked(tool_choice="none"), rung) == render(asked(), "off")
    assert rendered_rung(asked(tool_choice="none"), rung) == "off"


@pytest.mark.parametrize("rung", RUNGS)
@pytest.mark.parametrize(("choice", "tools"), [("required", (READ, LIST)), ("list", (LIST,))])
def test_a_call_is_demanded(rung: Rung, choice: str, tools: tuple[ToolSpec, ...]) -> None:
    request = asked(tool_choice=choice)
    assert rendered_rung(request, rung) == "constrained"
    rendered = render(request, rung)
    assert rendered.format == answer_schema(tools, answers=False)
    assert '"answer"' not in json.dumps(rendered.format)
    assert "answer" not in rendered.messages[0].content
    assert (rendered.tools, rendered.tool_choice) == ((), "auto")


@pytest.mark.parametrize(("choice", "tools"), [("write", (READ,)), ("required", ())])
def test_a_tool_that_is_not_there_cannot_be_demanded(
    choice: str, tools: tuple[ToolSpec, ...]
) -> None:
    with pytest.raises(ValueError, match=choice):
        render(replace(asked(tool_choice=choice), tools=tools), "native")


# -- the schema


def test_the_schema_of_an_answer() -> None:
    def thing(required: list[str], **properties: Any) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }

    path, limit = {"type": "string"}, {"type": "integer"}
    read = thing(
        ["tool", "arguments"],
        tool={"type": "string", "enum": ["read_file"]},
        arguments=thing(["path"], path=path, limit=limit),
    )
    answer = thing(["answer"], answer={"type": "string"})
    schema = answer_schema((READ,), answers=True)
    assert schema == {"type": "object", "anyOf": [read, answer]}
    # The name decides what follows: it must be written first.
    assert list(schema["anyOf"][0]["properties"]) == ["tool", "arguments"]
    assert answer_schema((READ,), answers=False) == read


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"type": "string", "format": "uri", "pattern": "^x$", "title": "T"}, {"type": "string"}),
        ({"type": "integer", "minimum": 1, "maximum": 9}, {"type": "integer"}),
        ({"type": ["string", "null"]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ({"const": "a"}, {"enum": ["a"]}),
        ({"enum": ["a", 1]}, {"enum": ["a", 1]}),
        ({"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["a"]}),
        ({"type": "array", "items": {"type": "string"}, "minItems": 1},
         {"type": "array", "items": {"type": "string"}}),
        ({"type": "array"}, {"type": "array"}),
        ({"oneOf": [{"type": "string"}]}, {"type": "string"}),
        ({"anyOf": [{"type": "string"}, {}]}, {}),
        ({"type": "object"}, {"type": "object"}),
        ({"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a", "b"]},
         {"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a"],
          "additionalProperties": False}),
        ({"$ref": "#/$defs/P"}, {"type": "boolean"}),
        ({"$ref": "#/$defs/None"}, {}),
        ({"type": "unheard of"}, {}),
        (True, {}),
    ],
)  # fmt: skip
def test_only_what_servers_understand_is_kept(given: Any, kept: Any) -> None:
    parameters = {"type": "object", "properties": {"x": given}, "$defs": {"P": {"type": "boolean"}}}
    schema = answer_schema((ToolSpec("t", "", parameters),), answers=False)
    assert schema["properties"]["arguments"]["properties"] == {"x": kept}


def test_a_schema_that_holds_itself_ends() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}
    parameters = {"properties": {"x": {"$ref": "#/$defs/Node"}}, "$defs": {"Node": node}}
    assert len(json.dumps(answer_schema((ToolSpec("t", "", parameters),), answers=False))) < 2000


# -- the section on tools


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({}, "x?: any"),
        ({"type": "string", "default": "."}, 'x?: string = "."'),
        ({"type": "boolean", "default": False}, "x?: boolean = false"),
        ({"enum": ["a", "b"]}, 'x?: "a"|"b"'),
        ({"const": 1}, "x?: 1"),
        ({"type": ["string", "null"]}, "x?: string|null"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "x?: string|integer"),
        ({"type": "array", "items": {"type": "string"}}, "x?: string[]"),
        ({"type": "array"}, "x?: any[]"),
    ],
)
def test_signature(schema: Any, shown: str) -> None:
    assert signature(ToolSpec("t", "", {"properties": {"x": schema}})) == f"t({shown})"


@pytest.mark.parametrize("mode", MODES)
def test_the_section_is_much_shorter_than_the_schemas(mode: Any) -> None:
    specs = [ToolSpec(one.name, one.description, one.schema) for one in offered(mode)]
    schemas = sum(
        len(json.dumps({"name": s.name, "description": s.description, "parameters": s.parameters}))
        for s in specs
    )
    listed, _, rules = prompted_tools(specs).partition("\n\n")
    assert len(listed) <= 0.6 * schemas
    assert len(rules) < 700
    assert all(f"- {spec.name}(" in listed for spec in specs)


# -- a conversation that goes on


_WORDS = texts((0, 1, 40, 400))
_CALLS = st.lists(st.tuples(_WORDS, _WORDS), min_size=1, max_size=3).map(tuple)
_ROUNDS = st.lists(st.builds(Round, _WORDS, _WORDS, _CALLS), max_size=5).map(tuple)
TURNS = st.lists(st.builds(Turn, _WORDS, _ROUNDS, _WORDS), min_size=1, max_size=4)


@given(TURNS)
@settings(max_examples=60, deadline=None)
def test_each_request_extends_the_one_before(turns: list[Turn]) -> None:
    grown = prompts(turns)
    for before, after in itertools.pairwise(grown):
        # Between two requests lies an answer: nothing is joined to what was sent.
        assert before[-1].role in ("user", "tool")
        assert after[len(before)].role == "assistant"
    for rung in RUNGS:
        requests = [render(ChatRequest("m", asked, histories.TOOLS), rung) for asked in grown]
        for first, second in itertools.pairwise(requests):
            assert second.messages[: len(first.messages)] == first.messages
            assert len(second.messages) > len(first.messages)
            assert replace(second, messages=()) == replace(first, messages=())


@given(TURNS)
@settings(max_examples=60, deadline=None)
def test_users_and_answers_alternate(turns: list[Turn]) -> None:
    for rung in PRINTED:
        request = render(ChatRequest("m", prompts(turns)[-1], histories.TOOLS), rung)
        roles = [one.role for one in request.messages]
        assert roles[0] == "system"
        assert set(roles[1::2]) == {"user"}
        assert set(roles[2::2]) <= {"assistant"}


@pytest.mark.parametrize("rung", PRINTED)
def test_a_question_that_got_no_answer_grows_at_its_end(rung: Rung) -> None:
    before, after = sent(rung), sent(rung, *HISTORY, Message("user", "Go on."))
    assert after[:-1] == before[:-1]
    assert after[-1][1].startswith(before[-1][1])
