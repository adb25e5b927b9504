"""Edits that a model writes in the text of its answer, and what to do where edits do not land."""

from arriero.agent.editing.formats import EditFormat, as_block, instructions, reader, tools_for
from arriero.agent.editing.reader import EditTextReader
from arriero.agent.editing.strategy import EditStrategy

__all__ = [
    "EditFormat",
    "EditStrategy",
    "EditTextReader",
    "as_block",
    "instructions",
    "reader",
    "tools_for",
]
