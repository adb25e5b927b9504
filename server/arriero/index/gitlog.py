"""Read git's log: which commits there are, and what each of them touched."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from arriero.workspace.git import ask_git

log = logging.getLogger(__name__)

_SECONDS = 20.0  # for one call of git
# No program that the user's or the repository's settings name is run, and no setting changes the
# form of the answer.
_SETTINGS = ("log.showSignature=false", "log.showRoot=true", "diff.renameLimit=400")
_PLAIN = (*(part for setting in _SETTINGS for part in ("-c", setting)), "--no-pager", "log")
_FORM = ("--no-color", "--no-mailmap", "--no-ext-diff", "--no-textconv", "--encoding=UTF-8", "-z")


@dataclass(frozen=True)
class Commit:
    """A commit: `hash` in hexadecimal, `at` in seconds since 1970, paths relative to the root."""

    hash: bytes
    at: int
    subject: str
    paths: tuple[bytes, ...]
    renames: tuple[tuple[bytes, bytes], ...] = ()


def head(root: str) -> bytes | None:
    """Return what the log begins with, b"" where there is none, None where git does not tell."""
    answer = ask_git(root, [*_PLAIN, *_FORM, "--format=%H", "--max-count=1"], seconds=_SECONDS)
    if answer is None or not answer.complete:
        return None
    return answer.records[0] if answer.records else b""


def listed(root: str, most: int, known: int) -> list[bytes] | None:
    """Return the newest commits that touch the folder, newest first; None if there was no time."""
    arguments = ["--format=%H", "--no-merges", "--no-follow", f"--max-count={most}", "--", "."]
    answer = ask_git(root, [*_PLAIN, *_FORM, *arguments], seconds=_SECONDS)
    if answer is None or (not answer.complete and len(answer.records) < known):
        return None
    return answer.records


def read(root: str, hashes: Sequence[bytes]) -> list[Commit]:
    """Return what git knows of some commits."""
    arguments = [
        "--stdin", "--no-walk=unsorted", "--name-status", "--relative", "--no-follow",
        "--format=%x01%H%x00%ct%x00%D%x00%s", "--decorate-refs=refs/none",
    ]  # fmt: skip
    stdin = b"\n".join([*hashes, b""])
    # A clone without its old contents cannot tell what was renamed and changed as well.
    for renames in ("-M", "--no-renames"):
        answer = ask_git(
            root, [*_PLAIN, *_FORM, *arguments, renames], stdin=stdin, seconds=_SECONDS
        )
        if answer is not None and answer.complete and answer.exit_code == 0:
            return list(_parsed(answer.records))
    log.info("git does not show its log in %r", root)
    return []


def _parsed(records: Sequence[bytes]) -> Iterator[Commit]:
    fields = iter(records)
    field = next(fields, None)
    while field is not None:
        if not field.startswith(b"\1"):
            field = next(fields, None)
            continue
        hash_ = field[1:]
        at, marks, subject = next(fields), next(fields), next(fields)
        paths: dict[bytes, None] = {}
        renames = []
        field = next(fields, None)
        while field is not None and not field.startswith(b"\1"):
            status = field.strip()
            if status[:1] in (b"R", b"C"):
                old, new = next(fields), next(fields)
                paths[new] = None
                if status[:1] == b"R":
                    renames.append((old, new))
            elif status:
                paths[next(fields)] = None
            field = next(fields, None)
        if b"grafted" in marks:  # it seems to add everything, because older ones are not there
            paths.clear()
        yield Commit(
            hash_,
            int(at),
            subject.decode("utf-8", "replace"),
            tuple(paths),
            tuple(renames),
        )
