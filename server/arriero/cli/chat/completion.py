"""What the input line completes: commands and their arguments, and files after `@`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from arriero.cli.chat import table
from arriero.cli.chat.commands.choice import MODES
from arriero.cli.printable import printable
from arriero.workspace.files import list_files

_MOST = 30
_AT = re.compile(r"(?<![\w@])@([^\s@\"']*)$")
_FRESH = 10.0  # seconds for which a listing of the files is used


class Files:
    """The files of a folder that are not ignored, listed when they are asked for; may block."""

    def __init__(
        self,
        folder: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        listing: Callable[[str], Sequence[str]] = lambda folder: list_files(folder).paths,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._listing = listing
        self._paths: Sequence[str] = ()
        self._until = float("-inf")

    def matching(self, typed: str) -> list[str]:
        """Return paths that hold what is typed, best first: by name, then by letters in order."""
        if self._clock() > self._until:
            prefix = self._folder.rstrip("/") + "/"
            found = (path.removeprefix(prefix) for path in self._listing(self._folder))
            shown = (path for path in found if printable(path) == path)
            self._paths = [path for path in shown if "\n" not in path]
            self._until = self._clock() + _FRESH
        wanted = typed.lower()
        ranked = ((rank, path) for path in self._paths if (rank := _rank(path, wanted)) is not None)
        return [path for _, path in sorted(ranked)[:_MOST]]


class ChatCompleter(Completer):
    """Completes in a chat. `models` tells the models as they are known now."""

    def __init__(self, files: Files, models: Callable[[], Sequence[str]]) -> None:
        self._files = files
        self._models = models

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002 - prompt_toolkit's signature
    ) -> Iterable[Completion]:
        """Yield what may stand at the cursor."""
        before = document.text_before_cursor
        if at := _AT.search(before):
            for path in self._files.matching(at[1]):
                yield Completion(_mention(path), -len(at[0]), display=path)
        elif before.startswith("/") and "\n" not in before:
            yield from self._command(before)

    def _command(self, before: str) -> Iterator[Completion]:
        name, space, argument = before.partition(" ")
        if not space:
            for one in table.COMMANDS:
                if one.name.startswith(name[1:]):
                    text = f"/{one.name}" + (" " if one.argument else "")
                    yield Completion(text, -len(name), display=one.usage, display_meta=one.help)
            return
        command = table.find(name)
        if command is None:
            return
        for choice in self._choices(command.completes):
            if argument.lower() in choice.lower():
                yield Completion(choice, -len(argument))

    def _choices(self, kind: table.Completed) -> Sequence[str]:
        if kind == "model":
            return self._models()
        return MODES if kind == "mode" else ()


def _mention(path: str) -> str:
    """Return a path as `mentions` reads it."""
    if not re.search(r"[\s\"'\\]", path):
        return f"@{path} "
    for quote in "\"'":
        if quote not in path:
            return f"@{quote}{path}{quote} "
    return "@" + re.sub(r"([\s\"'\\])", r"\\\1", path) + " "


def _rank(path: str, wanted: str) -> tuple[int, int] | None:
    """Return where a path stands among those that match, smallest first; None: it does not."""
    lower = path.lower()
    name = lower.rpartition("/")[2]
    if name.startswith(wanted):
        return 0, len(path)
    if wanted in name:
        return 1, len(path)
    if wanted in lower:
        return 2, len(path)
    letters = iter(lower)
    return (3, len(path)) if all(letter in letters for letter in wanted) else None
