"""The peer of ranked search: look for each word of a question with ripgrep, rank by what was found.

A file's score is the sum, over the words that it has, of how rare each is; of equal ones, the file
with more matches comes first. Words are those that search takes too, without their parts.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
from functools import lru_cache
from pathlib import Path

from arriero.index.words import STOP_WORDS

_WORD = re.compile(r"[\w-]{3,}")


def search(root: Path, question: str, limit: int = 10) -> list[str]:
    """Return the best files' relative paths."""
    terms = {word.lower() for word in _WORD.findall(question)} - STOP_WORDS
    files = _number_of_files(root)
    scores: dict[str, float] = {}
    matches: dict[str, int] = {}
    for term in sorted(terms):
        found = _matches(root, term)
        for path, count in found.items():
            scores[path] = scores.get(path, 0.0) + math.log(1 + files / len(found))
            matches[path] = matches.get(path, 0) + count
    return sorted(scores, key=lambda path: (-scores[path], -matches[path], path))[:limit]


@lru_cache(maxsize=4_000)
def _matches(root: Path, term: str) -> dict[str, int]:
    command = ["rg", "--no-config", "--count-matches", "-i", "-F", "--null", "--", term, "."]
    shown = subprocess.run(command, cwd=root, capture_output=True, check=False).stdout
    lines = [line.split(b"\0") for line in shown.splitlines()]
    return {os.fsdecode(name)[2:]: int(count) for name, count in lines}


@lru_cache(maxsize=100)
def _number_of_files(root: Path) -> int:
    return len(subprocess.run(["rg", "--files"], cwd=root, capture_output=True, check=True)
               .stdout.splitlines())  # fmt: skip
