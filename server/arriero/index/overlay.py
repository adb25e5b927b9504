"""Open buffers as they are, saved or not: in memory only, and in force at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from arriero.index.extract.patterns import defined_by_pattern
from arriero.index.extract.plain import extract_plain, lines_of
from arriero.index.extract.types import Definition
from arriero.index.languages import language_of
from arriero.index.words import path_words, words

_LONGEST = 1_000_000  # characters of a text in which definitions are looked for


@dataclass(frozen=True)
class LaidChunk:
    """Lines of a buffer and how often each word is in them; a path's words are in every chunk."""

    line: int
    end_line: int
    counts: Mapping[str, int]
    length: int


class LaidText:
    """The text of a buffer in place of its file's; its words are counted when first asked for."""

    def __init__(self, path: str, shown: str, text: str) -> None:
        """`shown` is the path relative to the workspace."""
        self.path = path
        self.text = text
        self._shown = shown

    @cached_property
    def path_words(self) -> frozenset[str]:
        """The words of the path."""
        return frozenset(path_words(self._shown).split())

    @cached_property
    def chunks(self) -> tuple[LaidChunk, ...]:
        """The buffer's chunks."""
        lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        found = []
        for chunk in extract_plain(self.text).chunks:
            body = words("\n".join(lines[chunk.line - 1 : chunk.end_line])).split()
            found.append(LaidChunk(chunk.line, chunk.end_line, Counter(body), len(body)))
        return tuple(found)

    @cached_property
    def defined(self) -> tuple[Definition, ...]:
        """What the buffer defines as far as patterns tell: parsing would hold the interpreter."""
        if len(self.text) > _LONGEST:
            return ()
        language = language_of(self.path, self.text)
        return tuple(defined_by_pattern(lines_of(self.text), language) or ())


class Overlay:
    """The buffers of a workspace, by absolute path; safe to use from any thread."""

    def __init__(self) -> None:
        self._texts: dict[str, LaidText] = {}
        self._lock = threading.Lock()

    def lay(self, path: str, shown: str, text: str) -> None:
        """Let a text stand for a file's from now on; `shown` is its path in the workspace."""
        with self._lock:
            self._texts[path] = LaidText(path, shown, text)

    def lift(self, path: str) -> None:
        """Let the file speak for itself again."""
        with self._lock:
            self._texts.pop(path, None)

    def texts(self) -> dict[str, LaidText]:
        """Return what is laid at this moment."""
        with self._lock:
            return dict(self._texts)
