"""Repositories with questions whose answers are known: subjects of commits, and what they touched.

What is asked about is newer than the history that the index is given. Three kinds:

- a git repository, as it was before the commits that are asked about;
- the source of a GNU program with the ChangeLog that was made of its git log. Its history is
  written again, but for the newest entries, which are asked about. The files are those of the
  release without what was generated, for every peer alike, and without the ChangeLog;
- a generated one, whose answers follow from how it was made.

Run by hand, this makes repositories of sources that `apt-get source` fetches:
`python tests/benchmarks/retrieval_repositories.py FOLDER coreutils findutils bison gnupg2 emacs`.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path

MOST_QUESTIONS = 200
MOST_ANSWERS = 8
_HEADER = re.compile(r"\d{4}-\d\d-\d\d  \S")
_AUTHOR = re.compile(r"[^*]+  <[^>]+@[^>]+>")
_MADE = re.compile(
    r"(^|/)((ChangeLog|NEWS|CHANGES)[^/]*|configure|aclocal\.m4|Makefile\.in|INSTALL|COPYING[^/]*"
    r"|po/[^/]+\.pot?|[^/]+\.(gmo|info(-\d+)?|elc|tab\.[ch])|[^/]*loaddefs\.el)$"
)
_FILE = re.compile(r"[\w.+-]+(?:/[\w.+-]+)*")


@dataclass(frozen=True)
class Question:
    """Words, and the files (relative paths) that answer them."""

    subject: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Repository:
    """A work tree with a history, and questions about it."""

    name: str
    root: Path
    questions: tuple[Question, ...]


def of_git(source: Path, target: Path) -> Repository:
    """Clone a repository as it was before the commits that are asked about."""
    shown = _git(
        source, "log", "--no-merges", "--first-parent", "--format=%x01%H%x00%s",
        "--name-status", "--no-renames", "--diff-filter=AM",
    )  # fmt: skip
    commits = []
    for entry in shown.split("\1")[1:]:
        head, *lines = entry.splitlines()
        commit, _, subject = head.partition("\0")
        commits.append((commit, subject, [line.split("\t")[1] for line in lines if "\t" in line]))
    asked = min(MOST_QUESTIONS, len(commits) // 2)
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(source), str(target)], check=True)
    _git(target, "reset", "-q", "--hard", commits[asked][0])
    questions = [Question(subject, tuple(files)) for _, subject, files in commits[:asked]]
    return Repository(source.name, target, _kept(target, questions))


def of_changelog(source: Path, target: Path) -> Repository:
    """Write the history of an unpacked source again from its ChangeLog."""
    text = _changelog(source).read_text("utf-8", "replace")
    entries = [
        entry
        for entry in (
            Question(entry.subject, tuple(filter(partial(_is_written, source), entry.files)))
            for entry in _entries(text.splitlines())
        )
        if entry.files
    ]
    _copy(source, target, {os.path.dirname(path) for entry in entries for path in entry.files})
    asked = min(MOST_QUESTIONS, len(entries) // 3)
    _git(target.parent, "init", "-q", str(target))
    _write_history(target, list(reversed(entries[asked:])))
    _git(target, "add", "-A", "--force")
    _git(target, "commit", "-q", "-m", "Release")
    return Repository(source.name, target, _kept(target, entries[:asked]))


def generated(target: Path, modules: int = 120, seed: int = 7) -> Repository:
    """Make a project whose parts have a name, a word in code, and a word in commits only."""
    rng = random.Random(seed)
    shutil.rmtree(target, ignore_errors=True)
    syllables = ["ba", "cor", "del", "fin", "gra", "hol", "jun", "kel", "lum", "mor", "nar", "pol"]
    words = sorted({"".join(rng.choices(syllables, k=3)) for _ in range(modules * 6)})
    rng.shuffle(words)
    entries: list[Question] = []
    questions: list[Question] = []
    for number in range(modules):
        name, inside, told, shared = (words.pop() for _ in range(4))
        source, test = f"src/{name}/engine.py", f"checks/case_{number}.py"
        noise = "\n".join(f"    total += {rng.choice(words)}_{n}()" for n in range(60))
        for path, text in (
            (source, f"def load_{inside}(total):\n{noise}\n    return total\n"),
            (test, f"# part {number}\n{noise}\n"),
        ):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_text(text)
        entries += [Question(f"Let {told} wait for {shared}", (source, test)) for _ in range(2)]
        questions += [
            Question(f"Repair load{inside.title()}", (source,)),
            Question(f"The {told} is slow again", (source, test)),
            Question(f"Add a limit to {name}", (source,)),
            Question(f"Call load_{inside} once only", (source,)),
            Question(f"Say why {inside} fails", (source,)),
        ]
    rng.shuffle(entries)
    _git(target.parent, "init", "-q", str(target))
    _write_history(target, entries)
    _git(target, "add", "-A")
    _git(target, "commit", "-q", "-m", "Release")
    return Repository("generated", target, tuple(questions))


def _is_written(source: Path, path: str) -> bool:
    """Tell whether a file is there and one that its authors write."""
    return (source / path).is_file() and not _MADE.search(path)


def _copy(source: Path, target: Path, folders: Set[str]) -> None:
    """Copy what a repository would have: folders of which the log speaks, nothing generated."""
    shutil.rmtree(target, ignore_errors=True)
    for folder in folders:
        (target / folder).mkdir(parents=True, exist_ok=True)
        for entry in os.scandir(source / folder):
            path = os.path.join(folder, entry.name)
            if entry.is_file(follow_symlinks=False) and _is_written(source, path):
                shutil.copyfile(source / path, target / path)


def _kept(root: Path, questions: Sequence[Question]) -> tuple[Question, ...]:
    """Keep what can be answered: of files that are there, and not by half of the project."""
    there = [
        Question(q.subject, tuple(f for f in q.files if (root / f).is_file())) for q in questions
    ]
    return tuple(q for q in there if 0 < len(q.files) <= MOST_ANSWERS and len(q.subject) > 12)


def _changelog(source: Path) -> Path:
    numbered = sorted(source.glob("ChangeLog.[0-9]*"), key=lambda path: int(path.suffix[1:]))
    plain = source / "ChangeLog"
    return plain if plain.exists() else numbered[-1]


def _entries(lines: Sequence[str]) -> Iterator[Question]:
    """Read what gitlog-to-changelog wrote: a date, then subjects with the files beneath."""
    subject, item = "", ""
    files: dict[str, None] = {}
    fresh = True
    for line in [*lines, "0000-00-00  end"]:
        text = line.strip()
        begins = _HEADER.match(line) is not None
        if _AUTHOR.fullmatch(text):
            continue
        other = fresh and text and text[0] not in "*(+" and (files or not subject)
        if item and (begins or not text or text.startswith("*")):
            files.update(dict.fromkeys(_names(item)))
            item = ""
            other = fresh and text and text[0] not in "*(+"
        if begins or other:
            if subject and files:
                yield Question(subject, tuple(files))
            subject, files = ("" if begins else text), {}
        elif text.startswith("*"):
            item = text[1:]
        elif item:
            item += " " + text
        fresh = begins or not text


def _names(item: str) -> list[str]:
    before = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", item).partition(":")[0]
    return _FILE.findall(before)


def _write_history(root: Path, entries: Sequence[Question]) -> None:
    """Make a commit of each entry; what the files hold in it does not matter."""
    lines: list[bytes] = []
    for number, entry in enumerate(entries):
        message = entry.subject.encode()
        lines.append(b"commit refs/heads/main")
        lines.append(b"committer A <a@example.org> %d +0000" % (1_500_000_000 + number * 60))
        lines.append(b"data %d\n%s" % (len(message), message))
        for path in entry.files:
            content = b"%d %s\n" % (number, path.encode())
            lines.append(b"M 100644 inline %s" % path.encode())
            lines.append(b"data %d\n%s" % (len(content), content))
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=root, input=b"\n".join(lines) + b"\n", check=True
    )
    _git(root, "symbolic-ref", "HEAD", "refs/heads/main")


def _git(folder: Path, *arguments: str) -> str:
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments],
        cwd=folder, env=environment, check=True, capture_output=True,
    )  # fmt: skip
    return done.stdout.decode("utf-8", "replace")


def main(folder: Path, packages: Sequence[str]) -> None:
    """Fetch sources of Debian and unpack them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "source", "--download-only", *packages], cwd=folder, check=True)
    for archive in folder.glob("*.orig.tar.*"):
        if archive.suffix != ".asc":
            with tarfile.open(archive) as packed:
                packed.extractall(folder, filter="data")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
