"""What embedding models want before a text, told by their names.

As their makers' pages say. A model that is not here gets the texts as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Prefixes:
    """What goes before a question, and before a text that is looked for."""

    query: str = ""
    document: str = ""


_SEARCHING = "Represent this sentence for searching relevant passages: "
_TASK = "Instruct: Given a question, retrieve the code or text that answers it\nQuery: "

# The first that is found in the name counts.
_KNOWN: tuple[tuple[str, Prefixes], ...] = (
    ("nomic-embed-code", Prefixes("Represent this query for searching relevant code: ")),
    ("nomic-embed", Prefixes("search_query: ", "search_document: ")),
    (r"e5.*instruct", Prefixes(_TASK)),
    (r"(^|[/_-])e5-", Prefixes("query: ", "passage: ")),
    (r"bge-m3", Prefixes()),
    (r"bge-.*zh", Prefixes("为这个句子生成表示以用于检索相关文章：")),  # noqa: RUF001 - theirs
    (r"bge-", Prefixes(_SEARCHING)),
    (r"mxbai-embed", Prefixes(_SEARCHING)),
    (r"arctic-embed.*(v2|2\.0)|arctic-embed2", Prefixes("query: ")),
    (r"arctic-embed", Prefixes(_SEARCHING)),
    (r"qwen3-embedding", Prefixes(_TASK)),
    (r"embeddinggemma", Prefixes("task: search result | query: ", "title: none | text: ")),
)


def prefixes_of(model: str) -> Prefixes:
    """Return what a model wants, by its name at a provider."""
    name = model.lower()
    return next((found for pattern, found in _KNOWN if re.search(pattern, name)), Prefixes())
