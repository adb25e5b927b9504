"""The input line at the bottom of the screen. It stays while a run goes on: what is typed waits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import Completer
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.patch_stdout import StdoutProxy
from prompt_toolkit.styles import Style

from arriero.cli.chat.keys import bindings
from arriero.cli.chat.stage import Stage

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples

_BETWEEN_WRITES = 0.03  # seconds; what is printed meanwhile is drawn at once
_QUIET = 0.7  # seconds without a key, after which one is an answer and not part of a prompt
_STOPPING = 0.05  # seconds in which a signal that stops the process does so
_TICK = 0.125  # seconds between two pictures of the spinner
_STYLE = Style.from_dict(
    {
        "prompt": "bold ansicyan",
        "thought": "italic ansibrightblack",
        "status": "ansibrightblack",
        "question": "bold ansiyellow",
        "footer": "noreverse ansibrightblack",
        "bottom-toolbar": "noreverse",
    }
)


class ChatInput:
    """Prompts typed by a person, and questions that one key answers.

    `interrupted` is called for Ctrl-C and tells whether that had something to end; where it had
    not, the line is emptied. Ctrl-D in an empty line ends the input.
    """

    def __init__(self, stage: Stage, *, history: Path | None, completer: Completer) -> None:
        self.interrupted: Callable[[], bool] = lambda: False
        self._stage = stage
        self._lines: deque[str] = deque()
        self._news = asyncio.Event()
        self._ended = False
        self._key: asyncio.Future[str] | None = None
        self._typed = float("-inf")
        self._session: PromptSession[str] = PromptSession(
            message=self._above,
            multiline=True,
            history=_history(history),
            completer=completer,
            complete_in_thread=True,
            complete_while_typing=True,
            auto_suggest=AutoSuggestFromHistory(),
            key_bindings=bindings(self),
            bottom_toolbar=self._below,
            style=_STYLE,
            erase_when_done=True,
            reserve_space_for_menu=6,
        )
        self._session.default_buffer.on_text_changed += self._touched
        self._cooked = _stay_raw(self._session.app.input)

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Show the line while inside; whatever is printed meanwhile goes above it."""
        self._stage.redraw = self._session.app.invalidate
        proxy = StdoutProxy(sleep_between_writes=_BETWEEN_WRITES, raw=True)
        drawn = asyncio.Event()
        self._session.app.after_render += lambda _: drawn.set()
        reading = asyncio.ensure_future(self._read())
        ticking = asyncio.ensure_future(self._tick())
        try:
            # Before the first picture the terminal still takes lines: Enter is another key there.
            first = asyncio.ensure_future(drawn.wait())
            await asyncio.wait({first, reading}, return_when=asyncio.FIRST_COMPLETED)
            first.cancel()
            with contextlib.redirect_stdout(proxy), contextlib.redirect_stderr(proxy):
                yield
        finally:
            ticking.cancel()
            await asyncio.to_thread(proxy.close)
            if self._session.app.is_running:
                self._session.app.exit(exception=EOFError)
            await asyncio.wait([reading, ticking])
            self._stage.redraw = lambda: None

    async def next(self) -> str:
        """Return the next prompt; raises EOFError when there will be none."""
        while not self._lines and not self._ended:
            self._news.clear()
            await self._news.wait()
        if self._ended:  # whoever leaves does not wait for what was typed ahead
            raise EOFError
        line = self._lines.popleft()
        self._counted()
        return line

    async def ask(self, question: str) -> str:
        """Return the key that is pressed; raises EOFError for Ctrl-C, Ctrl-D and no input."""
        if self._ended:
            raise EOFError
        self._key = asyncio.get_running_loop().create_future()
        self._stage.ask(question)
        try:
            return await self._key
        finally:
            self._key = None
            self._stage.ask("")

    def forget(self) -> int:
        """Drop what was typed ahead, and return how many prompts that were."""
        count = len(self._lines)
        self._lines.clear()
        self._counted()
        return count

    # -- what keys do

    @property
    def asked(self) -> bool:
        """Whether a question is open."""
        return self._key is not None

    def sent(self, text: str) -> None:
        """Take a prompt that was typed; with that nobody is in the middle of a word."""
        self._typed = float("-inf")
        self._lines.append(text)
        self._news.set()
        self._counted()

    def pressed(self, key: str) -> None:
        """Take a key for the answer, unless somebody was just typing when the question came."""
        now = self._stage.clock()
        typing, self._typed = now - self._typed < _QUIET, now
        if not typing and self._key is not None and not self._key.done():
            self._key.set_result(key)
            self._typed = float("-inf")

    def nothing_to_end(self) -> None:
        """Say how the chat is ended, until something is typed."""
        self._stage.hint = "Ctrl-D ends the chat"
        self._stage.redraw()

    def suspend(self) -> None:
        """Leave the terminal to the shell until it has this go on; without job control nothing."""
        if hasattr(signal, "SIGTSTP"):
            run_in_terminal(self._stop)

    def _stop(self) -> None:
        with self._cooked():
            os.kill(0, signal.SIGTSTP)  # the whole job, as the terminal itself would
            # Another thread may have taken the signal: the terminal is not ours before it acted.
            time.sleep(_STOPPING)

    def no_answer(self) -> None:
        """Leave the question that is open without an answer."""
        if self._key is not None and not self._key.done():
            self._key.set_exception(EOFError())

    # -- below

    def _touched(self, _: object) -> None:
        self._typed = self._stage.clock()
        self._stage.hint = ""

    async def _read(self) -> None:
        try:
            await self._session.prompt_async(handle_sigint=False)
        except EOFError:
            pass
        finally:
            self._ended = True
            self._news.set()
            self.no_answer()
            self.interrupted()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            if self._stage.busy:
                self._stage.redraw()

    def _above(self) -> StyleAndTextTuples:
        return self._stage.above(self._session.output.get_size().columns)

    def _below(self) -> StyleAndTextTuples:
        return self._stage.below(self._session.output.get_size().columns)

    def _counted(self) -> None:
        self._stage.queued = len(self._lines)
        self._stage.redraw()


def _stay_raw(keyboard: Input) -> Callable[[], contextlib.AbstractContextManager[None]]:
    """Return what gives the terminal back to others; nothing else does it from now on.

    So the terminal delivers keys as they are also while something is printed.

    prompt_toolkit would let it take lines meanwhile, as for a program that asks something: it
    echoes what is typed then, and keeps the keys to itself that erase.
    """
    cooked = keyboard.cooked_mode
    keyboard.cooked_mode = contextlib.nullcontext  # type: ignore[method-assign]
    return cooked


def _history(path: Path | None) -> History:
    if path is None:
        return InMemoryHistory()
    with contextlib.suppress(OSError):  # where it cannot be kept, the chat goes on without
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        return FileHistory(str(path))
    return InMemoryHistory()
