"""Whether a plain line is known to be harmless: each program with options from the table."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from arriero.agent.permissions.builds import BUILDS
from arriero.agent.permissions.programs import FIND, READS, Program
from arriero.agent.permissions.repository import problem_in
from arriero.agent.permissions.shell import Line, Simple, Word
from arriero.agent.permissions.subcommands import PYTHON, not_plain, runs_a_file

Class = Literal["reads", "builds", "other"]


@dataclass(frozen=True)
class Known:
    """What is known of a line: `reads` looks only at the workspace's files and prints, `builds`
    runs the workspace's own code, `other` is not known; `why` says which part decided.
    """

    kind: Class
    why: str


@dataclass(frozen=True)
class Where:
    """The folder that a line begins in, and the folders whose files it may look at; canonical.

    `search` are the folders in which programs are found.
    """

    cwd: str
    roots: tuple[str, ...]
    search: tuple[str, ...] = ()


def known(line: Line, where: Where) -> Known:
    """Return what is known of a line. Looks at the disk: symbolic links are followed."""
    if line.problem:
        return Known("other", line.problem)
    folders = [where.cwd]
    kinds: list[Class] = []
    for command in line.commands:
        one = _Judged(command, folders, where)
        found = one.judge()
        if found.kind == "other":
            return found
        kinds.append(found.kind)
        if command.texts[0] == "cd":
            # A `cd` may or may not hold for what follows: both places must be allowed.
            folders += [os.path.join(folder, *command.texts[1:2]) for folder in folders]
    if "builds" in kinds:
        return Known("builds", "it builds or tests with the workspace's own code")
    return Known("reads", "it only reads files of the workspace and prints")


MOST_PATTERNS = 3  # in one path: with more, a large folder takes too long to look through
_MOST_NAMES = 2000  # that a pattern of a line may stand for


class _Refused(Exception):
    pass


class _Judged:
    """One program of a line."""

    def __init__(self, command: Simple, folders: Sequence[str], where: Where) -> None:
        self._command = command
        self._folders = folders
        self._roots = where.roots
        self._search = where.search
        self._name = command.texts[0]

    def judge(self) -> Known:
        try:
            for redirect in self._command.redirects:
                self._redirect(redirect.operator, redirect.target)
            program = READS.get(self._name)
            if program is None:
                return self._build()
            self._found_elsewhere()
            words = self._command.words[1:]
            if self._name == "cd":
                self._change_folder(words)
            elif self._name == "find":
                self._find(words)
            elif program.subcommands:
                self._with_subcommand(program, words)
            elif program.whole is not None:
                self._fits(program.whole, Word(" ".join(word.text for word in words)))
            else:
                self._options(program, words)
        except _Refused as reason:
            return Known("other", f"`{self._name}`: {reason}")
        return Known("reads", "")

    def _found_elsewhere(self) -> None:
        """Refuse a program that the workspace has one of by the same name, where it is found."""
        for folder in self._search:
            there = os.path.join(folder, self._name)
            if self._inside(os.path.realpath(folder)) and os.path.lexists(there):
                raise _Refused(f"{folder}, in the workspace, has a program of this name")

    def _build(self) -> Known:
        texts = self._command.texts
        if self._name not in BUILDS:
            return Known("other", f"`{self._name}` is not known to be harmless")
        wanted = BUILDS[self._name]
        named = " ".join(texts[1:])
        if wanted and not any(f"{named} ".startswith(f"{one} ") for one in wanted):
            return Known("other", f"`{' '.join(texts[:2])}` is not known to be harmless")
        if self._name in PYTHON | {"node", "ruby"} and not runs_a_file(texts):
            return Known("other", f"`{self._name}` runs code that is no file of the workspace")
        for word in self._command.words[1:]:
            if re.fullmatch(r"-|-\w-", word.text):
                return Known("other", f"`{self._name}` takes what to do from its input")
            if word.tilde or self._leads_out(word.text.partition("=")[2] or word.text):
                return Known("other", f"`{self._name}`: {word.text} is outside of the workspace")
        odd = not_plain(texts)
        if odd is not None:
            return Known("other", f"`{self._name}`: {odd} is not known to be harmless")
        return Known("builds", "")

    def _redirect(self, operator: str, target: Word) -> None:
        if operator == ">&" and target.text in ("1", "2"):
            return
        if ">" in operator and target.text == "/dev/null":
            return
        if operator == "<" and not target.globs:
            self._file(target)
            return
        raise _Refused(f"its output goes to {target.text}")

    def _with_subcommand(self, program: Program, words: Sequence[Word]) -> None:
        at = 0
        while at < len(words) and words[at].text in program.long:
            at += 1
        if at == len(words):
            return
        name = words[at].text
        inner = program.subcommands.get(name)
        if inner is None:
            raise _Refused(f"`{name}` is not known to be harmless")
        self._options(inner, words[at + 1 :])
        for folder in map(os.path.realpath, self._folders):
            if problem := problem_in(folder, self._roots):
                raise _Refused(problem)

    def _options(self, program: Program, words: Sequence[Word]) -> None:
        operands: list[Word] = []
        rest = iter(words)
        given = 0  # texts that an option gave, such as the pattern of `grep -e`
        for word in rest:
            text = word.text
            if text == "--":
                operands += rest
            elif text.startswith("--"):
                self._long(program, word)
                # With `--files` there is no pattern: the first word is a folder already.
                given += text.startswith("--regexp=") or text == "--files"
            elif text.startswith("-") and text != "-":
                given += self._short(program, word, rest)
            elif text.startswith("+") and program.first is None and program.texts == 0:
                raise _Refused(f"{text} is not known to be harmless")
            else:
                operands.append(word)
        self._operands(program, operands, given)

    def _long(self, program: Program, word: Word) -> None:
        name, equals, value = word.text.partition("=")
        if f"{name}{equals}" not in program.long or word.tilde:
            raise _Refused(f"the option {name} is not known to be harmless")
        if value and name == "--relative-to":
            self._file(Word(value))

    def _short(self, program: Program, word: Word, rest: Iterator[Word]) -> int:
        """Check a cluster of short options; return how many texts it gave."""
        for at, letter in enumerate(word.text[1:], 1):
            if letter in program.flags:
                continue
            if letter not in program.values + program.paths:
                raise _Refused(f"the option -{letter} is not known to be harmless")
            attached = word.text[at + 1 :]
            value = Word(attached, word.globs, word.tilde) if attached else next(rest, Word(""))
            if letter in program.paths or value.globs:
                self._file(value)
            if letter == "e" and program.first is not None:
                self._fits(program.first, value)
            return int(letter in "ef" and program.texts == 1)
        if word.globs:
            raise _Refused(f"{word.text} may become any option")
        return 0

    def _operands(self, program: Program, operands: Sequence[Word], given: int) -> None:
        texts = len(operands) if program.texts < 0 else max(program.texts - given, 0)
        if program.operands is not None and len(operands) > program.operands:
            raise _Refused("it has more words than are known to be harmless")
        if len(operands) < program.least:
            raise _Refused("it has fewer words than are known to be harmless")
        if program.first is not None and operands and not given:
            self._fits(program.first, operands[0])
        for at, word in enumerate(operands):
            if word.globs:
                self._pattern(program, word)
            if at >= texts or word.globs:
                self._file(word, folders=program.folders)

    def _pattern(self, program: Program, word: Word) -> None:
        """Refuse a pattern whose files, as many as there are, would be other words than these."""
        if program.operands is not None:
            raise _Refused(f"{word.text} may become several words")
        if word.text[0] not in "*?[":
            return
        names = (name for folder in self._folders for name in _names(word.text, folder))
        if not program.globs or any(name.startswith("-") for name in names):
            raise _Refused(f"{word.text} may become any option")

    def _fits(self, allowed: re.Pattern[str], word: Word) -> None:
        if word.globs or not allowed.fullmatch(word.text):
            raise _Refused(f"{word.text} is not known to be harmless")

    def _change_folder(self, words: Sequence[Word]) -> None:
        # Without a word it goes to the home, with `-` to where it was before.
        if len(words) != 1 or words[0].globs or words[0].text[:1] in ("", "-"):
            raise _Refused("it does not say which folder")
        self._file(words[0])

    def _find(self, words: Sequence[Word]) -> None:
        for word in words:
            text = word.text
            if word.globs and text[0] in "*?[":
                raise _Refused(f"{text} may become any option")
            if (
                text.startswith("-")
                and text not in FIND
                and not re.fullmatch(r"-\d+[a-zA-Z]?", text)
            ):
                raise _Refused(f"{text} is not known to be harmless")
            if not text.startswith("-"):
                self._file(word)

    def _file(self, word: Word, *, folders: bool = True) -> None:
        if word.tilde or self._leads_out(word.text):
            raise _Refused(f"{word.text} is outside of the workspace")
        if not folders and any(map(os.path.isdir, self._places(word.text))):
            raise _Refused(f"{word.text} is a folder, which may have links to files elsewhere")

    def _leads_out(self, text: str) -> bool:
        """Whether a word, taken as a path from any folder it may mean, ends outside."""
        if text in ("", "-", "/dev/null"):
            return False
        if "://" in text:
            return True
        return not all(self._inside(os.path.realpath(path)) for path in self._places(text))

    def _places(self, text: str) -> Iterator[str]:
        """Yield the paths that a word may stand for, from any folder it may mean."""
        for folder in self._folders:
            for name in (text, *_names(text, folder)):
                yield os.path.join(folder, name)

    def _inside(self, path: str) -> bool:
        return any(path == root or path.startswith(f"{root.rstrip('/')}/") for root in self._roots)


def _names(pattern: str, folder: str) -> Iterator[str]:
    """Yield the files that the shell puts for a pattern; raises _Refused if there are many."""
    if not glob.has_magic(pattern):
        return
    if sum(map(glob.has_magic, pattern.split("/"))) > MOST_PATTERNS:
        raise _Refused(f"{pattern} may stand for too many files")
    found = glob.iglob(pattern, root_dir=folder)
    for number, name in enumerate(found):
        if number >= _MOST_NAMES:
            raise _Refused(f"{pattern} stands for too many files")
        yield name
