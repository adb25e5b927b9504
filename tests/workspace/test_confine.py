from __future__ import annotations

import contextlib
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from arriero.workspace import beneath
from arriero.workspace.confine import Confinement, is_beneath
from arriero.workspace.errors import (
    BadPath,
    FileMissing,
    IsDirectory,
    NotDirectory,
    NotRegular,
    OutsideWorkspace,
    TooLarge,
    Unreadable,
    VanishedFolder,
    WorkspaceError,
)

SECRET = b"what nobody may see"


@pytest.fixture(params=["openat2", "walk"])
def opener(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "walk":
        monkeypatch.setattr(beneath, "has_openat2", lambda: False)
    elif not beneath.has_openat2():
        pytest.skip("the kernel has no openat2")
    return str(request.param)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A workspace `root`, an allowed folder `allowed`, and `outside` with a secret."""
    for name in ("root/src", "allowed", "outside"):
        (tmp_path / name).mkdir(parents=True)
    root = tmp_path / "root"
    (root / "a.txt").write_bytes(b"a")
    (root / "src/b.txt").write_bytes(b"bb")
    (tmp_path / "allowed/c.txt").write_bytes(b"ccc")
    (tmp_path / "outside/secret").write_bytes(SECRET)
    links = {
        "to_file": "a.txt",
        "to_folder": "src",
        "src/up": "../a.txt",
        "absolute": str(root / "src"),
        "chain": "to_folder",
        "to_allowed": str(tmp_path / "allowed"),
        "out_file": str(tmp_path / "outside/secret"),
        "out_folder": "../outside",
        "out_chain": "out_folder",
        "circle": "circle",
        "dangling": "nowhere",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    return tmp_path


def confined(tree: Path) -> Confinement:
    return Confinement([str(tree / "root"), str(tree / "allowed")])


@pytest.mark.usefixtures("opener")
@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("root/a.txt", b"a"),
        ("root/src/b.txt", b"bb"),
        ("root/to_file", b"a"),
        ("root/to_folder/b.txt", b"bb"),
        ("root/src/up", b"a"),
        ("root/absolute/b.txt", b"bb"),
        ("root/chain/b.txt", b"bb"),
        ("root/to_allowed/c.txt", b"ccc"),
        ("allowed/c.txt", b"ccc"),
    ],
)
def test_what_stays_beneath_the_folders_is_read(tree: Path, path: str, content: bytes) -> None:
    assert confined(tree).read(str(tree / path), 100) == content
    facts = confined(tree).stat(str(tree / path))
    assert facts is not None
    assert facts.st_size == len(content)


@pytest.mark.usefixtures("opener")
@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("outside/secret", OutsideWorkspace),
        ("root/out_file", OutsideWorkspace),
        ("root/out_folder/secret", OutsideWorkspace),
        ("root/out_chain/secret", OutsideWorkspace),
        ("root/../outside/secret", OutsideWorkspace),
        ("root/circle", Unreadable),
        ("root/dangling", FileMissing),
        ("root/none", FileMissing),
        ("root/a.txt/x", FileMissing),
        ("root/src", IsDirectory),
        ("root", IsDirectory),
        ("root/a\0b", BadPath),
        ("root/" + "n" * 300, BadPath),
    ],
)
def test_what_cannot_be_read_is_said(tree: Path, path: str, error: type[WorkspaceError]) -> None:
    with pytest.raises(error) as caught:
        confined(tree).read(f"{tree}/{path}", 100)
    assert str(caught.value).endswith(".")


@pytest.mark.usefixtures("opener")
def test_a_file_is_read_up_to_the_limit_and_no_further(tree: Path) -> None:
    path = tree / "root/big"
    path.write_bytes(b"x" * 100)
    assert len(confined(tree).read(str(path), 100)) == 100
    with pytest.raises(TooLarge):
        confined(tree).read(str(path), 99)
    with open(path, "wb") as sparse:
        sparse.truncate(10 << 30)
    with pytest.raises(TooLarge):
        confined(tree).read(str(path), 1 << 20)


@pytest.mark.skipif(not os.path.exists("/proc/self/maps"), reason="needs /proc")
def test_a_file_that_claims_to_be_empty_is_bounded_too() -> None:
    with pytest.raises(TooLarge):
        Confinement(["/proc/self"]).read("/proc/self/maps", 10)


@pytest.mark.usefixtures("opener")
def test_pipes_sockets_and_devices_are_refused_at_once(tree: Path) -> None:
    os.mkfifo(tree / "root/pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tree / "root/socket"))
        for name in ("pipe", "socket"):
            with pytest.raises(NotRegular):
                confined(tree).read(str(tree / "root" / name), 100)
            facts = confined(tree).stat(str(tree / "root" / name))
            assert facts is not None
    with pytest.raises(NotRegular):
        Confinement(["/dev"]).read("/dev/null", 100)


@pytest.mark.usefixtures("opener")
def test_a_folder_is_listed_with_what_its_links_lead_to(tree: Path) -> None:
    entries = {entry.name: entry for entry in confined(tree).scan(str(tree / "root"))}
    assert list(entries) == sorted(entries)
    assert entries["src"].is_directory
    assert entries["a.txt"].size == 1
    assert entries["to_folder"].is_directory
    assert entries["to_file"].is_link
    assert entries["to_allowed"].is_directory
    assert not entries["out_folder"].is_directory
    assert entries["out_file"].size == 0


@pytest.mark.usefixtures("opener")
def test_a_file_is_no_folder(tree: Path) -> None:
    with pytest.raises(NotDirectory):
        confined(tree).scan(str(tree / "root/a.txt"))
    with pytest.raises(FileMissing):
        confined(tree).scan(str(tree / "root/none"))


@pytest.mark.usefixtures("opener")
def test_a_folder_that_vanishes_is_said_and_may_return(tree: Path) -> None:
    confinement = confined(tree)
    (tree / "root").rename(tree / "moved")
    with pytest.raises(VanishedFolder):
        confinement.read(str(tree / "root/a.txt"), 100)
    (tree / "moved").rename(tree / "root")
    assert confinement.read(str(tree / "root/a.txt"), 100) == b"a"


@pytest.mark.usefixtures("opener")
def test_names_that_are_not_utf8_are_opened_and_shown(tree: Path) -> None:
    name = os.fsencode(tree / "root") + b"/caf\xe9"
    with open(name, "wb") as file:
        file.write(b"1")
    path = os.fsdecode(name)
    assert confined(tree).read(path, 10) == b"1"
    assert confined(tree).display(path) == "caf\\xe9"
    with pytest.raises(TooLarge, match=r"caf\\xe9"):
        confined(tree).read(path, 0)


@pytest.mark.usefixtures("opener")
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_said(tree: Path) -> None:
    (tree / "root/a.txt").chmod(0)
    with pytest.raises(Unreadable, match="permission"):
        confined(tree).read(str(tree / "root/a.txt"), 10)
    assert confined(tree).stat(str(tree / "root/a.txt")) is not None


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("root/to_folder/b.txt", "root/src/b.txt"),
        ("root/to_allowed/new", "allowed/new"),
        ("root/src/../a.txt", "root/a.txt"),
        ("root/new/deep/file", "root/new/deep/file"),
    ],
)
def test_canonical_paths(tree: Path, path: str, canonical: str) -> None:
    assert confined(tree).canonical(f"{tree}/{path}") == str(tree / canonical)


@pytest.mark.parametrize("path", ["root/out_folder/new", "outside", "root/.."])
def test_paths_outside_have_no_canonical_form(tree: Path, path: str) -> None:
    with pytest.raises(OutsideWorkspace):
        confined(tree).canonical(f"{tree}/{path}")


@pytest.mark.parametrize(
    ("path", "folder", "expected"),
    [("/a/b", "/a", True), ("/a", "/a", True), ("/ab", "/a", False), ("/x", "/", True)],
)
def test_is_beneath(path: str, folder: str, expected: bool) -> None:
    assert is_beneath(path, folder) is expected


def test_display(tree: Path) -> None:
    confinement = confined(tree)
    assert confinement.display(str(tree / "root/src/b.txt")) == "src/b.txt"
    assert confinement.display(str(tree / "root")) == "."
    assert confinement.display(str(tree / "allowed/c")) == str(tree / "allowed/c")
    assert Confinement(["/"]).display("/etc/hosts") == "etc/hosts"


@pytest.mark.usefixtures("opener")
def test_no_descriptor_is_left_open(tree: Path) -> None:
    confinement = confined(tree)

    def attempt(use: Callable[[], object]) -> None:
        with contextlib.suppress(WorkspaceError):
            use()

    before = len(os.listdir("/dev/fd"))
    for name in ("a.txt", "out_file", "circle", "none", "src", "absolute/b.txt"):
        path = str(tree / "root" / name)
        attempt(lambda path=path: confinement.read(path, 0))  # type: ignore[misc]
        attempt(lambda path=path: confinement.read(path, 99))  # type: ignore[misc]
        attempt(lambda path=path: confinement.stat(path))  # type: ignore[misc]
        attempt(lambda path=path: confinement.scan(path))  # type: ignore[misc]
    assert len(os.listdir("/dev/fd")) == before


@pytest.mark.usefixtures("opener")
def test_half_a_character_is_no_path(tree: Path) -> None:
    with pytest.raises(BadPath):
        confined(tree).read(f"{tree}/root/a\ud800", 100)


@pytest.mark.usefixtures("opener")
def test_a_folder_within_another_that_became_a_link_leads_nowhere(tree: Path) -> None:
    """An allowed folder that lies in the workspace is looked at from the workspace's own."""
    inner = tree / "root/inner"
    inner.mkdir()
    (inner / "secret").write_bytes(b"inside")
    confinement = Confinement([str(tree / "root"), str(inner)])
    assert confinement.read(str(inner / "secret"), 100) == b"inside"
    inner.rename(tree / "root/kept")
    inner.symlink_to(tree / "outside")
    with pytest.raises(OutsideWorkspace):
        confinement.read(str(inner / "secret"), 100)
    with pytest.raises(OutsideWorkspace):
        confinement.scan(str(inner))


def test_the_walk_refuses_to_go_up(tree: Path) -> None:
    folder = os.open(tree / "root", os.O_DIRECTORY)
    try:
        with pytest.raises(OSError, match="cross-device"):
            beneath.walk(folder, "src/../../outside/secret", beneath.READ)
        opened = beneath.walk(folder, "./src//b.txt", beneath.READ)
        assert stat.S_ISREG(os.fstat(opened).st_mode)
        os.close(opened)
    finally:
        os.close(folder)
