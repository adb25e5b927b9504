"""Find the tool calls that a model printed as text, while the text streams."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from arriero.agent.toolcalls import harmony, react
from arriero.agent.toolcalls.cursor import Cursor, Steps
from arriero.agent.toolcalls.fences import fenced_calls, plausible_json, plausible_list
from arriero.agent.toolcalls.output import Output
from arriero.agent.toolcalls.pythonic import python_calls
from arriero.agent.toolcalls.results import READS, Item, Names, Piece, known_alias
from arriero.agent.toolcalls.shapes import json_calls
from arriero.agent.toolcalls.tags import CLOSERS, TURN_ENDS, tagged_calls
from arriero.agent.toolcalls.triggers import TAGS, THOUGHTS, TRIGGER

_RUN = re.compile(r"`+|~+")
_LINE = re.compile(r"[^\n]*")
_AFTER_A_CALL = (*CLOSERS, *TURN_ENDS)
_NO_LIMIT = 1 << 30


class TextCallReader:
    """Splits an answer into text, thinking and calls; what it returns is in the answer's order.

    The text is `feed` as it arrives and `finish` says that it is complete. However the text is
    cut, the pieces joined are the same. Reads nothing but what it is fed and never raises.
    `thinking`: the answer begins within thinking (its opening tag was in the prompt).
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
        self._cursor = Cursor()
        self._out = Output()
        self._in_harmony = False
        self._no_value_before = 0
        self._plain = False  # all that came was said, and nothing is begun
        self._steps: Steps[None] = self._read("</think>" if thinking else "")
        next(self._steps, None)

    over = False  # whatever follows may be a call, or text for the user

    def passes(self, text: str) -> bool:
        """Tell whether a text is nothing else, as most pieces are; then it was read."""
        if not self._plain or not text or TRIGGER.search(text) is not None:
            return False
        if not self._out.passes(text):
            return False
        self._cursor.dropped += len(text)
        return True

    def feed(self, text: str) -> list[Piece]:
        """Read on; return what is certain now."""
        if self._plain and text and TRIGGER.search(text) is None:  # as most pieces are
            self._cursor.dropped += len(text)
            self._out.say(text)
        else:
            self._cursor.text += text
            next(self._steps, None)
        return self._out.taken()

    def finish(self) -> list[Piece]:
        """Return the rest: nothing can follow any more."""
        self._cursor.final = True
        for _ in self._steps:
            pass  # with a final cursor nothing waits; this only drives the reading to its end
        return self._out.taken()

    def _read(self, thinking: str) -> Steps[None]:
        c = self._cursor
        if thinking:
            yield from self._thought((thinking,))
        while True:
            trigger = TRIGGER.search(c.text, c.pos)
            end = trigger.start() if trigger else len(c.text)
            if end > c.pos:
                self._out.say(c.text[c.pos : end])
                c.pos = end
            if trigger is not None:
                yield from self._triggered(c.text[end])
            elif c.final:
                self._out.settle()
                return
            else:
                c.drop(len(c.text))
                self._plain = True
                yield
                self._plain = False

    def _triggered(self, first: str) -> Steps[None]:
        """Read what begins here, or say at least its first character."""
        c, start = self._cursor, self._cursor.pos
        if first in "`~":
            yield from self._backticks(first)
            return
        if first in "{[" and (yield from self._bare(first)):
            return
        c.pos = start
        if first != "{":
            tag = yield from c.literal(TAGS)
            if tag and not (yield from self._quoted()) and (yield from self._tagged(tag)):
                yield from self._after_calls()
                return
        c.pos = start + 1
        self._out.say(first)

    def _tagged(self, tag: str) -> Steps[bool]:
        """Read the thinking, the header or the calls that `tag` begins; False if it is text."""
        c, start = self._cursor, self._cursor.pos
        if tag in THOUGHTS:
            if not self._out.line_is_blank:
                return False
            c.pos += len(tag)
            yield from self._thought((THOUGHTS[tag],))
            return True
        if tag in harmony.ENDS:
            c.pos += len(tag) if self._in_harmony else 0
            return self._in_harmony
        if tag in harmony.OPENERS:
            return (yield from self._harmony())
        items: tuple[Item, ...] = ()
        if tag == react.OPENER:
            if self._out.line_is_blank:
                items = yield from react.react_call(c, self._names)
        elif tag != "functools[" or self._out.line_is_blank:
            items = yield from tagged_calls(c, self._names)
        if items:
            self._out.call(items)
        else:
            c.pos = start
        return bool(items)

    def _bare(self, first: str) -> Steps[bool]:
        """Read a value without tags: calls only if nothing but calls follows it."""
        c, start = self._cursor, self._cursor.pos
        if not self._out.after_break or c.place < self._no_value_before:
            return False
        items: tuple[Item, ...] = ()
        if (yield from plausible_json(c, self._names)):
            if not (yield from self._quoted()):
                items = yield from json_calls(c, self._names, bare=True)
                # What is within a value that is no call is none either, and not read again.
                self._no_value_before = 0 if items else c.place
        elif (
            first == "["
            and (yield from plausible_list(c, self._names))
            and not (yield from self._quoted())
        ):
            items = yield from python_calls(c, self._names)
        if items:
            self._out.perhaps(c.text[start : c.pos], items)
            yield from self._after_calls()
        return bool(items)

    def _after_calls(self) -> Steps[None]:
        """Drop white space, closing tags and ends of turn behind calls; keep them before text."""
        c = self._cursor
        while self._out.has_called:
            start = c.pos
            yield from c.spaces()
            tag = yield from c.literal(_AFTER_A_CALL)
            if tag:
                c.pos += len(tag)
            elif self._out.is_open and (yield from c.have(1)) in (";", ","):
                c.pos += 1
            if c.pos == start:
                return
            self._out.pass_over(c.text[start : c.pos], for_good=bool(tag))

    def _thought(self, closers: tuple[str, ...]) -> Steps[None]:
        """Pass thinking on up to the first closer, which is dropped unless it opens something."""
        c = self._cursor
        pattern = re.compile("|".join(map(re.escape, closers)))
        first = {closer[0] for closer in closers}
        while True:
            end = pattern.search(c.text, c.pos)
            if end is not None:
                self._out.think(c.text[c.pos : end.start()])
                c.pos = end.start() if end[0] in harmony.OPENERS else end.end()
                return
            safe = len(c.text)
            if not c.final:
                safe = min(safe, *(self._held(c.text, mark, closers) for mark in first))
            self._out.think(c.text[c.pos : safe])
            c.drop(safe)
            if c.final:
                return
            yield

    @staticmethod
    def _held(text: str, mark: str, closers: tuple[str, ...]) -> int:
        """Return where the beginning of a closer stands at the end of `text`."""
        at = text.rfind(mark)
        begins = at >= 0 and any(closer.startswith(text[at:]) for closer in closers)
        return at if begins else len(text)

    def _harmony(self) -> Steps[bool]:
        header = yield from harmony.harmony(self._cursor, self._names)
        if header is None:
            return False
        if header.kind == "thinking":
            yield from self._thought(harmony.THOUGHT_ENDS)
        elif header.kind == "call":
            self._out.call(header.items)
        self._in_harmony = True
        return True

    def _backticks(self, first: str) -> Steps[None]:
        c, start = self._cursor, self._cursor.pos
        run = yield from c.word(_RUN, _NO_LIMIT)
        if len(run) >= 3 and self._out.line_is_blank:
            alone = self._out.is_blank
            fenced = yield from fenced_calls(c, run, self._names, alone=alone)
            if fenced is None:
                yield from self._shown(run)
                return
            if fenced.sure:
                self._out.call(fenced.items)
            else:
                self._out.perhaps(c.text[start : c.pos], fenced.items)
            yield from self._after_calls()
            return
        c.pos += len(run)
        self._out.say(run)
        if first == "`":
            self._out.toggle_span(run)

    def _shown(self, fence: str) -> Steps[None]:
        """Pass a block of code on as it is, up to its closing fence."""
        c = self._cursor
        c.pos += len(fence)
        self._out.say(fence)
        info = yield from c.word(_LINE, _NO_LIMIT)
        if fence in info:
            return  # no fence at all: inline code that begins its line
        while True:
            line = c.text.find("\n", c.pos)
            end = line + 1 if line >= 0 else len(c.text)
            complete = line >= 0 or c.final
            said = c.text[c.pos : end]
            if not complete and self._may_close(said, fence):
                yield
                continue
            closes = self._out.line_is_blank and _closes(said, fence)
            self._out.say(said)
            c.pos = end
            if closes or (c.final and end == len(c.text)):
                return
            if not complete:
                c.drop(len(c.text))
                yield

    def _may_close(self, said: str, fence: str) -> bool:
        rest = said.strip(" \t")
        return self._out.line_is_blank and not rest.strip(fence[0])

    def _quoted(self) -> Steps[bool]:
        """Tell whether what stands here is in inline code: its backticks close on this line."""
        c, run = self._cursor, self._out.span
        if not run:
            return False
        pattern = re.compile(rf"\n|(?<!`){run}(?!`)")
        pos = c.pos
        while True:
            match = pattern.search(c.text, pos)
            if match and (match.end() < len(c.text) or c.final or match[0] == "\n"):
                return match[0] != "\n"
            if c.final:
                return False
            yield


def _closes(line: str, fence: str) -> bool:
    rest = line.strip()
    return len(rest) >= len(fence) and not rest.strip(fence[0])
