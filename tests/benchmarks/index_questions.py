"""What is asked of an index in benchmarks: of its own names, subjects and lines."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from arriero.index.map import Focus, repo_map
from arriero.index.search import search
from arriero.index.workspace import WorkspaceIndex

_ROUNDS = 3
_TEXTS = (".py", ".md", ".c", ".h", ".js", ".ts", ".txt")


def questions(database: Path, root: str, count: int, seed: int = 7) -> list[str]:
    """Return names, subjects of commits where there are any, and parts of lines, in turn."""
    chance = random.Random(seed)
    names, subjects, files = _of(database)
    texts = [path for path in files if path.endswith(_TEXTS)]
    made: list[str] = []
    while len(made) < count:
        kind = len(made) % 4
        if kind == 0:
            made.append(" ".join(chance.choices(names, k=chance.randint(1, 4))))
        elif kind == 1 and subjects:
            made.append(chance.choice(subjects))
        elif words := _of_a_line(Path(root, chance.choice(texts)), chance):
            made.append(words)
    return made


def foci(database: Path, root: str, count: int, seed: int = 3) -> list[Focus]:
    """Return what somebody is at: some files and words."""
    chance = random.Random(seed)
    names, _, files = _of(database)
    paths = [os.path.join(root, name) for name in files]
    return [
        Focus(
            tuple(chance.choices(paths, k=chance.randint(1, 4))),
            tuple(chance.choices(paths, k=chance.randint(0, 3))),
            words=" ".join(chance.choices(names, k=chance.randint(0, 3))),
        )
        for _ in range(count)
    ]


def searching(index: WorkspaceIndex, asked: Sequence[str]) -> tuple[float, float]:
    """Return median and 95th percentile of a search, milliseconds of the processor."""
    return _least(lambda one: search(index, one), asked)


def mapping(index: WorkspaceIndex, asked: Sequence[Focus]) -> tuple[float, float]:
    """Return the same of a map of 1,000 tokens."""
    return _least(lambda one: repo_map(index, 1_000, lambda text: len(text) // 4, one), asked)


def _least(work: Callable[[Any], object], asked: Sequence[Any]) -> tuple[float, float]:
    """Return percentiles of the best of some rounds: what is in the way of one is not ours."""
    best = [float("inf")] * len(asked)
    for _ in range(_ROUNDS):
        for at, one in enumerate(asked):
            began = time.process_time()
            work(one)
            best[at] = min(best[at], time.process_time() - began)
    best.sort()
    return 1e3 * best[len(best) // 2], 1e3 * best[len(best) * 95 // 100]


def _of(database: Path) -> tuple[list[str], list[str], list[str]]:
    """Return the names that are defined, the subjects of commits, and the files."""
    with contextlib.closing(sqlite3.connect(database)) as db:
        names = [name for (name,) in db.execute("SELECT DISTINCT name FROM defs ORDER BY name")]
        files = [
            os.fsdecode(path) for (path,) in db.execute("SELECT path FROM files ORDER BY path")
        ]
        has = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'history_commits'").fetchone()
        query = "SELECT subject FROM history_commits ORDER BY id"
        subjects = [subject for (subject,) in db.execute(query)] if has else []
    return names, subjects, files


def _of_a_line(path: Path, chance: random.Random) -> str:
    """Return some words that follow each other in a line of a file, "" if it has none."""
    lines = path.read_text("utf-8", "replace").splitlines()
    long = [words for line in lines if len(words := line.strip(" #*").split()) >= 5]
    if not long:
        return ""
    words = chance.choice(long)
    at = chance.randrange(max(len(words) - 8, 1))
    return " ".join(words[at : at + chance.randint(3, 9)])
