"""Reads and writes while somebody exchanges folders and files for links to the outside.

ARRIERO_TEST_SCALE=full has 30,000 of them, half with each way of opening.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from arriero.workspace.confine import Confinement
from arriero.workspace.disk import Disk, DiskRefused, MoveFile, RemoveFile, WriteFile
from arriero.workspace.errors import WorkspaceError
from scale import by_scale

pytestmark = pytest.mark.usefixtures("opener")

_OPERATIONS = by_scale(600, full=15_000)
SECRET = "what nobody may see"
# Exchanges names in one step, so that each is always there: renameat2(2), renamex_np(2).
_SWAP = """
import ctypes, os, signal, sys
os.chdir(sys.argv[1])
libc = ctypes.CDLL(None)
def exchange(a, b):
    if sys.platform == "darwin":
        return libc.renamex_np(a, b, 2)
    return libc.renameat2(-100, a, -100, b, 2)
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
done = 0
print(flush=True)
while not ended:
    for name in (b"swap", b"deep/swap", b"file"):
        done += not exchange(name, name + b".evil")
print(done)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The folders `swap` and `deep/swap` and the `file` have an evil twin: a link to `outside`."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root / "swap", root / "deep/swap", outside):
        folder.mkdir(parents=True)
        for name in ("secret", "moved", "gone"):
            (folder / name).write_text("inside")
    (root / "file").write_text("inside")
    for name in ("secret", "moved", "gone"):
        (outside / name).write_text(SECRET)
    (outside / "only outside").write_text("")
    (root / "swap.evil").symlink_to("../outside")
    (root / "deep/swap.evil").symlink_to(outside)
    (root / "file.evil").symlink_to("../outside/secret")
    return tmp_path


@contextmanager
def swapping(root: Path) -> Iterator[None]:
    """Have another process exchange them, again and again; at the end it must have done so."""
    command = [sys.executable, "-I", "-S", "-c", _SWAP, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
            process.terminate()
            assert int(process.stdout.read())
        finally:
            process.kill()


class Attempts:
    """What is tried in a folder; what it reads is kept in `seen`."""

    def __init__(self, root: Path) -> None:
        self.seen: set[bytes] = set()
        self._file = str(root / "file")
        self._reading, self._writing = Confinement([str(root)]), Disk([str(root)])

    @property
    def kinds(self) -> list[Callable[[str], None]]:
        """One after the other; each makes what the next may need."""
        return [
            self.read, self.look, self.scan, self.edit, self.make, self.remove, self.remove_secret,
            self.move, self.move_back,
        ]  # fmt: skip

    def read(self, path: str) -> None:
        """A file in the folder, and the one that is exchanged itself."""
        self.seen.add(self._reading.read(f"{path}/secret", 100))
        self.seen.add(self._reading.read(self._file, 100))

    def look(self, path: str) -> None:
        """At a file that has another size outside."""
        facts = self._reading.stat(f"{path}/secret")
        self.seen.add(SECRET.encode() if facts and facts.st_size == len(SECRET) else b"inside")

    def scan(self, path: str) -> None:
        """Names that are only outside are not seen."""
        names = {entry.name for entry in self._reading.scan(path)}
        self.seen.add(SECRET.encode() if "only outside" in names else b"inside")

    def edit(self, path: str) -> None:
        """What an attacker hopes for: a change worked out for the text that is outside."""
        self._writing.perform([WriteFile(f"{path}/secret", b"inside", b"inside")])
        for target in (self._file, f"{path}/secret"):
            with suppress(DiskRefused):
                self._writing.perform([WriteFile(target, b"inside", SECRET.encode())])

    def make(self, path: str) -> None:
        """A folder and a file in it."""
        self._writing.perform([WriteFile(f"{path}/new/made", b"made", None)])

    def remove(self, path: str) -> None:
        """What was made."""
        self._writing.perform([RemoveFile(f"{path}/new/made", b"made")])

    def remove_secret(self, path: str) -> None:
        """A file with the text that is outside."""
        self._writing.perform([RemoveFile(f"{path}/gone", SECRET.encode())])

    def move(self, path: str) -> None:
        """To another name in the folder."""
        self._writing.perform([MoveFile(f"{path}/moved", f"{path}/moved.2")])

    def move_back(self, path: str) -> None:
        """To its name."""
        self._writing.perform([MoveFile(f"{path}/moved.2", f"{path}/moved")])


def test_no_read_and_no_write_leaves_the_workspace(tree: Path) -> None:
    root, outside = tree / "root", tree / "outside"
    before = {path.name: path.read_text() for path in outside.iterdir()}
    attempts = Attempts(root)
    folders = [str(root / "swap"), str(root / "deep/swap")]
    came: Counter[str] = Counter()
    with swapping(root):
        for number in range(_OPERATIONS):
            round_, kind = divmod(number, len(attempts.kinds))
            try:
                attempts.kinds[kind](folders[round_ % 2])
                came["done"] += 1
            except (WorkspaceError, DiskRefused) as error:
                came[type(error).__name__] += 1
    assert attempts.seen <= {b"inside"}
    assert {path.name: path.read_text() for path in outside.iterdir()} == before
    assert came["done"]
    print(dict(came))
