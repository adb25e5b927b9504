"""What the index serves is what the disk would have: for every tree, pattern and proposal."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arriero.tools.find_symbol import find_symbol
from arriero.tools.glob_files import glob_files
from arriero.tools.grep_search import grep_search
from arriero.tools.list_directory import list_directory
from arriero.workspace.errors import WorkspaceError
from scale import is_full
from tools.bench import Bench
from tools.indexed import Indexed

FULL = is_full()

NAMES = ("a.py", "b.txt", "src/a.py", "src/Deep/c.py", "src/Deep/d.log", "out/e.py", "out/f/g.py",
         "h.bin", "ü/ñ.py", "src/sp ace.py", "src.py", "out0.py")  # fmt: skip
LINES = (
    "alpaca = 1",
    "def llama(a):",
    "Alpaca",
    "vicuña",
    "",
    "x" * 500,
    "llama llama",
    "\tguanaco",
)
IGNORES = ("*.log", "out/", "/src/Deep", "!a.py", "*.py", "ü")
PATTERNS = ("llama", "alpaca|guanaco", "Alp", "^$", "vicuñ", "def \\w+", "(", "nothing here", "a.a",
            "x{400}", "[lL]lama", "^\\t")  # fmt: skip

texts = st.lists(st.sampled_from(LINES), max_size=6).map("\n".join)
trees = st.dictionaries(st.sampled_from(NAMES), texts, min_size=1)
ignores = st.lists(st.sampled_from(IGNORES), max_size=2)
changes = st.lists(
    st.tuples(
        st.sampled_from(("write", "delete", "rename", "type")), st.sampled_from(NAMES), texts
    ),
    max_size=4,
)
folders = st.sampled_from((None, ".", "src", "src/Deep", "out", "a.py", "nowhere"))
calls = st.lists(
    st.one_of(
        st.tuples(
            st.just(grep_search),
            st.fixed_dictionaries(
                {"pattern": st.sampled_from(PATTERNS)},
                optional={
                    "path": folders,
                    "glob": st.sampled_from(("*.py", "src/**", "*.nope")),
                    "case_sensitive": st.booleans(),
                },
            ),
        ),
        st.tuples(
            st.just(glob_files),
            st.fixed_dictionaries(
                {"pattern": st.sampled_from(("*", "*.py", "src/*", "**/C.py", "nope*"))},
                optional={"path": folders},
            ),
        ),
        st.tuples(st.just(list_directory), st.fixed_dictionaries({}, optional={"path": folders})),
    ),
    min_size=1,
    max_size=5,
)


def change(bench: Bench, kind: str, name: str, text: str) -> None:
    """Do something as the model or the user would; what cannot be done is left."""
    view = bench.view
    try:
        if kind == "type":
            bench.user.type(name, text)
        elif kind == "write":
            if view.exists(name):
                view.read(name)
            view.write(name, text + "\n")
        elif kind == "delete":
            view.delete(name)
        else:
            view.rename(name, f"moved/{Path(name).name}")
    except WorkspaceError:
        return


@pytest.mark.timeout(600)
@pytest.mark.parametrize("git", [True, False], ids=["git", "walk"])
@settings(
    max_examples=200 if FULL else 8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    tree=trees,
    ignored=ignores,
    ignore_file=st.sampled_from((".gitignore", ".ignore", ".arrierignore", "src/.ignore")),
    changed=changes,
    calls=calls,
)
def test_index_and_disk_agree(
    git: bool,
    tree: dict[str, str],
    ignored: list[str],
    ignore_file: str,
    changed: list[tuple[str, str, str]],
    calls: list[tuple[Any, dict[str, Any]]],
) -> None:
    if git and shutil.which("git") is None:
        pytest.skip("git is not installed")
    with tempfile.TemporaryDirectory() as folder:
        indexed = Indexed(Path(folder))
        if git:
            subprocess.run(["git", "init", "-q", indexed.disk.root], check=True)
        indexed.user.save(ignore_file, "\n".join(ignored))
        for name, text in tree.items():
            indexed.user.save(name, text)
        indexed.build()
        with_index = indexed.bench()
        for one in changed:
            change(with_index, *one)
        without = Bench(indexed.user)
        without.view = with_index.view
        without.context = type(with_index.context)(
            with_index.view, with_index.context.shadow, with_index.context.cwd
        )
        for tool, arguments in calls:
            given_ = {key: value for key, value in arguments.items() if value is not None}
            assert with_index.text(tool, **given_) == without.text(tool, **given_)
        indexed.index.close()


@settings(
    max_examples=100 if FULL else 4,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    tree=trees,
    changed=changes,
    names=st.lists(st.sampled_from(("llama", "alpaca", "Alpaca", "guanaco", "no")), min_size=1),
)
def test_symbols_are_used_where_the_disk_has_them(
    tree: dict[str, str], changed: list[tuple[str, str, str]], names: list[str]
) -> None:
    """What defines a name is known by the index alone; where lines have it, by either."""
    with tempfile.TemporaryDirectory() as folder:
        indexed = Indexed(Path(folder))
        for name, text in tree.items():
            indexed.user.save(name, text)
        indexed.build()
        by_index = indexed.bench()
        for one in changed:
            change(by_index, *one)
        searcher = indexed.searcher(least_files=1_000_000)
        assert searcher.listing([indexed.disk.root]) is None
        by_disk = Bench(indexed.user)
        by_disk.view = by_index.view
        by_disk.context = replace(by_index.context, searcher=searcher)
        for name in names:
            assert by_index.text(find_symbol, name=name) == by_disk.text(find_symbol, name=name)
        indexed.index.close()


def test_an_ignored_folder_that_is_named_is_for_the_disk(tmp_path: Path) -> None:
    indexed = Indexed(tmp_path)
    indexed.user.save(".gitignore", "out/\n")
    indexed.user.save("out/a.py", "llama\n")
    indexed.build()
    bench = indexed.bench()
    assert bench.text(glob_files, pattern="*.py", path="out") == "out/a.py"
    assert bench.text(grep_search, pattern="llama", path="out").startswith("out/a.py:1: llama\n")
    assert bench.text(grep_search, pattern="llama").startswith("[No line matches in 1 files.")


def test_the_index_is_really_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    indexed = Indexed(tmp_path)
    indexed.user.save("src/a.py", "llama\n")
    indexed.user.save("src/b.py", "alpaca\n")
    indexed.build()
    bench = indexed.bench()

    def looked(*arguments: object, **named: object) -> None:
        raise AssertionError("the disk was listed")

    monkeypatch.setattr("arriero.workspace.tree.list_files", looked)
    assert bench.text(glob_files, pattern="*.py") == "src/a.py\nsrc/b.py"
    assert bench.text(grep_search, pattern="llama").startswith("src/a.py:1: llama\n")
    monkeypatch.setattr("arriero.workspace.tree.ignored_among", looked)
    assert bench.text(list_directory) == "src/"


@pytest.mark.parametrize(
    "spoil", ["pending", "few", "notice", "scanning", "reading only", "not kept"]
)
def test_an_index_that_is_not_certain_is_not_asked(tmp_path: Path, spoil: str) -> None:
    from arriero.workspace.folderwatch import Changed

    indexed = Indexed(tmp_path)
    path = indexed.user.save("a.py", "llama\n")
    indexed.build()
    index, root = indexed.index, indexed.disk.root
    assert indexed.searcher().listing([root]) is not None
    searcher = indexed.searcher()
    if spoil == "pending":
        index.feed([Changed(path, "changed")])
    elif spoil == "few":
        searcher = indexed.searcher(least_files=2)
    elif spoil == "notice":
        index.take_in(replace(index.status, notice="Only some files are indexed."))
    elif spoil == "scanning":
        index.take_in(replace(index.status, phase="scanning"))
    elif spoil == "reading only":
        index.take_in(replace(index.status, writes=False))
    else:
        indexed.note = "It is off."
    assert searcher.listing([root]) is None
    assert searcher.may_match([root], "llama", ignore_case=False) is None
    assert searcher.listed_in(root) == frozenset()
