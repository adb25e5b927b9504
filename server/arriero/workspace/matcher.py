"""Find the lines of a text that match, within a time that is never exceeded."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from arriero.workspace import linematch
from arriero.workspace.excerpt import plain_lines

_SPECIAL = frozenset(".^$*+?{}[]\\|()")


class BadPattern(Exception):
    """The pattern is no regular expression; the text says why."""


class OutOfTime(Exception):
    """Matching took longer than it may; the matcher can be used no more."""


@dataclass(frozen=True)
class Hit:
    """A line, numbered from 1, and where in it the first match starts and ends."""

    line: int
    start: int
    end: int


@dataclass(frozen=True)
class Hits:
    """How many lines match, and the first of them."""

    count: int
    first: Sequence[Hit]


class Matcher(Protocol):
    """A pattern that is ready to be looked for."""

    def hits(self, text: str, deadline: float) -> Hits:
        """Look through a text; `deadline` is a time of `time.monotonic`. Raises `OutOfTime`."""

    def close(self) -> None:
        """End what serves the matcher."""


def open_matcher(pattern: str, *, ignore_case: bool, most: int, deadline: float) -> Matcher:
    """Make a matcher that tells at most `most` lines of each text. Raises `BadPattern`."""
    if not ignore_case and not _SPECIAL.intersection(pattern):
        return PlainMatcher(pattern, most)
    return ProcessMatcher(pattern, ignore_case=ignore_case, most=most, deadline=deadline)


class PlainMatcher:
    """Looks for a text without special characters, in this process."""

    def __init__(self, text: str, most: int) -> None:
        """`text` is what matching lines have."""
        self._text = text
        self._most = most

    def hits(self, text: str, deadline: float) -> Hits:
        """Look through a text; it takes no longer than to read it."""
        if time.monotonic() > deadline:
            raise OutOfTime
        wanted = self._text
        if wanted not in text:
            return Hits(0, ())
        found = [
            Hit(number, at, at + len(wanted))
            for number, line in enumerate(plain_lines(text) or [""], 1)
            if (at := line.find(wanted)) >= 0
        ]
        return Hits(len(found), found[: self._most])

    def close(self) -> None:
        """Nothing is open."""


class ProcessMatcher:
    """Lets `linematch` look, in a process that is killed when its time is over."""

    def __init__(self, pattern: str, *, ignore_case: bool, most: int, deadline: float) -> None:
        """Start the process. Raises `BadPattern`, `OutOfTime`."""
        program = [sys.executable, "-I", "-S", "-W", "ignore", linematch.__file__]
        self._process = subprocess.Popen(
            program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        order = {"pattern": pattern, "ignore_case": ignore_case, "most": most}
        try:
            answer = self._asked(json.dumps(order).encode() + b"\n", deadline)
            if "error" in answer:
                raise BadPattern(str(answer["error"]))
        except BaseException:
            self.close()
            raise

    def hits(self, text: str, deadline: float) -> Hits:
        """Look through a text; raises `OutOfTime`, after which the process is gone."""
        data = text.encode("utf-8", "surrogatepass")
        answer = self._asked(len(data).to_bytes(8, "big") + data, deadline)
        return Hits(answer["count"], [Hit(*numbers) for numbers in answer["first"]])

    def close(self) -> None:
        """Kill the process and wait for its end."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was not yet sent cannot be any more
                    continue
        self._process.wait()

    def _asked(self, request: bytes, deadline: float) -> dict[str, Any]:
        """Send a request and return the answer. The process reads all of it before it works."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(request)
            process.stdin.flush()
        except OSError as error:
            raise OutOfTime from error
        poll = select.poll()
        poll.register(process.stdout.fileno(), select.POLLIN)
        answer = b""
        while not answer.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                raise OutOfTime
            piece = os.read(process.stdout.fileno(), 1 << 16)
            if not piece:  # the process died, of memory for instance
                raise OutOfTime
            answer += piece
        value: dict[str, Any] = json.loads(answer)
        return value
