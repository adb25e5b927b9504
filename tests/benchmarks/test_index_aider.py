"""The index against aider's repository map, of the same files in the same run.

`ARRIERO_BENCH_AIDER` names a Python that has aider: `python -m venv V; V/bin/pip install
aider-chat`, and then `V/bin/python`. The tree is the standard library.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from arriero.index.map import Focus, repo_map
from arriero.index.paths import index_folder
from arriero.index.workspace import WorkspaceIndex
from benchmarks.aider_map import BUDGET
from benchmarks.index_bench import Built, build_index, say

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1_200)]

ROUNDS = 7


@dataclass(frozen=True)
class Aider:
    """Processor seconds of its first map and of a later one."""

    cold: float
    warm: float


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("aider") / "tree"
    ignored = shutil.ignore_patterns("site-packages", "__pycache__", "*.so", "*.a", "test")
    shutil.copytree(sysconfig.get_paths()["stdlib"], target, ignore=ignored)
    return target


@pytest.fixture(scope="module")
def aider(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Aider:
    program = os.environ.get("ARRIERO_BENCH_AIDER")
    if not program:
        pytest.skip("ARRIERO_BENCH_AIDER names no Python that has aider, the peer")
    script = Path(__file__).with_name("aider_map.py")
    cache = tmp_path_factory.mktemp("cache") / "tags"
    done = subprocess.run(
        [program, str(script), str(tree), str(cache), str(ROUNDS)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["shown"] > 500
    return Aider(told["cold"], statistics.median(told["warm"]))


@pytest.fixture(scope="module")
def built(tree: Path, aider: Aider, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build_index(tree, tmp_path_factory.mktemp("ours"), ranked=True)


def test_from_nothing(aider: Aider, built: Built) -> None:
    """Everything that is indexed, against tags alone."""
    ratio = built.cpu_seconds / aider.cold
    say(
        f"cold: {built.files} files, {built.megabytes:.0f} MB: {built.cpu_seconds:.1f} cpu-s, "
        f"aider {aider.cold:.1f}, ratio {ratio:.2f}"
    )
    assert ratio < 1.0


def test_another_map(aider: Aider, built: Built, tmp_path: Path) -> None:
    """What lies near another file each time."""
    root = built.disk.root
    index_folder(tmp_path, root).parent.mkdir()
    os.symlink(built.disk.index, index_folder(tmp_path, root))
    index = WorkspaceIndex(root, tmp_path, lambda _: None)
    files = sorted(str(path) for path in Path(root).rglob("*.py"))
    spent = []
    for number in range(ROUNDS * 3):
        began = time.process_time()
        focus = Focus(open_files=(files[number * 37 % len(files)],))
        found = repo_map(index, BUDGET, lambda text: len(text) // 4, focus)
        spent.append(time.process_time() - began)
        assert len(found.text) > 500
    index.close()
    mine = statistics.median(spent)
    say(f"map anew: {mine * 1e3:.1f} cpu-ms, aider {aider.warm * 1e3:.0f}, "
        f"ratio {mine / aider.warm:.3f}")  # fmt: skip
    assert mine < 0.02 * aider.warm
