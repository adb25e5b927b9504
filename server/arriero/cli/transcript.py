"""A stored session as text, and as Markdown."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from arriero.cli.printable import one_line
from arriero.cli.terminal import Terminal
from arriero.sessions.event_codec import decode
from arriero.sessions.events import (
    Applied,
    EventBody,
    Notice,
    Rejected,
    RunEnded,
    RunStarted,
    StepRetried,
    Text,
    ToolEnded,
    ToolStarted,
    Undone,
)

Json = Mapping[str, Any]


def bodies(events: Sequence[Json]) -> list[EventBody]:
    """Read the events of `arriero/sessions`, neighbouring pieces of text joined."""
    found: list[EventBody] = []
    for event in events:
        body = decode(event["kind"], dict(event["data"]))
        last = found[-1] if found else None
        if isinstance(body, Text) and isinstance(last, Text) and body.step == last.step:
            found[-1] = Text(body.step, last.text + body.text)
        else:
            found.append(body)
    return found


def show(terminal: Terminal, events: Sequence[Json]) -> None:
    """Print a session as it went."""
    for body in bodies(events):
        if isinstance(body, RunStarted):
            terminal.line(f"\n> {body.prompt}", "bold")
        elif isinstance(body, Text):
            terminal.line(body.text.rstrip("\n"))
        elif isinstance(body, ToolStarted):
            terminal.line(f"* {one_line(body.title, 160)}", "cyan")
        elif isinstance(body, ToolEnded) and body.status != "ok":
            terminal.line(f"  {one_line(body.result, 160)}", "red")
        elif words := _words(body):
            terminal.line(words, "dim")


def markdown(title: str, events: Sequence[Json]) -> str:
    """Return a session as a Markdown document."""
    return "\n\n".join([f"# {one_line(title) or 'Session'}", *_parts(bodies(events))]) + "\n"


def _parts(events: Sequence[EventBody]) -> Iterator[str]:
    for body in events:
        if isinstance(body, RunStarted):
            yield "## " + one_line(body.prompt, 70)
            yield "\n".join(f"> {line}".rstrip() for line in body.prompt.splitlines())
        elif isinstance(body, Text):
            yield body.text.strip()
        elif isinstance(body, ToolStarted):
            yield f"- {one_line(body.title, 160)}"
        elif isinstance(body, ToolEnded) and body.status != "ok":
            yield f"  {one_line(body.result, 160)}"
        elif words := _words(body):
            yield f"*{words}*"


def _words(body: EventBody) -> str:
    if isinstance(body, Notice):
        return body.text
    if isinstance(body, StepRetried):
        return f"Asked again: {body.reason}"
    if isinstance(body, Applied):
        return f"Applied to {_names(body.paths)}."
    if isinstance(body, Rejected):
        return f"Rejected {len(body.hunks)} changes."
    if isinstance(body, Undone):
        return f"Undone in {_names(body.paths)}."
    if isinstance(body, RunEnded) and body.stop_reason != "end_turn":
        return f"Ended ({body.stop_reason}): {body.message}"
    return ""


def _names(paths: Sequence[str]) -> str:
    return ", ".join(os.path.basename(path) for path in paths)  # noqa: PTH119 - may be no UTF-8
