"""Where a chat's prompts come from and where it is shown: a screen, or lines in and lines out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from arriero.cli.chat.input import ChatInput
from arriero.cli.chat.piped import PipedLines
from arriero.cli.chat.show import ChatShow, left_open
from arriero.cli.chat.stage import Stage
from arriero.cli.interrupt import Interrupts
from arriero.cli.show import Show, TerminalShow
from arriero.cli.terminal import Terminal
from arriero.cli.turn import Outcome, TurnEnd


class Front(Protocol):
    """What a chat needs of the person's side. `asks`: somebody can answer a question."""

    @property
    def terminal(self) -> Terminal:
        """Where sentences are printed, and questions asked."""

    @property
    def show(self) -> Show:
        """Where runs are shown."""

    @property
    def asks(self) -> bool:
        """Whether somebody can be asked."""

    def opened(
        self, interrupted: Callable[[], bool]
    ) -> contextlib.AbstractAsyncContextManager[None]:
        """Take prompts while inside; `interrupted` is called for Ctrl-C."""

    async def next(self) -> str:
        """Return the next prompt; raises EOFError when there will be none."""

    def forget(self) -> int:
        """Drop the prompts that were typed ahead, and return how many those were."""

    def footer(self, words: str) -> None:
        """Keep words in sight, where there is a place for them."""


@dataclass(frozen=True)
class _ScreenTerminal(Terminal):
    """A terminal whose questions a key answers, while the input line stays below."""

    keys: ChatInput

    @property
    def can_ask(self) -> bool:
        return True

    async def ask(self, question: str, style: str = "bold") -> str:  # noqa: ARG002 - the line has its own
        return await self.keys.ask(question)


class Screen:
    """A terminal with a line for input at its bottom."""

    def __init__(self, stage: Stage, keys: ChatInput, folder: str, interrupts: Interrupts) -> None:
        self._interrupts = interrupts
        self.terminal: Terminal = _ScreenTerminal(keys)
        self._stage = stage
        self._keys = keys
        self._show = ChatShow(self.terminal, stage, folder)

    @property
    def show(self) -> ChatShow:
        return self._show

    @property
    def asks(self) -> bool:
        return True

    @contextlib.asynccontextmanager
    async def opened(self, interrupted: Callable[[], bool]) -> AsyncIterator[None]:
        self._keys.interrupted = interrupted
        # Ctrl-C is a key, but until the line is drawn for the first time: then it is a signal.
        with self._interrupts.always(interrupted):
            async with self._keys.opened():
                yield

    async def next(self) -> str:
        line = await self._keys.next()
        # The line that was typed is erased: it may have waited for long.
        self.terminal.line()
        for number, part in enumerate(line.split("\n")):
            self.terminal.line(f"{'. ' if number else '> '}{part}", "bold cyan")
        self.terminal.line()
        return line

    def forget(self) -> int:
        return self._keys.forget()

    def footer(self, words: str) -> None:
        self._stage.footer = words
        self._stage.redraw()


class _NoAnswer(EOFError):
    """Ctrl-C was pressed where a line was asked for."""


@dataclass(frozen=True)
class _LineTerminal(Terminal):
    """A terminal that asks for whole lines, which Ctrl-C leaves without an answer.

    `asking` has what waits for one.
    """

    asking: set[asyncio.Task[str]] = field(default_factory=set)

    async def ask(self, question: str, style: str = "bold") -> str:
        task = asyncio.ensure_future(super().ask(question, style))
        self.asking.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if task in self.asking:
                raise
            raise _NoAnswer from None
        finally:
            self.asking.discard(task)

    def no_answer(self) -> bool:
        """Leave the question that is open without an answer; False where there is none."""
        asked = list(self.asking)
        self.asking.clear()
        for task in asked:
            task.cancel()
        return bool(asked)


class _LinesShow(TerminalShow):
    """A run among others: why one failed is said at its end, not at the program's."""

    def ended(self, end: TurnEnd) -> None:
        super().ended(end)
        if end.failed:
            self._say("error", end.message)

    def finished(self, outcome: Outcome) -> None:
        if outcome.open_hunks:
            self._say("info", left_open(len(outcome.open_hunks)))


class Lines:
    """Prompts line by line: a terminal that can do no more, or a pipe."""

    def __init__(self, folder: str, interrupts: Interrupts) -> None:
        self._asked = _LineTerminal()
        self.terminal: Terminal = self._asked
        self._show = _LinesShow(self.terminal, folder)
        self._interrupts = interrupts
        self._piped: PipedLines | None = None

    @property
    def show(self) -> Show:
        return self._show

    @cached_property
    def asks(self) -> bool:
        return self.terminal.can_ask

    @contextlib.asynccontextmanager
    async def opened(self, interrupted: Callable[[], bool]) -> AsyncIterator[None]:
        def interrupt() -> None:
            if not interrupted() and not self._asked.no_answer():
                self._interrupts.stop()

        with self._interrupts.always(interrupt):
            yield

    async def next(self) -> str:
        parts: list[str] = []
        while True:
            try:
                part = await self._line("... " if parts else "> ")
            except _NoAnswer:  # as on a screen, the line is emptied
                parts.clear()
                continue
            except EOFError:
                if not parts:
                    raise
                return "\n".join(parts)
            parts.append(part.removesuffix("\\"))
            if not part.endswith("\\"):
                return "\n".join(parts)

    async def _line(self, prompt: str) -> str:
        if self.asks:
            return await self.terminal.ask(prompt)
        if self._piped is None:
            self._piped = PipedLines()
        return await self._piped.next()

    def forget(self) -> int:
        return 0

    def footer(self, words: str) -> None:
        """There is no place that stays in sight."""


def can_draw(terminal: Terminal) -> bool:
    """Whether a terminal can have a line for input that stays at its bottom."""
    dumb = os.environ.get("TERM", "dumb") in ("", "dumb", "unknown")
    return terminal.can_ask and not dumb and sys.stdin is not None
