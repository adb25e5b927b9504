"""A call as rules see it: which tool, which files, which words."""

from __future__ import annotations

import functools
import glob
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from arriero.agent.permissions.harmless import MOST_PATTERNS, Known, Where, known
from arriero.agent.permissions.shell import Line, Simple, read_line
from arriero.sessions.events import ToolKind
from arriero.tools.web_address import Address, read_address

_MOST_NAMES = 2000  # that a pattern of a line may stand for
_EMPTY = Line((), "it runs no shell line")


@dataclass(frozen=True)
class Call:
    """A call of a tool with its arguments as the tool gets them.

    `paths` are the files that it names (absolute, canonical, and as they are written). `cwd` is
    where what runs begins, `search` where its programs are found. `confined`: the operating system
    confines it, as `boundary` says.
    """

    tool: str
    kind: ToolKind
    arguments: Mapping[str, Any] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    cwd: str = "/"
    confined: bool = False
    boundary: str = ""
    search: tuple[str, ...] = ()

    @property
    def runs(self) -> bool:
        """Whether it runs something."""
        return self.kind == "execute"

    @property
    def command(self) -> str | None:
        """The shell line that it runs."""
        command = self.arguments.get("command")
        return command if self.runs and isinstance(command, str) else None

    @functools.cached_property
    def line(self) -> Line:
        """The shell line in words."""
        return _EMPTY if self.command is None else read_line(self.command)

    @functools.cached_property
    def known(self) -> Known:
        """What is known of the shell line."""
        if self.command is None:
            return Known("other", "what it runs cannot be told")
        return known(self.line, self._where)

    def is_harmless(self, command: Simple) -> bool:
        """Whether one command of the line is known to only look at files."""
        return known(Line((command,)), self._where).kind == "reads"

    @property
    def _where(self) -> Where:
        return Where(self.cwd, self.roots, self.search)

    @property
    def texts(self) -> Sequence[str]:
        """Its arguments that are texts."""
        if self.kind == "fetch":
            return [] if self.address is None else [str(self.address)]
        return [value for value in self.arguments.values() if isinstance(value, str)]

    @functools.cached_property
    def address(self) -> Address | None:
        """The address on the web that it fetches, None where it cannot be read as one."""
        try:
            return read_address(str(self.arguments.get("url", "")))
        except ValueError:
            return None

    @functools.cached_property
    def files_in_line(self) -> frozenset[str]:
        """The files that words of its shell line may name: absolute, canonical."""
        return frozenset(self._files())

    def _files(self) -> Iterator[str]:
        for command in self.line.commands:
            targets = (redirect.target.text for redirect in command.redirects)
            for word in (*command.texts[1:], *targets):
                for text in {word, word.partition("=")[2], word.lstrip("-")[1:]}:
                    if text and "\0" not in text:
                        written = os.path.join(self.cwd, os.path.expanduser(text))
                        for path in (written, *_names(written)):
                            yield os.path.normpath(path)
                            yield os.path.realpath(path)


def _names(pattern: str) -> Iterator[str]:
    """Yield the files that the shell may put for a word."""
    if sum(map(glob.has_magic, pattern.split("/"))) <= MOST_PATTERNS:
        yield from itertools.islice(glob.iglob(pattern), _MOST_NAMES)
