"""A workspace folder, a shadow over it, and short ways to run a script there."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from arriero.shadow.types import Command, CommandResult, Limits, Shadow

IGNORED_FOLDERS = ("build", "cache")
FILES = {
    "readme.md": "hello\n",
    "src/app.py": "print('app')\n",
    "src/deep/leaf.txt": "leaf\n",
    "tool.sh": "#!/bin/sh\necho tool\n",
    "link": "-> readme.md",
    "build/old.o": "old\n",
    ".gitignore": "build/\n*.log\n",
}


@dataclass
class Desk:
    """`root` is the workspace; relative names stand for files in it."""

    root: Path
    shadow: Shadow
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": os.environ["PATH"]})

    async def run(
        self,
        script: str,
        files: Mapping[str, str | None] | None = None,
        limits: Limits | None = None,
        stdin: bytes = b"",
    ) -> CommandResult:
        """Run a script of bash in the workspace."""
        supplied = {
            str(self.root / name): None if text is None else text.encode()
            for name, text in (files or {}).items()
        }
        return await self.shadow.run(
            Command(
                ("bash", "-c", script),
                str(self.root),
                supplied,
                self.environment,
                limits or Limits(seconds=20),
                stdin,
            )
        )

    def writes(self, result: CommandResult) -> dict[str, str | None]:
        """Return the writes of a result by relative name."""
        return {
            os.path.relpath(write.path, self.root): None
            if write.content is None
            else write.content.decode(errors="surrogateescape")
            for write in result.writes
        }


def put(root: Path, files: Mapping[str, str]) -> None:
    """Write files; a text `-> x` makes a symbolic link to x."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            path.symlink_to(text[3:])
        else:
            path.write_text(text)
            if text.startswith("#!"):
                path.chmod(0o755)


def snapshot(root: Path) -> dict[str, str]:
    """Return everything beneath a folder: modes, links and texts."""
    found = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            what = f"-> {os.readlink(path)}"
        else:
            what = path.read_text(errors="replace") if stat.S_ISREG(status.st_mode) else ""
        found[str(path.relative_to(root))] = f"{status.st_mode:o} {what}"
    return found


def ignored(root: str, paths: Sequence[str]) -> set[str]:
    """Folders named build and cache, and files named *.log, are ignored."""
    return {
        path
        for path in paths
        if path.endswith(".log")
        or not set(IGNORED_FOLDERS).isdisjoint(os.path.relpath(path, root).split("/"))
    }


def listing(root: str) -> list[str]:
    """Return the files that are not ignored."""
    files = [
        str(path)
        for path in Path(root).rglob("*")
        if path.is_file() and not path.is_symlink() and ".git" not in path.parts
    ]
    return sorted(set(files) - ignored(root, files))
