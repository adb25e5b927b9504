"""Which files are listed, and which are taken for unchanged."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from arriero.index import catalogue
from arriero.index.catalogue import Stamp, look, scan, settled
from arriero.index.indexer.work import Options
from arriero.index.paths import absolute, in_order, relative
from arriero.workspace.files import Listing, list_files
from arriero.workspace.git import Asked
from index.harness import Disk, content, settle
from workspace.powerless import powerless


@pytest.mark.parametrize("git", [False, True])
def test_what_is_listed_is_what_every_other_list_has(tmp_path: Path, git: bool) -> None:
    disk = Disk(tmp_path)
    for name in ("a.py", "d/b.py", "d/no.log", "e/.gitignore", "e/c.py", "e/x.tmp"):
        disk.write(name, "*.tmp\n" if name.endswith("ignore") else "")
    disk.write(".gitignore", "*.log\n")
    os.symlink("a.py", os.path.join(disk.root, "link.py"))
    os.symlink("d", os.path.join(disk.root, "linked"))
    if git:
        subprocess.run(["git", "init", "-q", disk.root], check=True)
        subprocess.run(["git", "init", "-q", os.path.join(disk.root, "inner")], check=True)
        disk.write("inner/i.py", "")
        disk.write("inner/.gitignore", "gone.py\n")
        disk.write("inner/gone.py", "")
    found = scan(disk.root, {})
    assert found is not None
    assert {absolute(disk.root, n) for n in found.listed} == set(list_files(disk.root).paths)
    assert set(found.changed) == set(found.listed)
    assert not found.notice


def test_where_git_takes_all_the_time_there_is_still_some_to_list_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path)
    disk.write("a.py")
    subprocess.run(["git", "init", "-q", disk.root], check=True)
    given: list[float] = []

    def list_slowly(root: str, *, limit: int, seconds: float, exclude: object) -> Listing:
        given.append(seconds)
        return list_files(root, limit=limit, seconds=seconds)

    monkeypatch.setattr(Asked, "records", lambda *_, **__: None)
    monkeypatch.setattr(catalogue, "list_files", list_slowly)
    found = scan(disk.root, {}, seconds=0.0)
    assert found is not None
    assert set(found.listed) == {b"a.py"}
    assert given
    assert given[0] >= 5.0


def test_what_changed_and_what_is_missing(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    for name in ("same", "other", "gone"):
        disk.write(name, "x")
    first = scan(disk.root, {})
    assert first is not None
    os.unlink(os.path.join(disk.root, "gone"))
    disk.write("other", "longer")
    disk.write("new", "")
    second = scan(disk.root, first.listed)
    assert second is not None
    assert set(second.changed) == {b"other", b"new"}
    assert second.missing == (b"gone",)
    assert scan(disk.root + "-not-there", {}) is None


def test_a_change_that_leaves_size_and_time_of_change_as_they_were(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    path = disk.write("a", "one")
    first = scan(disk.root, {})
    facts = os.stat(path)
    with open(path, "r+") as file:
        file.write("two")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    while os.stat(path).st_ctime_ns == facts.st_ctime_ns:  # the clock of the file system ticked
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert first is not None
    second = scan(disk.root, first.listed)
    assert second is not None
    assert list(second.changed) == [b"a"]


@pytest.mark.parametrize(
    ("changed_before", "remembered"),
    [(10.0, True), (3.0, True), (1.0, False), (0.0, False), (-5.0, False)],
)
def test_a_file_that_was_read_right_after_a_change_is_read_again(
    changed_before: float, remembered: bool
) -> None:
    now = 10**18
    stamp = Stamp(5, now - int(changed_before * 1e9), 7)
    assert (settled(stamp, now) == stamp) is remembered
    assert settled(stamp, now).size == 7


def test_only_regular_files_have_a_stamp(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    os.symlink("file", tmp_path / "link")
    assert look(str(tmp_path / "file")) is not None
    assert look(str(tmp_path / "link")) is None
    assert look(str(tmp_path)) is None
    assert look("no\0name") is None


@pytest.mark.parametrize(
    ("root", "path", "name"),
    [
        ("/w", "/w/a", b"a"),
        ("/", "/w/a", b"w/a"),
        ("/w", "/wa", None),
        ("/w", "/w", None),
        ("/w", "/w/caf\udce9", b"caf\xe9"),
    ],
)
def test_names(root: str, path: str, name: bytes | None) -> None:
    assert relative(root, path) == name
    if name is not None:
        assert absolute(root, name) == path


def test_the_order_is_folder_by_folder() -> None:
    names = [b"a-b/x", b"a.py", b"a/x", b"a/b/c"]
    assert sorted(names, key=in_order) == [b"a/b/c", b"a/x", b"a-b/x", b"a.py"]


def test_of_too_many_files_as_many_are_looked_at_as_may_be_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = dict.fromkeys(b"f%d" % n for n in range(10_000))
    looked: list[bytes] = []

    real = os.lstat
    a_file = real(__file__)

    def there(path: str | bytes) -> os.stat_result:
        if not isinstance(path, bytes):
            return real(path)
        looked.append(path)
        return a_file

    monkeypatch.setattr(catalogue, "_names", lambda *_: (many, True))
    monkeypatch.setattr(os, "lstat", there)
    found = scan(str(tmp_path), {}, most=1_000)
    assert found is not None
    assert len(found.listed) == 1_000
    assert "Only 1,000 files are indexed" in found.notice
    assert len(looked) < 1_100


@pytest.mark.parametrize("git", [False, True])
def test_what_leads_in_circles_or_is_no_file(tmp_path: Path, git: bool) -> None:
    disk = Disk(tmp_path)
    disk.write("d/a.py", "")
    os.truncate(disk.write("huge.py", ""), 5 << 30)  # takes no room
    for name, target in (("d/up", ".."), ("self", "self"), ("slash", "/"), ("dangling", "no")):
        os.symlink(target, os.path.join(disk.root, name))
    os.mkfifo(os.path.join(disk.root, "pipe"))
    if git:
        subprocess.run(["git", "init", "-q", disk.root], check=True)
    build = disk.build()
    settle(build)
    build.close()
    assert set(content(disk.index)) == {"b'd/a.py'", "b'huge.py'"}


def test_a_notice_goes_when_its_cause_does(tmp_path: Path) -> None:
    disk = Disk(tmp_path, Options(most_files=3))
    for n in range(5):
        disk.write(f"out/{n}.py", "")
    build = disk.build()
    settle(build)
    assert build.notice.startswith("Only ")
    build.changed([(disk.write(".ignore", "out/\n"), "created")], 1)
    settle(build)
    assert (build.files, build.notice) == (1, "")
    build.close()


@pytest.mark.parametrize("git", [False, True])
@pytest.mark.parametrize("above", [False, True])
def test_a_workspace_that_may_not_be_entered(tmp_path: Path, git: bool, above: bool) -> None:
    disk = Disk(tmp_path / "above")
    path = disk.write("a.py", "a")
    if git:
        subprocess.run(["git", "init", "-q", disk.root], check=True)
    closed = Path(disk.root).parent if above else Path(disk.root)
    closed.chmod(0)
    with powerless() as call:
        try:
            build = call(lambda: disk.build(tmp_path / "index"))
            call(lambda: settle(build))
            assert (build.files, build.phase) == (0, "ready")
            assert build.notice == (
                f"{disk.root} may not be read, so it is not known what is in it now; change its "
                "permissions or open another folder."
            )
            closed.chmod(0o700)
            build.changed([(disk.root, "rescan")], 1)
            call(lambda: settle(build))
            assert (build.files, build.notice) == (1, "")
            closed.chmod(0)
            build.changed([(disk.root, "rescan"), (path, "changed")], 2)
            call(lambda: settle(build))
            assert build.files == 1
            assert build.notice.startswith(f"{disk.root} may not be read")
            assert content(tmp_path / "index").keys() == {"b'a.py'"}
            call(build.close)
        finally:
            closed.chmod(0o700)


def test_what_our_own_rules_leave_out_does_not_count(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    subprocess.run(["git", "init", "-q", disk.root], check=True)
    for n in range(30):
        disk.write(f"data/{n}.csv", "")
    disk.write(".ignore", "data/\n")
    for n in range(19):
        disk.write(f"{n}.py", "")
    found = scan(disk.root, {}, most=28)
    assert found is not None
    assert (len(found.listed), found.notice) == (20, "")


def test_the_newest_come_first_and_what_came_together_by_name(tmp_path: Path) -> None:
    ages = {"b.py": 10_000, "c.py": 10_001, "d.py": 9_000, "a.py": 10_002}
    for name, age in ages.items():
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (age, age))
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    found = scan(os.path.realpath(tmp_path), {})
    assert found is not None
    assert list(found.changed) == [b"a.py", b"b.py", b"c.py", b"d.py"]
