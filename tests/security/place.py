"""A workspace full of traps, what is around it and must stay as it is, and what became of it."""

from __future__ import annotations

import atexit
import functools
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from arriero.workspace.buffers import NoBuffers
from arriero.workspace.disk import Disk, DiskRefused, Operation, RemoveFile, WriteFile
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.view import WorkspaceView

_PATIENCE = 20  # seconds; what waits for a pipe waits for ever
_MOST = 1_000_000  # characters that a tool may tell
_GIT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}


class Hung(BaseException):
    """It took too long. No `Exception`, so that nothing takes it for an error of its own."""


class Place:
    """`ws` is a repository, `outside` and `home` are nobody's business, all below `top`.

    Everything secret contains `mark`. `program` leaves `ran` behind when anything runs it.
    """

    def __init__(self) -> None:
        self.mark = "S3CR3T-" + secrets.token_hex(8)
        self.top = Path(os.path.realpath(tempfile.mkdtemp(prefix="place-")))
        self.ws, self.outside = self.top / "ws", self.top / "outside"
        self.home, self.evil = self.top / "home", self.top / "ws-evil"
        for folder in (self.ws / "src", self.outside, self.home / ".ssh", self.evil):
            folder.mkdir(parents=True)
        self.allowed = self.top / "allowed"
        self.allowed.mkdir()
        (self.allowed / "open.txt").write_text("open\n")
        for secret in (self.outside, self.evil, self.home, self.home / ".ssh"):
            (secret / "secret").write_text(f"{self.mark}\n")
        self._fill()
        self.ran = self.top / "ran"
        self.program = self.top / "program"
        self.program.write_text(f'#!/bin/sh\necho "$0 $*" >> {self.ran}\n')
        self.program.chmod(0o755)
        self._before = self._snapshot()

    def _fill(self) -> None:
        ws = self.ws
        (ws / "a.txt").write_text("one\ntwo\n")
        (ws / "src/b.py").write_text("b = 1\n")
        targets: dict[str, str | Path] = {
            "link_file": "../outside/secret", "link_dir": "../outside", "link_abs": self.outside,
            "chain": "link_dir", "dangling": "../outside/planted", "environ": "/proc/self/environ",
            "root": "/", "zero": "/dev/zero", "circle": "circle", "hooks": ".git/hooks",
        }  # fmt: skip
        for name, target in targets.items():
            (ws / name).symlink_to(target)
        (self.allowed / "link").symlink_to(self.outside)
        os.mkfifo(ws / "pipe")
        os.mkfifo(ws / "pipe.png")
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(ws / "socket"))
        with (ws / "sparse.txt").open("wb") as file:
            file.truncate(10 << 30)
        os.link(self.outside / "secret", ws / "hard")
        (ws / ".arriero").mkdir()
        (ws / ".arriero/config.yaml").write_text("mode: ask\n")
        (ws / ".git/hooks").mkdir(parents=True)
        (ws / ".git/config").write_text("[core]\n\trepositoryformatversion = 0\n")

    def view(self, *, allowed: bool = False) -> WorkspaceView:
        """Return what a run sees."""
        more = [str(self.allowed)] if allowed else []
        return WorkspaceView([str(self.ws)], NoBuffers(), allowed_dirs=more)

    def accept(self, view: WorkspaceView) -> str:
        """Write all that a run proposes to the files, as somebody who agrees to everything."""
        writing = Disk([str(self.ws), str(self.allowed)])
        operations: list[Operation] = []
        try:
            for path, content in view.overlay().items():
                there = writing.read(path)
                if content is not None:
                    operations.append(WriteFile(path, content, there))
                elif there is not None:
                    operations.append(RemoveFile(path, there))
            writing.perform(operations)
        except (DiskRefused, WorkspaceError) as error:
            return f"refused: {error}"
        return "written"

    def git(self, *arguments: str, folder: Path | None = None) -> None:
        """Run git in the workspace as its user would."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), **_GIT}
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        subprocess.run(
            command,
            cwd=folder or self.ws,
            env=environment,
            check=True,
            capture_output=True,
        )

    def repository(self) -> None:
        """Make the workspace a repository of two commits, with changes that are not committed."""
        shutil.rmtree(self.ws / ".git")
        for name in ("pipe", "pipe.png", "socket", "sparse.txt"):
            (self.ws / name).unlink(missing_ok=True)
        shutil.copytree(_committed(), self.ws / ".git")
        self.git("update-index", "-q", "--refresh")
        (self.ws / "a.txt").write_text("1\n2\n")

    def settle(self) -> None:
        """Take what is there now for what it was."""
        self.ran.unlink(missing_ok=True)
        self._before = self._snapshot()

    def harm(self, text: str) -> list[str]:
        """Return everything that went wrong."""
        found = ["a secret was read"] if self.mark in text else []
        found += ["far too much was told"] if len(text) > _MOST else []
        after = self._snapshot()
        found += [f"{name} changed" for name in after if after[name] != self._before.get(name)]
        found += [f"{name} is gone" for name in self._before if name not in after]
        found += [f"a program ran: {self.ran.read_text()}"] if self.ran.exists() else []
        return found

    def remove(self) -> None:
        """Put everything away."""
        shutil.rmtree(self.top, ignore_errors=True)

    def _snapshot(self) -> dict[str, str]:
        """What must not change: all that is outside, and what only the user may write within."""
        found = {}
        for place in (self.outside, self.home, self.evil, self.ws / ".arriero"):
            for path in (place, *sorted(place.rglob("*"))):
                status = path.lstat()
                text = path.read_text(errors="replace") if stat.S_ISREG(status.st_mode) else ""
                found[str(path.relative_to(self.top))] = f"{status.st_mode:o} {text}"
        hooks = self.ws / ".git/hooks"
        found |= {str(p): "a hook" for p in hooks.glob("*") if not p.name.endswith(".sample")}
        return found


@functools.lru_cache(maxsize=1)
def _committed() -> Path:
    """Return a folder of git's with two commits; it goes with this process's temporary folder."""
    place = Place()
    atexit.register(place.remove)
    shutil.rmtree(place.ws / ".git")
    place.git("init", "-q", "-b", "main")
    for text in ("one\n", "one\ntwo\n"):
        (place.ws / "a.txt").write_text(text)
        place.git("add", "a.txt", "src")
        place.git("commit", "-q", "-m", text)
    return place.ws / ".git"


@contextmanager
def patience() -> Iterator[None]:
    """Raise `Hung` where what is done does not come to an end."""

    def over(number: int, frame: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(_PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
