"""The grammars of tree-sitter: loaded when a language is first met, each with its own query.

A query's captures say what is found: `@name` is the name of the definition around it, `@container`
what such a definition belongs to when it does not stand inside it, `@reference` a name that is
used, `@_...` serves the query's own conditions; every other capture is a definition and says its
kind. `@scope` gives a container to what is in it and defines nothing.
"""

from __future__ import annotations

import functools
import importlib
import logging
from dataclasses import dataclass
from importlib import resources

from tree_sitter import Language, Query

_log = logging.getLogger(__name__)

_CONDITION = "(#"


@dataclass(frozen=True)
class _Source:
    """Where a grammar comes from: a module, its function, and the query's files."""

    module: str
    queries: tuple[str, ...]
    function: str = "language"


def _same(name: str) -> _Source:
    return _Source(f"tree_sitter_{name}", (name,))


_SOURCES = {
    "bash": _same("bash"),
    "c": _same("c"),
    "cpp": _Source("tree_sitter_cpp", ("c", "cpp")),
    "csharp": _Source("tree_sitter_c_sharp", ("csharp",)),
    "css": _same("css"),
    "go": _same("go"),
    "html": _same("html"),
    "java": _same("java"),
    "javascript": _Source("tree_sitter_javascript", ("ecmascript", "javascript", "jsx")),
    "json": _same("json"),
    "kotlin": _same("kotlin"),
    "lua": _same("lua"),
    "markdown": _same("markdown"),
    "php": _Source("tree_sitter_php", ("php",), "language_php"),
    "python": _same("python"),
    "ruby": _same("ruby"),
    "rust": _same("rust"),
    "scala": _same("scala"),
    "sql": _same("sql"),
    "swift": _same("swift"),
    "toml": _same("toml"),
    "tsx": _Source("tree_sitter_typescript", ("ecmascript", "typescript", "jsx"), "language_tsx"),
    "typescript": _Source(
        "tree_sitter_typescript", ("ecmascript", "typescript"), "language_typescript"
    ),
    "yaml": _same("yaml"),
}
PARSED = frozenset(_SOURCES)
"""The languages that are read with a grammar."""


@dataclass(frozen=True)
class Grammar:
    """A language that can be parsed, and what to look for in its trees.

    Conditions of a query look at names, and so at the text again.
    """

    language: Language
    query: Query
    has_conditions: bool


@functools.cache
def grammar(name: str) -> Grammar | None:
    """Return the grammar of a language; None if there is none or it is not installed."""
    source = _SOURCES.get(name)
    if source is None:
        return None
    try:
        language = Language(getattr(importlib.import_module(source.module), source.function)())
    except (ImportError, AttributeError, ValueError) as error:  # of a release that does not fit
        _log.warning("%s is read without its grammar: %s", name, error)
        return None
    folder = resources.files(__package__) / "queries"
    text = "\n".join(
        (folder / f"{query}.scm").read_text(encoding="utf-8") for query in source.queries
    )
    return Grammar(language, Query(language, text), _CONDITION in text)
