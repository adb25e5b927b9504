"""Whether search finds what a change is about: commit subject → files touched, recall at 10.

Peers in turn on the same questions: ours, and keywords by ripgrep. Beside a generated repository,
those are used that `ARRIERO_RETRIEVAL` names (folders separated by `:`): git repositories, or
sources with a ChangeLog as `retrieval_repositories.py` fetches them. The search's weights were
chosen without looking at those in `HELD_OUT`.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import statistics
import time
from pathlib import Path

import pytest

from arriero.index import history, ranks
from arriero.index.indexer.build import Build
from arriero.index.indexer.work import Options
from arriero.index.paths import DATABASE
from arriero.index.search import search
from arriero.index.status import IndexStatus
from arriero.index.workspace import WorkspaceIndex
from benchmarks import ripgrep_keywords
from benchmarks.retrieval_repositories import Repository, generated, of_changelog, of_git
from index.harness import settle

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(shutil.which("rg") is None, reason="ripgrep is not installed"),
]

HELD_OUT = ("gnupg", "emacs")
FEWEST_QUESTIONS = 50
LEAST_GAIN = 0.12


@pytest.mark.timeout(3_600)
def test_recall_at_ten(tmp_path: Path) -> None:
    gains, held_out = [], []
    for number, repository in enumerate(_repositories(tmp_path)):
        index = _indexed(repository, tmp_path / f"index{number}")
        peer = [ripgrep_keywords.search(repository.root, q.subject) for q in repository.questions]
        theirs = _recall(repository, peer)
        times: list[float] = []
        ours = _recall(repository, [_found(index, q.subject, times) for q in repository.questions])
        index.close()
        is_held_out = repository.name.startswith(HELD_OUT)
        name = f"{repository.name} (held out)" if is_held_out else repository.name
        print(
            f"\n{name}: {len(repository.questions)} questions, "
            f"recall at 10 {ours:.3f}, ripgrep {theirs:.3f}, gain {ours - theirs:+.3f}; "
            f"cpu ms p50 {statistics.median(times):.1f}, p95 {_percentile(times, 95):.1f}"
        )
        if len(repository.questions) >= FEWEST_QUESTIONS:
            gains.append(ours - theirs)
            held_out += [ours - theirs] if is_held_out else []
    print(f"mean gain over {len(gains)} repositories: {statistics.mean(gains):+.3f}")
    assert statistics.mean(gains) >= LEAST_GAIN
    if held_out:
        print(
            f"mean gain over {len(held_out)} that were held out: {statistics.mean(held_out):+.3f}"
        )
        assert statistics.mean(held_out) >= LEAST_GAIN


def _repositories(folder: Path) -> list[Repository]:
    made = [generated(folder / "generated")]
    named = [Path(name) for name in os.environ.get("ARRIERO_RETRIEVAL", "").split(":") if name]
    for source in named:
        make = of_git if (source / ".git").exists() else of_changelog
        made.append(make(source, folder / source.name))
    return made


def _indexed(repository: Repository, folder: Path) -> WorkspaceIndex:
    _as_of_one_time(repository.root)
    index = WorkspaceIndex(str(repository.root), folder, lambda _: None)
    build = Build(str(repository.root), index.folder, Options(knowledge=False))
    settle(build)
    db = sqlite3.connect(index.folder / DATABASE, isolation_level=None)
    history.update(db, str(repository.root))
    ranks.update(db)
    db.close()
    build.close()
    index.take_in(IndexStatus(str(repository.root), "ready", writes=True))
    return index


def _as_of_one_time(root: Path) -> None:
    """Give all files one time: what changed last is indexed first, and copies come in any order."""
    for folder, _, names in os.walk(root):
        for name in names:
            os.utime(Path(folder, name), (1_600_000_000, 1_600_000_000), follow_symlinks=False)


def _found(index: WorkspaceIndex, question: str, times: list[float]) -> list[str]:
    began = time.process_time()
    hits = search(index, question, limit=10).hits
    times.append(1000 * (time.process_time() - began))
    return [os.path.relpath(hit.path, index.root) for hit in hits]


def _percentile(times: list[float], percent: int) -> float:
    return sorted(times)[len(times) * percent // 100]


def _recall(repository: Repository, answers: list[list[str]]) -> float:
    parts = [
        len(set(found) & set(question.files)) / len(question.files)
        for question, found in zip(repository.questions, answers, strict=True)
    ]
    return statistics.mean(parts)
