"""Find the edits that a model wrote in the text of its answer, while the text streams.

Three forms are read: blocks SEARCH/REPLACE, unified diffs in a fence, and whole files in a fence
that names its file. Each becomes a call of `edit_file` or `write_file`. The reading goes by whole
lines; a line that can be no part of an edit is passed on while it arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from arriero.agent.editing.blocks import EDIT, UNTERMINATED, Block
from arriero.agent.editing.marks import (
    Fence,
    Known,
    fence,
    info_path,
    may_matter,
    may_matter_in_code,
    path_like,
    path_line,
    search_mark,
)
from arriero.agent.editing.mention import Mention
from arriero.agent.editing.udiff import STARTS, diff_edits
from arriero.agent.editing.whole import WholeFile
from arriero.agent.toolcalls.pieces import Pieces
from arriero.agent.toolcalls.results import BrokenCall, Item, Piece

_DIFF = frozenset({"diff", "udiff", "patch"})
_CUT_DIFF = "The diff was cut off, so nothing was changed. Write it again, with fewer hunks."
_MOST_BLANKS = 3  # between the line that names a file and the edit


class EditTextReader:
    """Splits the text of an answer into text and edits, in the answer's order.

    Like `TextCallReader`, behind which it stands: `feed` text as it arrives, `finish` at its end;
    joined, the pieces do not depend on how the text was cut. Nothing is read from disk, nothing
    raised. An edit that is not whole becomes a `BrokenCall`.
    """

    def __init__(
        self,
        known: Known | None = None,
        *,
        blocks: bool = True,
        diffs: bool = True,
        whole_files: bool = False,
    ) -> None:
        """`known` tells whether a path, as the model writes it, is a file that exists."""
        self._known = known
        self._blocks, self._diffs, self._whole_files = blocks, diffs, whole_files
        self._out = Pieces("edit")
        self._parts: list[str] = []  # the line that is arriving
        self._flowing = False  # its beginning was passed on
        self._held: list[str] = []  # lines that are dropped if an edit follows, else passed on
        self._after_call = False
        self._above: str | None = None  # the path in the held lines
        self._mention = Mention(known)
        self._last_path: str | None = None
        self._fence: Fence | None = None
        self._block: Block | None = None
        self._diff: list[str] = []
        self._whole: WholeFile | None = None
        self._state: Callable[[str], None] = self._in_text

    over = False

    def feed(self, text: str) -> list[Piece]:
        """Read on; return what is certain now."""
        start = 0
        while (end := text.find("\n", start) + 1) > 0:
            self._arrives(text[start:end])
            self._line_ends()
            start = end
        if start < len(text):
            self._arrives(text[start:])
        return self._out.taken()

    def finish(self) -> list[Piece]:
        """Return the rest: nothing can follow any more."""
        self._line_ends()
        if self._block is not None:
            self._emit([self._block.broken(UNTERMINATED)])
        elif self._diff:
            self._emit([BrokenCall(EDIT, "".join(self._diff), _CUT_DIFF)])
        elif self._whole is not None:
            self._emit([self._whole.cut()])
        if self._after_call and not any(line.strip() for line in self._held):
            self._held = []
        self._release()
        return self._out.taken()

    def _arrives(self, part: str) -> None:
        self._parts.append(part)
        if self._flowing:
            self._out.say(part)
            return
        waits = self._waits
        if waits is not None and not waits("".join(self._parts).rstrip("\r\n")):
            self._release()
            self._out.say(*self._parts)
            self._flowing = True

    @property
    def _waits(self) -> Callable[[str], bool] | None:
        """Return what tells whether a beginning of a line waits for the rest; None: all wait."""
        if self._state == self._in_text:
            return may_matter
        return may_matter_in_code if self._state == self._in_code else None

    def _line_ends(self) -> None:
        line, self._parts = "".join(self._parts), []
        if not line:
            return
        if self._flowing:
            self._flowing = False
            self._said(line)
        else:
            self._state(line)

    def _in_text(self, line: str) -> None:
        """Read a line between edits."""
        opening = fence(line)
        if self._blocks and search_mark(line) is not None:
            self._open_block(line)
        elif opening is not None:
            self._fence = opening
            self._held.append(line)
            self._state = self._in_head
        elif not line.strip() and (self._held or self._after_call):
            if len(self._held) > _MOST_BLANKS:
                self._release()
            self._held.append(line)
        elif (path := path_line(line, self._known)) is not None:
            if self._above is not None:
                self._release()
            self._above = path
            self._held.append(line)
        else:
            self._pass(line)

    def _in_head(self, line: str) -> None:
        """Read a line at the beginning of a fence: it tells what the fence holds."""
        assert self._fence is not None
        info = self._fence.info
        path = info_path(info, self._known) or self._above
        language = info.split(" ")[0].lower()
        if self._blocks and search_mark(line) is not None:
            self._open_block(line)
        elif self._fence.closed_by(line):
            self._fence, self._state = None, self._in_text
            self._pass(line)
        elif self._diffs and self._begins_diff(line, language, path):
            self._diff = [*self._held, line]
            self._held = []
            self._state = self._in_diff
        elif self._whole_files and path is not None and language not in _DIFF:
            self._whole = WholeFile(path, self._fence, [*self._held, line])
            self._held = []
            self._state = self._in_whole
        elif not line.strip() and len(self._held) <= 2 * _MOST_BLANKS:
            self._held.append(line)
        elif (inner := path_line(line, self._known)) and inner != self._above:
            self._above = inner
            self._held.append(line)
        else:
            self._state = self._in_code
            self._pass(line)

    def _begins_diff(self, line: str, language: str, path: str | None) -> bool:
        line = line.removeprefix(self._fence.indent) if self._fence else line
        if language in _DIFF:
            return line.startswith(STARTS) or (path is not None and line.startswith("@@"))
        return not language and line.startswith(("--- a/", "diff --git"))

    def _in_code(self, line: str) -> None:
        """Read a line of code that is only shown, or that stands behind a block in its fence."""
        if self._blocks and search_mark(line) is not None:
            self._open_block(line)
            return
        if self._fence is None or self._fence.closed_by(line):
            self._fence, self._state = None, self._in_text
        self._pass(line)

    def _behind_block(self, line: str) -> None:
        """Read a line behind a block in the same fence."""
        assert self._fence is not None
        if self._fence.closed_by(line):
            self._held = []
            self._fence = None
            self._above = None
            self._state = self._in_text
        elif search_mark(line) is not None:
            self._open_block(line)
        elif not line.strip():
            self._held.append(line)
        elif (path := path_line(line, self._known)) is not None:
            self._above = path
            self._held.append(line)
        else:
            self._state = self._in_code
            self._pass(line)

    def _open_block(self, line: str) -> None:
        said = search_mark(line) or ""
        path = (
            path_like(said.strip("`"), self._known)
            or self._above
            or (info_path(self._fence.info, self._known) if self._fence else None)
            or self._mention.path
            or self._last_path
        )
        self._block = Block(path, line)
        self._held = []
        self._above = None
        self._state = self._in_block

    def _in_block(self, line: str) -> None:
        assert self._block is not None
        if self._block.restarts(line):
            self._last_path = self._block.path
            self._emit([self._block.broken(UNTERMINATED)])
            self._open_block(line)
            return
        if (item := self._block.take(line)) is not None:
            self._last_path = self._block.path
            self._block = None
            self._state = self._behind_block if self._fence else self._in_text
            self._emit([item])

    def _in_diff(self, line: str) -> None:
        assert self._fence is not None
        self._diff.append(line)
        indent = self._fence.indent
        inside = line.removeprefix(indent)[:1] in (" ", "\t")  # a blank stands before context
        if inside or not self._fence.closed_by(line):
            return
        path = info_path(self._fence.info, self._known) or self._above
        lines, self._diff = self._diff, []
        first = next(n for n, each in enumerate(lines) if fence(each) is not None)
        items = diff_edits(
            [each.removeprefix(indent) for each in lines[first + 1 : -1]], path, self._known
        )
        self._above = self._fence = None
        self._state = self._in_text
        if items:
            self._emit(items)
        else:
            self._pass("".join(lines))

    def _in_whole(self, line: str) -> None:
        assert self._whole is not None
        if (item := self._whole.take(line)) is not None:
            self._whole = self._fence = self._above = None
            self._state = self._in_text
            self._emit([item])

    def _pass(self, text: str) -> None:
        """Pass a line on, and before it what was held."""
        self._release()
        self._out.say(text)
        self._said(text)

    def _said(self, line: str) -> None:
        """Remember which file a line that was passed on names."""
        if self._state != self._in_code:
            self._mention.note(line)

    def _release(self) -> None:
        if self._above is not None:
            self._mention.name(self._above)
        self._out.say(*self._held)
        self._held = []
        self._above = None
        self._after_call = False

    def _emit(self, items: Sequence[Item]) -> None:
        self._held = []
        self._mention.name(None)
        self._after_call = True
        self._out.call(items)
