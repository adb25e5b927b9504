"""How long an event loop's callbacks keep its thread busy.

What counts is the CPU time of the thread within one callback, less that of the garbage collector: a
busy machine makes a callback late but not longer.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

_LONG = 0.006  # seconds after which it is noted where a callback is
_LOOK_EVERY = 0.003


class LoopWatch:
    """Watches the loop of the thread that makes it, from `start` on; one in a process.

    `take` returns what was worst since the last look, in milliseconds: `busy` is the CPU time of
    one callback and `where` the code it was in, `late` the longest time between two callbacks that
    the loop was awake, waits for the interpreter's lock included, and `collecting` that of one
    garbage collection.
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._busy = self._late = self._collecting = 0.0
        self._where = ""
        self._began: float | None = None
        self._seen = ""
        self._in_collector = 0.0
        self._collector_began: float | None = None

    def start(self) -> None:
        run: Callable[[asyncio.Handle], None] = asyncio.Handle._run

        def watched(handle: asyncio.Handle) -> None:
            if threading.get_ident() != self._thread:
                run(handle)
                return
            what = _callback(handle)
            self._seen, self._in_collector = "", 0.0
            self._began = began = time.monotonic()
            cpu = time.thread_time()
            run(handle)
            busy = time.thread_time() - cpu - self._in_collector
            self._began = None
            self._late = max(self._late, time.monotonic() - began)
            if busy > self._busy:
                self._busy, self._where = busy, f"{what} {self._seen}"

        asyncio.Handle._run = watched  # type: ignore[assignment, method-assign]
        gc.callbacks.append(self._collected)
        threading.Thread(target=self._look, name="watch", daemon=True).start()

    def take(self) -> dict[str, Any]:
        """Return the figures and begin anew."""
        told = {
            "busy": round(self._busy * 1000, 1),
            "late": round(self._late * 1000, 1),
            "collecting": round(self._collecting * 1000, 1),
            "where": self._where,
        }
        self._busy = self._late = self._collecting = 0.0
        self._where = ""
        return told

    def _collected(self, phase: str, _info: dict[str, int]) -> None:
        if threading.get_ident() != self._thread:
            return
        if phase == "start":
            self._collector_began = time.thread_time()
        elif self._collector_began is not None:
            took = time.thread_time() - self._collector_began
            self._in_collector += took
            self._collecting = max(self._collecting, took)

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK_EVERY)
            began = self._began
            if began is None or time.monotonic() - began < _LONG:
                continue
            frame = sys._current_frames().get(self._thread)
            if frame is not None and self._began == began:
                self._seen = _stack(frame)


def _stack(frame: FrameType | None) -> str:
    names: list[str] = []
    while frame is not None and len(names) < 8:
        code = frame.f_code
        if "/asyncio/" in code.co_filename or code.co_name == "watched":
            break
        file = "/".join(code.co_filename.split("/")[-2:])
        names.append(f"{file}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return " < ".join(names)


def _callback(handle: asyncio.Handle) -> str:
    callback = getattr(handle, "_callback", None)
    task = getattr(callback, "__self__", None)
    with suppress(AttributeError):
        return f"[{task.get_coro().__qualname__}]"  # type: ignore[union-attr]
    return f"[{getattr(callback, '__qualname__', callback)}]"
