"""What is read of a line is what bash runs: random lines of odd signs, and bash as the judge."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from arriero.agent.permissions.shell import read_line
from scale import by_scale

LINES = by_scale(150, full=40_000)
# Without `~`, which a word tells by itself, and `time`, which a rule takes for a program.
_PIECES = (
    "cat", "ls", " ", " ", " ", "a", "b", "\\ ", "#", "\\#", "'", "'", '"', '"', "\\", "\\\\",
    "\\'", '\\"', ";", "|", "&&", "||", "&", "\n", "\t", ">", "<", "2>", "&1", ">&", "1",
    "/dev/null", "!", "$", "$'", "\\x41", "`", "*", "?", "[a]", "{", "}", "{a,b}", "=", "x=",
    "-", "--", "-1", ",", ":", "(", ")", "()", "%", "^", "@", "+", "é", "\\n", "\\$", "$ ",
    '"$"', "'\\''", "if", "then", "fi", "[", "[[", "]]", "]", "function", "case", "in", "for",
    "do", "done", "!(a)", "@(a)", "<<", "<<<", "E", "\\;", "\\|", "#a", "a#", "a #b", "\\ #",
    "((", "))", ";;", "|&", "&>", "<>", ">|", "1>&2", "\\\t", "..", "//", "\\a", ">&-", "2>&-",
)  # fmt: skip
# Instead of running a program it tells how it would have been called.
_TELLING = """
set -f; PATH=/nonexistent
show() { printf '%s\\0' "$#" "$@" >&FD; }
cat() { show cat "$@"; }; ls() { show ls "$@"; }; command_not_found_handle() { show "$@"; }
while IFS= read -r -d '' line; do
  printf 'LINE\\0' >&FD; ( eval "$line" ) >/dev/null 2>&1 </dev/null
done
"""


def _random_lines(chance: random.Random) -> list[str]:
    """Return lines that are read as plain ones."""
    found: list[str] = []
    while len(found) < LINES:
        some = "".join(chance.choice(_PIECES) for _ in range(chance.randrange(1, 9)))
        line = f"cat {some}" if chance.random() < 0.8 else some
        if not read_line(line).problem:
            found.append(line)
    return found


def _called(lines: Sequence[str], folder: Path, bash: str) -> list[list[tuple[str, ...]]]:
    """Return the programs, with their words, that bash would run for each line."""
    with (folder / "told").open("w+b") as told:
        subprocess.run(
            [bash, "-c", _TELLING.replace("FD", str(told.fileno()))],
            input=b"".join(line.encode() + b"\0" for line in lines),
            pass_fds=(told.fileno(),),
            cwd=folder,
            env={"LANG": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,  # it ends as its last line does
        )
        told.seek(0)
        words = iter(told.read().decode().split("\0")[:-1])
    calls: list[list[tuple[str, ...]]] = []
    for word in words:
        if word == "LINE":
            calls.append([])
        else:
            calls[-1].append(tuple(next(words) for _ in range(int(word))))
    return calls


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_what_bash_runs_is_what_was_read(tmp_path: Path) -> None:
    lines = _random_lines(random.Random(7))
    bash = shutil.which("bash")
    assert bash is not None
    calls = _called(lines, tmp_path, bash)
    assert len(calls) == len(lines)
    for line, called in zip(lines, calls, strict=True):
        read = [command.texts for command in read_line(line).commands]
        for call in called:
            assert call in read, line  # what `&&` and `||` leave out is read too
            read.remove(call)


@pytest.mark.parametrize("line", ["cat -1>&2", "sort a 2>&--o b", "cat >&-x", "cat 1>&- a"])
def test_a_redirection_that_hides_a_word_is_not_read(line: str) -> None:
    assert read_line(line).problem
