"""A place with everything that an attack is after, and a look at what became of it."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import sysconfig
import tempfile
import threading
from pathlib import Path

from arriero.shadow.removal import remove_tree
from arriero.shadow.types import Command, CommandResult, Limits, Shadow

# Not through a version manager, whose start takes longer than an attack.
_PLAIN = "/usr/local/bin:/usr/bin:/bin"
_PATH = _PLAIN if shutil.which("python3", path=_PLAIN) else os.environ["PATH"]
FILES = {
    "README.md": "# yard\n",
    "src/app.py": "print('app')\n",
    "src/deep/er/leaf.txt": "leaf\n",
    "data.txt": "one\ntwo\n",
    ".gitignore": "build/\n*.log\n",
    ".vscode/tasks.json": "{}\n",
}
# What other programs obey, and nobody may be asked to accept among the changes of a command.
_OBEYED = frozenset({".git", ".vscode", ".idea", ".arriero", ".mcp.json", ".envrc", ".gitmodules",
                     ".bashrc", ".profile", ".bash_profile", ".zshenv", "head", ".codex",
                     ".gemini", ".windsurf", ".aider.conf.yml", "opencode.json", ".rprofile",
                     ".irbrc", ".pryrc", ".ghci", ".iex.exs", ".gdbinit", ".husky",
                     ".pre-commit-config.yaml", "lefthook.yml", ".lefthook.yml"})  # fmt: skip
_PLANTABLE = ("/tmp", "/var/tmp", "/dev/shm", "/usr", "/usr/local/bin", "/etc",
              sysconfig.get_path("purelib"))  # fmt: skip
LIMITS = Limits(
    seconds=10,
    output_bytes=100_000,
    memory_bytes=512 << 20,
    processes=64,
    file_bytes=32 << 20,
)


class Yard:
    """A workspace, a home with keys, a file and services outside, and a process to be spared.

    Everything secret contains `mark`, which no script is told.
    """

    def __init__(self) -> None:
        self.mark = "S3CR3T-" + secrets.token_hex(8)
        self.top = Path(tempfile.mkdtemp(prefix="yard-"))
        self.workspace = self.top / "workspace"
        self.home = self.top / "home"
        self.outside = self.top / "outside"
        self.state = self.top / "state"
        for name, text in FILES.items():
            self._write(self.workspace / name, text)
        for name in (".ssh/id_rsa", ".netrc", ".config/gh/hosts.yml", "notes.txt"):
            self._write(self.home / name, self.mark)
        self._write(self.outside / "secret", self.mark)
        self._write(self.state / "sessions.db", self.mark)
        os.mkfifo(self.workspace / "fifo")
        self.fifo = os.open(self.workspace / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        self.connections: list[str] = []
        self._sockets = [
            self._listen("tcp", socket.AF_INET, ("127.0.0.1", 0)),
            self._listen("unix", socket.AF_UNIX, str(self.outside / "socket")),
            self._listen("workspace unix", socket.AF_UNIX, str(self.workspace / "socket")),
            self._listen("abstract", socket.AF_UNIX, "\0" + self.mark[-16:]),
        ]
        self.spared = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"],
            env={"TOKEN": self.mark},
        )
        self._limits_before = self._limits()
        self._before = self._snapshot()

    @property
    def variables(self) -> dict[str, str]:
        """What a script may know: where things are."""
        return {
            "WS": str(self.workspace),
            "YARD_HOME": str(self.home),
            "OUT": str(self.outside),
            "STATE": str(self.state),
            "PORT": str(self._sockets[0].getsockname()[1]),
            "ABSTRACT": self.mark[-16:],
            "VICTIM": str(self.spared.pid),
            "DAEMON": str(os.getpid()),
        }

    @property
    def environment(self) -> dict[str, str]:
        """The editor's environment, full of secrets."""
        return {
            "PATH": _PATH,
            "HOME": str(self.home),
            "GITHUB_TOKEN": self.mark,
            "AWS_SECRET_ACCESS_KEY": self.mark,
            "DATABASE_URL": f"postgres://me:{self.mark}@db/x",
            "PIP_INDEX_URL": f"https://{self.mark}@pypi.example/simple",
            "SSH_AUTH_SOCK": str(self.outside / "socket"),
            "DOCKER_HOST": f"unix://{self.outside}/socket",
        }

    def command(self, script: str, limits: Limits = LIMITS) -> Command:
        """A script to run in the workspace, with the yard's places as variables of bash."""
        known = "".join(f"{name}='{value}'\n" for name, value in self.variables.items())
        return Command(
            ("bash", "-c", known + script), str(self.workspace), {}, self.environment, limits
        )

    async def attack(self, shadow: Shadow, script: str, limits: Limits = LIMITS) -> CommandResult:
        """Run a script."""
        return await shadow.run(self.command(script, limits))

    def harm(self, result: CommandResult) -> list[str]:
        """Return everything that went wrong outside the shadow."""
        found = []
        shadow_lines = _lines("/etc/shadow")
        contents = [write.content or b"" for write in result.writes]
        for text in (result.output, *(content.decode(errors="replace") for content in contents)):
            if self.mark in text:
                found.append("a secret was read")
            if any(line in text for line in shadow_lines):
                found.append("/etc/shadow was read")
        found += [
            f"{write.path} would join a proposal"
            for write in result.writes
            if write.content is not None and _is_obeyed(write.path[len(str(self.workspace)) + 1 :])
        ]
        after = self._snapshot()
        found += [
            f"{name} changed" for name in self._before if after.get(name) != self._before[name]
        ]
        found += [f"{name} appeared" for name in after if name not in self._before]
        found += [f"a {kind} socket was reached" for kind in self.connections]
        if self.spared.poll() is not None:
            found.append("a process outside was ended")
        elif _state(self.spared.pid) in "Tt":
            found.append("a process outside was stopped")
        elif self._limits() != self._limits_before:
            found.append("limits of a process outside were changed")
        try:
            if os.read(self.fifo, 1):
                found.append("a named pipe reached outside")
        except BlockingIOError:
            pass
        found += _left_over(str(self.top))
        return found

    def remove(self) -> None:
        """Put everything away."""
        self.spared.kill()
        self.spared.wait()
        os.close(self.fifo)
        for listening in self._sockets:
            listening.close()
        remove_tree(str(self.top))

    def _listen(self, kind: str, family: int, address: object) -> socket.socket:
        listening = socket.socket(family)
        listening.bind(address)  # type: ignore[arg-type]
        listening.listen()

        def accept() -> None:
            while True:
                try:
                    listening.accept()[0].close()
                except OSError:
                    return
                self.connections.append(kind)

        threading.Thread(target=accept, daemon=True).start()
        return listening

    def _limits(self) -> str:
        return Path(f"/proc/{self.spared.pid}/limits").read_text()

    def _snapshot(self) -> dict[str, str]:
        found = {}
        for place in (self.workspace, self.home, self.outside, self.state / "sessions.db"):
            for path in (place, *place.rglob("*")):
                status = path.lstat()
                digest = ""
                if stat.S_ISREG(status.st_mode):
                    digest = hashlib.sha256(path.read_bytes()).hexdigest()
                found[str(path)] = f"{status.st_mode:o} {status.st_uid} {status.st_nlink} {digest}"
        for name in ("/etc/passwd", "/etc/hosts", "/usr/bin/env", sys.executable):
            status = os.stat(name)
            found[name] = f"{status.st_mode:o} {status.st_mtime_ns}"
        for folder in _PLANTABLE:
            for name in os.listdir(folder):
                if name.startswith("planted") or name == "ld.so.preload":
                    found[f"{folder}/{name}"] = "planted"
        return found

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _is_obeyed(relative: str) -> bool:
    return not _OBEYED.isdisjoint(relative.casefold().split("/"))


def _lines(path: str) -> list[str]:
    try:
        return [line for line in Path(path).read_text().splitlines() if ":" in line]
    except OSError:
        return []


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _left_over(top: str) -> list[str]:
    """Return processes that attacks are told to leave behind, by their names."""
    found = []
    wanted = os.fsencode(top)
    for number in os.listdir("/proc"):
        if not number.isdigit():
            continue
        # Every process after every attack: without the objects that a `Path` costs.
        try:
            opened = os.open(f"/proc/{number}/cmdline", os.O_RDONLY)
        except OSError:
            continue
        try:
            line = os.read(opened, 1 << 16)
        except OSError:
            continue
        finally:
            os.close(opened)
        if line.startswith(b"lingering") and wanted in line:
            found.append(f"a process is left: {line!r}")
    return found
