"""From the request that the agent means to the one that is sent on a rung."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from arriero.agent.content import neutral_message
from arriero.agent.ladder.printed import as_objects, in_tags, printed
from arriero.agent.ladder.schema import answer_schema
from arriero.agent.ladder.tool_text import constrained_tools, prompted_tools
from arriero.agent.model_profile import Rung
from arriero.models.types import ChatRequest, Message, ToolSpec


def rendered_rung(request: ChatRequest, rung: Rung) -> Rung:
    """Return the rung on which a request is really sent.

    Servers do not obey `tool_choice`, so it is done by other means: `none` takes the tools away
    (`off`), `required` and a tool's name make the server enforce a call (`constrained`). Without
    tools there is nothing to print or to enforce: `off`, but `native` stays what it is.
    """
    if request.tool_choice == "none":
        return "off"
    if request.tool_choice != "auto":
        return "constrained"
    return rung if request.tools or rung == "native" else "off"


def render(request: ChatRequest, rung: Rung) -> ChatRequest:
    """Return the wire form of a request; the answer is for `reader` with the same rung.

    - `native`: as it is.
    - `prompted`: no tools, but a section in the system message; the calls of the history stand in
      `<tool_call>` behind the words of an answer, results in `<tool_response>` in user messages.
    - `constrained`: the same, but answers and calls are JSON objects, and `format` demands one.
      The model must not think: some servers enforce the schema on its thoughts too. `think` is
      False for every model, because servers take that also from models that cannot think.
    - `off`: no tools and no section; the history as in `prompted`.

    On every rung the texts are `neutral` first: no mark of a template in them is one, but for our
    own forms that are put around them here.

    A conversation that goes on renders to the same messages and more: only the last one that was
    sent can become longer, where no answer followed it. Which rung it really is, see
    `rendered_rung`; `tool_choice` is `auto` afterwards. Pure. Raises ValueError if `tool_choice`
    demands a tool that is not among the request's.
    """
    messages = tuple(map(neutral_message, request.messages))
    really = rendered_rung(request, rung)
    if really == "native":
        if messages == request.messages and request.tool_choice == "auto":
            return request  # as most are
        return replace(request, messages=messages, tool_choice="auto")
    request = replace(request, messages=messages)
    match really:
        case "prompted":
            return _sent(request, printed(request.messages, in_tags), prompted_tools(request.tools))
        case "constrained":
            return _constrained(request)
        case "off":
            return _sent(request, printed(request.messages, in_tags), "")


def _constrained(request: ChatRequest) -> ChatRequest:
    answers = request.tool_choice == "auto"
    tools = request.tools if answers else _demanded(request.tools, request.tool_choice)
    section = constrained_tools(tools, answers=answers)
    sent = _sent(request, printed(request.messages, as_objects), section)
    return replace(sent, format=answer_schema(tools, answers=answers), think=False)


def _demanded(tools: Sequence[ToolSpec], choice: str) -> Sequence[ToolSpec]:
    demanded = tools if choice == "required" else [tool for tool in tools if tool.name == choice]
    if not demanded:
        raise ValueError(f"tool_choice is '{choice}', but no such tool is in the request")
    return demanded


def _sent(request: ChatRequest, messages: Iterable[Message], section: str) -> ChatRequest:
    return replace(
        request, messages=_instructed(tuple(messages), section), tools=(), tool_choice="auto"
    )


def _instructed(messages: tuple[Message, ...], section: str) -> tuple[Message, ...]:
    """Put the section at the end of the system message; a request without messages says nothing."""
    if not section or not messages:
        return messages
    first = messages[0]
    if first.role != "system":
        return (Message("system", section), *messages)
    return (replace(first, content=f"{first.content.rstrip()}\n\n{section}"), *messages[1:])
