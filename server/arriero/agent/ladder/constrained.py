"""Read an answer that is to be one JSON object, while it streams: a call, or words.

The words are shown as they arrive. Servers that do not enforce the schema, and models that think
or chat before they answer, are understood too: what is no object is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from arriero.agent.ladder.strings import json_string
from arriero.agent.toolcalls import BrokenCall, Piece, TextCallReader
from arriero.agent.toolcalls.cursor import Cursor, Steps
from arriero.agent.toolcalls.extent import extent
from arriero.agent.toolcalls.fences import plausible_json
from arriero.agent.toolcalls.repair import Unreadable, loads
from arriero.agent.toolcalls.results import READS, Item, Names, known_alias
from arriero.agent.toolcalls.shapes import broken, calls_of
from arriero.agent.toolcalls.tags import CLOSERS, TURN_ENDS
from arriero.agent.toolcalls.triggers import TAGS, THOUGHTS
from arriero.models.types import TextChunk, ThinkingChunk, ToolCall, ToolCallChunk

_TRIGGER = re.compile(r"[{\[`~<◁]")
_FENCE = re.compile(r"`+|~+")
_INFO = re.compile(r"\w*")
_KEY = re.compile(r"[\"']?\w*")
_LONGEST_KEY = 18
_BREAKS = "\n\t >:"
_HEADS = ('{"answer":"', '{"tool":"', '{"name":"')
_CUT = "The call ends before it is complete. Send it again, in smaller parts if it is long."


class ConstrainedReader:
    """Reads as `TextCallReader` does: `feed` as the text arrives, `finish` at its end.

    However the text is cut, the pieces joined are the same. A call that is not whole is a
    `BrokenCall`. `thinking`: the answer begins within thinking.
    """

    def __init__(
        self,
        offered: Mapping[str, Collection[str]],
        alias: Callable[[str], str | None] = known_alias,
        *,
        reads: frozenset[str] = READS,
        thinking: bool = False,
    ) -> None:
        self._names = Names(offered, alias, reads)
        self._inner = TextCallReader(offered, alias, reads=reads)
        self._cursor = Cursor()
        self._ready: list[Piece] = []
        self._held = ""  # white space that counts only if words follow
        self._last = "\n"
        self._said = False  # words were said, and no object was read since
        self._calls = 0
        self._steps: Steps[None] = self._read("</think>" if thinking else "")
        next(self._steps, None)

    over = False  # the server ends the object, or the answer

    def passes(self, text: str) -> bool:  # noqa: ARG002 - the seam's
        """Tell that it must be read: words may stand in an object."""
        return False

    def feed(self, text: str) -> list[Piece]:
        """Read on; return what is certain now."""
        self._cursor.text += text
        next(self._steps, None)
        return self._taken()

    def finish(self) -> list[Piece]:
        """Return the rest: nothing can follow any more."""
        self._cursor.final = True
        for _ in self._steps:
            pass  # with a final cursor nothing waits; this only drives the reading to its end
        return self._taken()

    def _read(self, thinking: str) -> Steps[None]:
        c = self._cursor
        if thinking:
            yield from self._thought(thinking)
        while True:
            trigger = _TRIGGER.search(c.text, c.pos)
            end = trigger.start() if trigger else len(c.text)
            self._say(c.text[c.pos : end])
            c.pos = end
            if trigger is not None:
                yield from self._triggered(trigger[0])
            elif c.final:
                if self._said:
                    self._emit(self._held)
                return
            else:
                c.drop(len(c.text))
                yield

    def _triggered(self, first: str) -> Steps[None]:
        """Read what begins here, or say at least its first character."""
        c, start = self._cursor, self._cursor.pos
        if first in "`~":
            yield from self._fenced()
            return
        if first in "{[" and self._last in _BREAKS and (yield from self._value()):
            yield from self._after_value("")
            return
        c.pos = start
        tag = "" if first == "{" else (yield from c.literal(TAGS))
        if tag in THOUGHTS and self._last == "\n":
            c.pos += len(tag)
            yield from self._thought(THOUGHTS[tag])
        elif tag and tag not in THOUGHTS:
            yield from self._in_other_form()
        else:
            c.pos = start + 1
            self._say(first)

    def _fenced(self) -> Steps[None]:
        """Drop the fence around a value; say one around anything else."""
        c, start = self._cursor, self._cursor.pos
        fence = yield from c.word(_FENCE, 1 << 30)
        if len(fence) >= 3 and self._last == "\n":
            c.pos += len(fence)
            info = yield from c.word(_INFO, _LONGEST_KEY)
            c.pos += len(info)
            yield from c.spaces()
            if (yield from c.have(1)) in ("{", "[") and (yield from self._value()):
                yield from self._after_value(fence)
                return
        c.pos = start + len(fence)
        self._say(fence)

    def _value(self) -> Steps[bool]:
        """Read the words or the calls of the value that begins here; False if it has none."""
        c, start = self._cursor, self._cursor.pos
        if (yield from self._answer()):
            return True
        c.pos = start
        key = yield from self._first_key()
        if c.final and _is_head(c.text[start:]):
            c.pos = len(c.text)  # the answer's limit fell into its first characters
            return True
        if key != "tool" and not (yield from plausible_json(c, self._names)):
            return False
        value = yield from extent(c)
        items = self._items(value.text, key, whole=not (value.cut or value.missing))
        for item in items:
            self._call(item)
        return bool(items)

    def _answer(self) -> Steps[bool]:
        """Read `{"answer": "…"}` and pass its words on as they come."""
        c = self._cursor
        for part in ("{", '"answer"', ":", '"'):
            if not (yield from c.literal((part,))):
                return False
            c.pos += len(part)
            if part != '"':
                yield from c.spaces()
        if self._said:
            self._emit(self._held)
        self._held = ""
        yield from json_string(c, self._emit)
        yield from c.spaces()
        following = yield from c.have(1)
        if following == ",":
            yield from self._beside()
        elif following == "}":
            c.pos += 1
        return True

    def _beside(self) -> Steps[None]:
        """Read the call that stands beside words in one object; other members are dropped."""
        c = self._cursor
        c.text, c.pos = "{" + c.text[c.pos + 1 :], 0
        key = yield from self._first_key()
        value = yield from extent(c)
        for item in self._items(value.text, key, whole=not (value.cut or value.missing)):
            self._call(item)

    def _first_key(self) -> Steps[str]:
        """Return the first key of the object that begins here; does not move."""
        c, start = self._cursor, self._cursor.pos
        c.pos += 1
        yield from c.spaces()
        said = yield from c.word(_KEY, _LONGEST_KEY)
        c.pos = start
        return said.strip("\"'")

    def _items(self, text: str, key: str, *, whole: bool) -> tuple[Item, ...]:
        if not whole:
            found = broken(text, self._names, _CUT)
            return found or ((BrokenCall("tool", text, _CUT),) if key == "tool" else ())
        try:
            value = loads(text)
        except Unreadable as error:
            reason = f"The call is {error}. Send it again as valid JSON."
            found = broken(text, self._names, reason)
            return found or ((BrokenCall("tool", text, reason),) if key == "tool" else ())
        items = calls_of(value, self._names, bare=key != "tool")
        return items or (self._unknown(value, text) if key == "tool" else ())

    def _unknown(self, value: Any, text: str) -> tuple[Item, ...]:
        said = value.get("tool") if isinstance(value, Mapping) else None
        tools = ", ".join(sorted(self._names.offered))
        reason = f"There is no tool '{said}' here. The tools are: {tools}."
        return (BrokenCall(said if isinstance(said, str) else "tool", text, reason),)

    def _after_value(self, fence: str) -> Steps[None]:
        """Drop white space, the closing fence and ends of turn behind a value."""
        c = self._cursor
        self._held, self._said, self._last = "", False, "\n"
        while True:
            start = c.pos
            yield from c.spaces()
            self._held += c.text[start : c.pos]
            run = (yield from c.word(_FENCE, 1 << 30)) if fence else ""
            if fence and run.startswith(fence):
                c.pos += len(run)
                fence = ""
            tag = yield from c.literal((*CLOSERS, *TURN_ENDS))
            c.pos += len(tag)
            if c.pos == start:
                return

    def _thought(self, closer: str) -> Steps[None]:
        """Pass thinking on up to its closing tag."""
        c = self._cursor
        while True:
            end = c.text.find(closer, c.pos)
            if end >= 0:
                self._think(c.text[c.pos : end])
                c.pos = end + len(closer)
                return
            safe = len(c.text)
            if not c.final:  # the beginning of the tag may stand at the end
                sizes = range(min(len(closer), safe - c.pos), 0, -1)
                safe -= next((n for n in sizes if c.text.endswith(closer[:n])), 0)
            self._think(c.text[c.pos : safe])
            c.drop(safe)
            if c.final:
                return
            yield

    def _in_other_form(self) -> Steps[None]:
        """Leave the rest of the answer to the reader of all the forms that models were taught."""
        c = self._cursor
        self._emit(self._held if self._said else "")
        self._held, self._said = "", False
        while True:
            self._ready += self._inner.feed(c.text[c.pos :])
            c.drop(len(c.text))
            if c.final:
                self._ready += self._inner.finish()
                return
            yield

    def _say(self, text: str) -> None:
        """Say words outside of a value; white space waits for what follows it."""
        words = text.rstrip()
        if words:
            self._emit(self._held + words)
            self._held, self._said = "", True
        self._held += text[len(words) :]
        self._last = text[-1:] or self._last

    def _emit(self, text: str) -> None:
        last = self._ready[-1] if self._ready else None
        if isinstance(last, TextChunk):
            self._ready[-1] = TextChunk(last.text + text)
        elif text:
            self._ready.append(TextChunk(text))

    def _think(self, text: str) -> None:
        if text:
            self._ready.append(ThinkingChunk(text))

    def _call(self, item: Item) -> None:
        if isinstance(item, BrokenCall):
            self._ready.append(item)
            return
        self._calls += 1
        call = ToolCall(f"text_{self._calls}", item.name, item.arguments)
        self._ready.append(ToolCallChunk(call))

    def _taken(self) -> list[Piece]:
        ready, self._ready = self._ready, []
        return ready


def _is_head(rest: str) -> bool:
    """Tell whether a text is the beginning of an answer or a call, with a key begun."""
    text = "".join(rest.split())
    return len(text) > 1 and any(head.startswith(text) for head in _HEADS)
