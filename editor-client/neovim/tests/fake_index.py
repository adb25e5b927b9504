"""The fake server's index: it searches what is open, and is built in two looks."""

# ruff: noqa: INP001

from __future__ import annotations

import os
from typing import Any

Json = dict[str, Any]

UNINDEXED = "This folder is not indexed."


class FakeIndex:
    """Ready at first; after `rebuild` it takes two looks until it is so again."""

    def __init__(self) -> None:
        self.looks = 2
        self.off = os.environ.get("FAKE_FAULT") == "unindexed"
        self.note = UNINDEXED if self.off else ""

    def rebuild(self) -> None:
        """Begin anew."""
        self.looks = 0

    def look(self) -> Json:
        """Return how far it is."""
        self.looks += 1
        state = "off" if self.off else "ready" if self.looks > 2 else "building"
        done = {"off": 0, "building": 360, "ready": 1000}[state]
        files = 0 if self.off else 1000
        uri = "file:///workspace"
        return {"uri": uri, "state": state, "files": files, "done": done, "message": self.note}

    def search(self, params: Json, texts: dict[str, tuple[str, int]]) -> Json:
        """Return the answer: each line that holds the query, with the line before it."""
        query = params["query"]
        if params["kind"] == "regex" and "(" in query:
            return {"error": {"code": -32602, "message": "The regular expression is not valid."}}
        hits = [
            hit for uri, (text, _) in texts.items() for hit in found(uri, text.splitlines(), query)
        ]
        limit = params["limit"]
        result = {"hits": hits[:limit], "complete": not self.off, "note": self.note}
        return {"result": {**result, "cursor": str(limit) if len(hits) > limit else None}}


def found(uri: str, lines: list[str], query: str) -> list[Json]:
    """Return the hits of one document."""
    why = ["the word", "words in lines 1-9", "the path matches", "a fourth reason"]
    return [
        {
            "uri": uri,
            "range": {
                "start": {"line": max(at - 1, 0), "character": 0},
                "end": {"line": at + 1, "character": 0},
            },
            "text": "\n".join(lines[max(at - 1, 0) : at + 1]),
            "why": why,
        }
        for at, line in enumerate(lines)
        if query in line
    ]
