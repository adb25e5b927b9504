"""By the index, from the disk, and by ripgrep: the same lines of any tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arriero.index.grep import Pattern, candidates, grep
from arriero.index.paths import in_order
from arriero.index.reader import Reader
from arriero.workspace.confine import Confinement
from arriero.workspace.files import list_files
from index.harness import Disk, settle
from scale import is_full

FULL = is_full()
NAMES = ("a.py", "a/b.py", "a-b/c.txt", "a/B.md", ".hidden/x.py", "z/deep/er/y.c", "ü.txt")
LINES = (
    "def alpaca_one(a):", "Alpaca = 1", "alpaca alpaca alpaca", "two llamas", "", "\tvicuña",
    "x" * 400 + "llama", "  ", "a.b(c) + d[0]", "llama_alpaca = alpacaLlama", "end",
)  # fmt: skip
PATTERNS = (
    Pattern("alpaca", literal=True), Pattern("alpaca", ignore_case=True), Pattern("a.b(", True),
    Pattern(r"def \w+_one"), Pattern("llama$"), Pattern("^(two|end)"), Pattern("vicu.a"),
    Pattern("^$"), Pattern("a", literal=True), Pattern("[lL]lama"), Pattern("no such", True),
    Pattern("ñ"), Pattern(r"\bllama\w*"), Pattern("LLAMA", literal=True, ignore_case=True),
    Pattern("."), Pattern(r"\w"), Pattern(r"\W+"), Pattern("[A-Z]", ignore_case=True),
    Pattern(".*"), Pattern("two|one"), Pattern("END|ONE", ignore_case=True), Pattern(r"\w\w"),
    Pattern("l.*a"),
)  # fmt: skip

texts = st.lists(st.sampled_from(LINES), max_size=40).map(
    lambda lines: "".join([f"{line}\n" for line in lines])
)
trees = st.dictionaries(st.sampled_from(NAMES), texts, min_size=1)
Found = list[tuple[str, int, str]]


def looked_for(root: str, paths: list[str], pattern: Pattern, ripgrep: str | None) -> Found:
    found = grep(Confinement([root]), paths, pattern, most=10**9, ripgrep=ripgrep)
    assert found.complete
    return [
        (os.path.relpath(file.path, root), number, line)
        for file in found.files
        for number, line in file.lines
    ]


def by_ripgrep(program: str, root: str, pattern: Pattern) -> Found:
    command = [program, "--no-config", "--hidden", "--sort=path", "-n", "--no-heading", "--null"]
    command += ["-F"] if pattern.literal else []
    command += ["-i"] if pattern.ignore_case else []
    shown = subprocess.run(
        [*command, "-e", pattern.text, "."], cwd=root, capture_output=True, check=False
    ).stdout.decode()
    found = []
    for line in shown.splitlines():
        name, _, rest = line.partition("\0")
        number, _, text = rest.partition(":")
        found.append((name.removeprefix("./"), int(number), text))
    return found


@settings(
    max_examples=200 if FULL else 8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(tree=trees, patterns=st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=4))
def test_three_ways(tree: dict[str, str], patterns: list[Pattern]) -> None:
    program = shutil.which("rg")
    if program is None:
        pytest.skip("ripgrep, the reference, is not installed")
    with tempfile.TemporaryDirectory() as folder:
        disk = Disk(Path(folder))
        for name, text in tree.items():
            disk.write(name, text)
        build = disk.build()
        settle(build)
        build.close()
        listed = sorted(list_files(disk.root).paths, key=lambda path: in_order(os.fsencode(path)))
        reader = Reader(disk.root, disk.index)
        for pattern in patterns:
            with reader.read() as snapshot:
                paths = candidates(snapshot, pattern)
            by_index = looked_for(disk.root, paths, pattern, program)
            assert by_index == looked_for(disk.root, listed, pattern, None)
            assert by_index == by_ripgrep(program, disk.root, pattern)
        reader.close()
