"""Somebody who works in a folder all day: what they do to its files, and what a watcher tells."""

from __future__ import annotations

import os
import random
import shutil
import string
import subprocess
from collections.abc import Iterable
from pathlib import Path

from arriero.workspace.folderwatch import Changed

FILES = 240
_VERBS = ("read", "send", "fold", "weigh", "count", "tie")
_NOUNS = ("ledger", "parcel", "mule", "saddle", "toll", "receipt", "bridge")
_NAMES = [f"{verb}_{noun}" for verb in _VERBS for noun in _NOUNS]
_ODD = [b"caf\xe9_%d.txt", b"\xff\xfe%d.py", b"new\nline%d.md", "ärger %d.py".encode(), b"-n%d.c"]
_RULES = ["*.log\n", "*.log\n*.tmp\n", "*.log\nsub1/\n", "*.log\n*.md\n!notes0.md\n", ""]
_OFTEN = 15  # saves for each act that touches much


class Person:
    """Works in the folder `root`, with git. Each act returns what a watcher tells of it."""

    def __init__(self, root: str, chance: random.Random) -> None:
        self.root = root
        self.last: tuple[str, str] | None = None  # a file that was saved, and a word in it only
        self._chance = chance
        self._paths: list[str] = []
        self._saves = 0
        self._commits = 0
        self._branch = 0
        self._settle_in()

    def act(self) -> list[Changed]:
        """Do something: mostly, save a file."""
        seldom = [self._switch_branch, self._move_folder, self._change_rules]
        often = [
            *[self._save] * 6, self._replace, self._append, self._create, self._create_oddly,
            self._delete, self._move,
        ]  # fmt: skip
        few = self._chance.randrange(_OFTEN) == 0
        self.last = None
        return self._chance.choice(seldom if few else often)()

    def lose_the_folder(self) -> list[Changed]:
        """Delete everything, the repository as well, and begin anew."""
        shutil.rmtree(self.root)
        self.last = None
        self._settle_in()
        return [Changed(self.root, "rescan")]

    def bring_much(self, size: int) -> list[Changed]:
        """Add files with words that were never there."""
        changes = []
        for _ in range(10):
            self._saves += 1
            path = os.path.join(self.root, "much", f"load{self._saves}.txt")
            words = (f"w{self._chance.randrange(1 << 40):x}" for _ in range(size))
            self._write(path, " ".join(words) + "\n")
            self._paths.append(path)
            changes.append(Changed(path, "created"))
        return changes

    def commit(self) -> None:
        """Commit everything."""
        self._commits += 1
        self._git("add", "-A")
        self._git("commit", "-q", "--allow-empty", "-m", f"Let {self._name()} be {self._commits}")

    # -- the acts

    def _save(self) -> list[Changed]:
        path = self._any()
        self._write(path, self._text(path))
        return [Changed(path, "changed")]

    def _append(self) -> list[Changed]:
        path = self._any()
        with open(path, "a", encoding="utf-8") as file:
            file.write(self._text(path))
        return [Changed(path, "changed")]

    def _replace(self) -> list[Changed]:
        """Save as many editors do: another file takes its place."""
        path = self._any()
        beside = path + ".tmp"
        self._write(beside, self._text(path))
        os.replace(beside, path)
        return [Changed(path, "created"), Changed(beside, "deleted")]

    def _create(self) -> list[Changed]:
        path = self._new()
        known = os.path.lexists(path)
        self._write(path, self._text(path))
        if not known:
            self._paths.append(path)
        return [Changed(path, "changed" if known else "created")]

    def _create_oddly(self) -> list[Changed]:
        """Make a file with a name that is not UTF-8, has a line break, or looks like an option."""
        odd = self._chance.choice(_ODD)
        name = odd % self._chance.randrange(4) if b"%d" in odd else odd
        path = os.path.join(os.path.dirname(self._any()), os.fsdecode(name))
        known = os.path.lexists(path)
        self._write(path, self._text(path))
        if not known:
            self._paths.append(path)
        return [Changed(path, "changed" if known else "created")]

    def _delete(self) -> list[Changed]:
        if len(self._paths) < FILES // 2:
            return self._create()
        path = self._paths.pop(self._chance.randrange(len(self._paths)))
        os.unlink(path)
        return [Changed(path, "deleted")]

    def _move(self) -> list[Changed]:
        old, new = self._any(), self._new()
        if old == new:
            return self._save()
        Path(new).parent.mkdir(parents=True, exist_ok=True)
        os.rename(old, new)
        self._paths = [path for path in self._paths if path not in (old, new)] + [new]
        return [Changed(old, "deleted"), Changed(new, "created")]

    def _move_folder(self) -> list[Changed]:
        folders = sorted({os.path.dirname(path) for path in self._paths} - {self.root})
        old = self._chance.choice(folders)
        new = os.path.join(self.root, f"moved{self._chance.randrange(5)}", os.path.basename(old))
        if new.startswith(old) or os.path.lexists(new):
            return self._save()
        Path(new).parent.mkdir(exist_ok=True)
        os.rename(old, new)
        self._look()
        return [Changed(old, "deleted"), *self._created(new)]

    def _change_rules(self) -> list[Changed]:
        path = os.path.join(self.root, ".gitignore")
        self._write(path, self._chance.choice(_RULES))
        return [Changed(path, "changed")]

    def _switch_branch(self) -> list[Changed]:
        """Commit, and go to another branch."""
        self.commit()
        before = self._git("rev-parse", "HEAD").decode().strip()
        branches = self._git("branch", "--format=%(refname:short)").decode().split()
        if len(branches) < 4:
            self._branch += 1
            self._git("checkout", "-q", "-b", f"branch{self._branch}", "HEAD~1", "--force")
        else:
            self._git("checkout", "-q", "--force", self._chance.choice(branches))
        changed = self._git("diff", "--name-only", "--no-renames", "-z", before, "HEAD")
        self._look()
        paths = [os.path.join(self.root, os.fsdecode(n)) for n in changed.split(b"\0") if n]
        return [Changed(p, "changed" if os.path.lexists(p) else "deleted") for p in paths]

    # -- how

    def _settle_in(self) -> None:
        os.makedirs(self.root, exist_ok=True)
        self._git("init", "-q", "-b", "main")
        for number in range(FILES):
            name = f"part{number % 9}/sub{number % 4}/{self._name()}{number}.{self._ending()}"
            path = os.path.join(self.root, name)
            self._write(path, self._text(path))
        self._write(os.path.join(self.root, ".gitignore"), _RULES[0])
        self.commit()
        self.commit()
        self._look()

    def _created(self, folder: str) -> Iterable[Changed]:
        return [Changed(p, "created") for p in self._paths if p.startswith(folder + "/")]

    def _look(self) -> None:
        """Take note of the files that there are."""
        self._paths = sorted(
            os.path.join(folder, name)
            for folder, _, names in os.walk(self.root)
            if "/.git" not in folder
            for name in names
            if name != ".gitignore"
        )

    def _any(self) -> str:
        return self._chance.choice(self._paths)

    def _new(self) -> str:
        name = f"{self._name()}{self._chance.randrange(30)}.{self._ending()}"
        return os.path.join(os.path.dirname(self._any()), name)

    def _name(self) -> str:
        return self._chance.choice(_NAMES)

    def _ending(self) -> str:
        return self._chance.choice(["py", "py", "py", "ts", "go", "md", "txt", "log"])

    def _text(self, path: str) -> str:
        """Write some functions and a word that is nowhere else."""
        self._saves += 1
        word = (
            "q" + "".join(string.ascii_lowercase[int(digit)] for digit in str(self._saves)) + "zq"
        )
        self.last = (path, word)
        lines = [f"# {word}"]
        for _ in range(self._chance.randrange(1, 12)):
            lines += [f"def {self._name()}(load):", f"    return {self._name()}(load) + 1", ""]
        return "\n".join(lines) + "\n"

    def _write(self, path: str, text: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def _git(self, *arguments: str) -> bytes:
        environment = {"PATH": os.environ["PATH"], "HOME": self.root, "GIT_CONFIG_NOSYSTEM": "1"}
        options = ("user.name=A", "user.email=a@example.org", "gc.auto=0", "core.fsync=none")
        settings = [word for option in options for word in ("-c", option)]
        done = subprocess.run(
            ["git", *settings, *arguments],
            cwd=self.root, env=environment, check=True, capture_output=True, timeout=60,
        )  # fmt: skip
        return done.stdout
