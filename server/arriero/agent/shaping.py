"""A run whose last answer is to be JSON of a given shape: checked, and asked for until it is."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from arriero.agent.loop import Ending
from arriero.agent.step import Asking
from arriero.models.types import ChatRequest, Message
from arriero.sessions.events import EventBody, Nudged

Schema = Mapping[str, Any]
Emit = Callable[[EventBody], Awaitable[None]]

_ATTEMPTS = 3
_LONGEST = 400  # characters of a complaint
_FENCED = re.compile(r"\A```[a-zA-Z]*\n(.*?)\n?```\s*\Z", re.DOTALL)
_ASK = """\
Your last answer, after all tool calls, must be one JSON value that is valid against this JSON \
schema, with nothing before or after it:

{schema}"""
_AGAIN = (
    "{problem}\nAnswer now with the JSON value alone, valid against the schema that you were given."
)


class BadSchema(Exception):
    """What is no JSON schema; the text says why."""


def check(schema: object) -> Schema:
    """Return a JSON schema (an object); raises BadSchema. May take its time."""
    from jsonschema import validators
    from jsonschema.exceptions import SchemaError

    if not isinstance(schema, Mapping):
        raise BadSchema("a schema is a JSON object")
    try:
        validators.validator_for(schema).check_schema(dict(schema))
    except SchemaError as error:
        raise BadSchema(f"{error.message[:_LONGEST]} (at {error.json_path})") from error
    return schema


def asked_for(schema: Schema) -> str:
    """Return what is said to the model behind the user's words."""
    return _ASK.format(schema=json.dumps(schema, ensure_ascii=False, indent=1))


def json_text(answer: str) -> str:
    """Return the JSON of an answer: models like to put it into a fence."""
    text = answer.strip()
    fenced = _FENCED.match(text)
    return fenced[1].strip() if fenced else text


def complaint(text: str, schema: Schema) -> str:
    """Return what is wrong with a JSON text, empty for nothing. May take its time."""
    from jsonschema import validators
    from jsonschema.exceptions import best_match
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"That was not JSON: {error}."
    # A registry of its own: the default one fetches what a schema refers to from the network.
    validator = validators.validator_for(schema)(schema, registry=Registry())
    try:
        wrong = best_match(validator.iter_errors(value))
    except (Unresolvable, RecursionError) as error:
        return f"The schema refers to what is not in it: {error}."
    return "" if wrong is None else f"At {wrong.json_path}: {wrong.message[:_LONGEST]}."


async def shape(
    steps: Asking,
    request: ChatRequest,
    ending: Ending,
    schema: Schema,
    emit: Emit,
    *,
    first_step: int,
) -> Ending:
    """Return an ending whose message is JSON of that shape.

    `request` holds the conversation with the answer that ended it. Where that is not what was
    asked for, the model is asked again without tools, with a format that the server enforces.
    Raises ModelError.
    """
    text = json_text(ending.message)
    problem = await asyncio.to_thread(complaint, text, schema)
    messages = list(request.messages)
    for step in range(first_step, first_step + _ATTEMPTS):
        if not problem:
            return replace(ending, message=text)
        words = _AGAIN.format(problem=problem)
        await emit(Nudged(step, words))
        messages.append(Message("user", words))
        answer = await steps.ask(
            replace(
                request,
                messages=tuple(messages),
                format=schema,
                tool_choice="none",
                # Some servers enforce the format on what a model thinks, too.
                think=False,
            ),
            step,
        )
        messages.append(Message("assistant", answer.text, answer.thinking))
        text = json_text(answer.text)
        problem = await asyncio.to_thread(complaint, text, schema)
    if not problem:
        return replace(ending, message=text)
    return Ending(
        "error",
        f"The answer is still not what the schema asks for ({problem.rstrip('.')}): ask again, "
        "choose another model, or ask for less.",
    )
