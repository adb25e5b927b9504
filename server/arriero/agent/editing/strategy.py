"""What to say to a model whose edits of a file fail, so that it tries another way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arriero.agent.editing.formats import EditFormat
from arriero.sessions.events import ToolStatus

_EDITS = frozenset({"edit_file", "write_file"})
_SMALL = 150  # lines of a file that a model may well write as a whole
_TELLING = 4  # edits from which a format can be judged

_WHOLE = (
    "Do it otherwise: read {path} again, then call write_file with its complete new text. Leave no "
    "line out."
)
_FEWER = (
    "Do it otherwise: read the lines around the place again, then call edit_file with an "
    "old_string of only 1 to 3 lines that occur once, copied without their numbers."
)
_BLOCK = """\
Do not call edit_file for this. Write the change in your answer as text, in exactly this form:
{path}
<<<<<<< SEARCH
(1 to 3 lines copied from the file)
=======
(the lines that replace them)
>>>>>>> REPLACE"""
_FEWER_IN_BLOCK = (
    "Do it otherwise: read the lines around the place again, then write a block whose SEARCH has "
    "only 1 to 3 lines that occur once, copied without their numbers."
)
_FEWER_IN_DIFF = (
    "Do it otherwise: read the lines around the place again, then write a diff of one hunk with "
    "only one or two lines around the change, copied without their numbers."
)
_GIVE_UP = (
    "This edit fails again and again. Leave it, go on with the rest, and tell the user at the end "
    "exactly what is to be changed in {path}."
)


class EditStrategy:
    """Counts the edits of one run that land and fail, and offers another way where they fail."""

    def __init__(self, format: EditFormat, can_read_text: bool) -> None:  # noqa: A002
        """`can_read_text`: blocks in the text of an answer are read, whatever the format."""
        self._format = format
        self._can_read_text = can_read_text
        self._in_a_row: dict[str, int] = {}
        self.successes = 0
        self.failures = 0

    def saw(
        self,
        name: str,
        arguments: Mapping[str, Any],
        status: ToolStatus,
        result_text: str,
        file_lines: int | None,
    ) -> str:
        """Take note of a call; return what to append to its result, "" for nothing.

        `file_lines` are those of the file that was to be edited, None if it does not exist. Calls
        that were refused or cancelled, or that the user overtook, say nothing about the format.
        """
        if name not in _EDITS or status not in ("ok", "error"):
            return ""
        path = str(arguments.get("path", "")).strip().removeprefix("./")
        if status == "ok":
            self.successes += 1
            self._in_a_row.pop(path, None)
            return ""
        if _made_already(result_text):
            return ""
        self.failures += 1
        count = self._in_a_row[path] = self._in_a_row.get(path, 0) + 1
        if count < 2 or file_lines is None:
            return ""
        ways = self._ways(file_lines)
        words = ways[count - 2] if count - 2 < len(ways) else _GIVE_UP
        return words.replace("{path}", path or "the file")

    @property
    def format_failed(self) -> bool:
        """Tell whether the model should be asked for another form of edits from the next run."""
        return self.failures >= _TELLING and self.failures > 2 * self.successes

    def _ways(self, file_lines: int) -> list[str]:
        """Return what to try after the second failure in a row, the third, and so on."""
        small = file_lines <= _SMALL
        if self._format == "blocks":
            return [_FEWER_IN_BLOCK]
        if self._format == "udiff":
            return [_FEWER_IN_DIFF, _BLOCK] if self._can_read_text else [_FEWER_IN_DIFF]
        block = [_BLOCK] if self._can_read_text else []
        if self._format == "whole":
            return [*block, _WHOLE]
        return [_WHOLE, _FEWER, *block] if small else [_FEWER, *block]


def _made_already(result_text: str) -> bool:
    """Tell whether the edit failed only because it was made before."""
    return "seems to be made already" in result_text or "read so already" in result_text
