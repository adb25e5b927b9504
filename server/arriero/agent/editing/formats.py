"""The forms in which a model may be asked to write its edits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeVar

from arriero.agent.editing.marks import Known
from arriero.agent.editing.reader import EditTextReader
from arriero.models.types import ToolSpec
from arriero.tools.base import Tool

EditFormat = Literal["replace", "whole", "blocks", "udiff"]

_Offered = TypeVar("_Offered", Tool, ToolSpec)

_INSTRUCTIONS: dict[EditFormat, str] = {
    "replace": """\
To change a file, read it first, then call edit_file with a few lines copied exactly from it as \
old_string. Use write_file only for new files.""",
    "whole": """\
To change a file, read it first, then call write_file with its complete new text, every line of \
it; nothing may be left out or abbreviated.""",
    "blocks": """\
To change a file, read it first, then write blocks of this form in your answer, not a tool call. \
The SEARCH lines are copied exactly from the file, few but unique; nothing is left out. For a new \
file leave SEARCH empty.

src/app.py
```
<<<<<<< SEARCH
    retries = 1
=======
    retries = 3
>>>>>>> REPLACE
```""",
    "udiff": """\
To change a file, read it first, then write a unified diff in your answer, not a tool call. Repeat \
two or three lines of the file around each change, copied exactly; line numbers do not matter. For \
a new file write --- /dev/null.

```diff
--- src/app.py
+++ src/app.py
@@ @@
 def fetch(url):
-    retries = 1
+    retries = 3
```""",
}
_NOT_OFFERED: dict[EditFormat, frozenset[str]] = {
    "replace": frozenset(),
    "whole": frozenset({"edit_file"}),
    "blocks": frozenset({"edit_file", "write_file"}),
    "udiff": frozenset({"edit_file", "write_file"}),
}


def instructions(format: EditFormat) -> str:  # noqa: A002 - the word that settings use
    """Return what the system message says of edits, at most some 120 tokens."""
    return _INSTRUCTIONS[format]


def tools_for(format: EditFormat, tools: Sequence[_Offered]) -> tuple[_Offered, ...]:  # noqa: A002
    """Return those of `tools` that are offered; what reads the text may still call all of them."""
    return tuple(tool for tool in tools if tool.name not in _NOT_OFFERED[format])


def reader(format: EditFormat, known: Known | None = None) -> EditTextReader:  # noqa: A002
    """Return a reader of the edits in the text of an answer.

    A model that was asked for one form of text may write the other. Where tools are asked for, a
    diff in the text is only shown, but a block is never anything else than an edit. `known` tells
    whether a path is a file that exists, and must not raise.
    """
    if format in ("replace", "whole"):
        return EditTextReader(known, diffs=False, whole_files=format == "whole")
    return EditTextReader(known)


def as_block(path: str, old_string: str, new_string: str) -> str:
    """Return an edit as a block that `EditTextReader` reads: how a past one is shown to a model."""
    old, new = (
        f"{text}\n" if text and text[-1] != "\n" else text for text in (old_string, new_string)
    )
    return f"{path}\n```\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n"
