"""The index of trees that people wrote: one row of figures for each that is at hand.

Installed packages of Python and of the VS Code extension, and sources of Debian where apt knows
any. What is asserted are ratios to ripgrep and to a look at each file, with much room: the figures
are for reading.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from arriero.index.grep import Pattern, candidates, grep
from arriero.index.paths import DATABASE
from arriero.index.reader import Reader
from arriero.index.status import IndexStatus
from arriero.index.workspace import WorkspaceIndex
from arriero.workspace.confine import Confinement
from benchmarks.index_bench import Built, alternating, build_index, say
from benchmarks.index_questions import foci, mapping, questions, searching
from benchmarks.real_trees import NAMES, NotHere, real_tree
from index.harness import settle

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

ASKED, MAPPED = 80, 30
GREP_ROUNDS = 3
LEAST_FILES = 2_000  # of fewer, ripgrep's own start is most of what it takes
MOST = {"rare": 0.6, "regex": 1.5, "common": 2.0}
"""What finding lines may take, as a multiple of what ripgrep does."""


@dataclass(frozen=True)
class Tree:
    """A tree with its index, and what searches it."""

    name: str
    built: Built
    index: WorkspaceIndex

    @property
    def database(self) -> Path:
        return self.built.disk.index / DATABASE


@pytest.fixture(scope="module", params=NAMES)
def tree(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tree]:
    where = tmp_path_factory.mktemp("real")
    try:
        root = real_tree(request.param, where)
    except NotHere as reason:
        pytest.skip(str(reason))
    built = build_index(root, tmp_path_factory.mktemp("index"), ranked=True)
    settled = built.disk.build()
    settle(settled)
    settled.close()
    index = WorkspaceIndex(built.disk.root, where, lambda _: None)
    index.reader.close()
    index.reader = Reader(built.disk.root, built.disk.index)
    index.take_in(IndexStatus(built.disk.root, "ready", files=built.files, writes=True))
    yield Tree(request.param, built, index)
    index.close()


def test_figures(tree: Tree) -> None:
    built, root = tree.built, tree.built.disk.root

    def opened() -> None:
        build = built.disk.build()
        build.step()
        build.step()
        assert build.phase == "ready"
        build.close()

    def looked_at() -> None:
        for name in names:
            os.lstat(name)

    with tree.index.reader.read() as snapshot:
        names = [file.path for file in snapshot.all_files()]
    warm, lstat = alternating(opened, looked_at, 3)
    search = searching(tree.index, questions(tree.database, root, ASKED))
    outline = mapping(tree.index, foci(tree.database, root, MAPPED))
    ratios = {kind: against_ripgrep(tree, kind) for kind in MOST} if shutil.which("rg") else {}
    shown = ", ".join(f"{kind} {ratio:.2f}" for kind, ratio in ratios.items())
    say(
        f"| {tree.name} | {built.files} files | {built.megabytes:.1f} MB | "
        f"cold {built.megabytes / built.cpu_seconds:.2f} MB/cpu-s | "
        f"files known after {built.catalogued * 1e3:.0f} ms | "
        f"warm {warm.cpu * 1e3:.0f} ms, {warm.cpu / lstat.cpu:.1f} x lstat | "
        f"search {search[0]:.1f} / {search[1]:.1f} ms | map {outline[0]:.1f} / {outline[1]:.1f} ms "
        f"| lines, x of ripgrep: {shown} | on disk {built.on_disk:.2f} x |"
    )
    if built.files >= LEAST_FILES:
        assert all(ratio < MOST[kind] for kind, ratio in ratios.items())


def wanted(tree: Tree, kind: str) -> Pattern:
    """Choose what is looked for by what the tree has."""
    if kind == "common":
        return Pattern("return", literal=True)
    query = """
        SELECT name FROM defs WHERE length(name) BETWEEN 10 AND 30 AND name NOT GLOB '*[^A-Za-z_]*'
        GROUP BY name HAVING count(*) <= 2 ORDER BY name
    """
    db = sqlite3.connect(tree.database)
    names = [name for (name,) in db.execute(query)]
    db.close()
    name = random.Random(6).choice(names)
    return Pattern(rf"\w+{name[2:]}\b") if kind == "regex" else Pattern(name, literal=True)


def against_ripgrep(tree: Tree, kind: str) -> float:
    """Return what all matching lines take, as a multiple of what ripgrep does."""
    pattern, root = wanted(tree, kind), tree.built.disk.root
    fixed = ["--fixed-strings"] if pattern.literal else []
    command = ["rg", "--no-config", "--hidden", "-n", "--no-heading", *fixed, "-e", pattern.text]

    def ours() -> None:
        with tree.index.reader.read() as snapshot:
            paths = candidates(snapshot, pattern, every=True)
        found = grep(Confinement([root]), paths, pattern, most=10**9, seconds=300)
        assert found.files

    def theirs() -> None:
        subprocess.run([*command, root], stdout=subprocess.DEVNULL, check=False)

    mine, rg = alternating(ours, theirs, GREP_ROUNDS)
    return mine.cpu / rg.cpu
