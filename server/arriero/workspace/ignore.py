"""Ignore rules without git: the nested `.gitignore` files of a folder (gitignore(5))."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from arriero.workspace.globs import Form, form_of, matches_form

IGNORE_FILE = ".gitignore"
_MOST_BYTES = 1 << 20
_TRAILING_BLANKS = re.compile(r"(?<!\\)[ \t]+$")
_ESCAPED = re.compile(r"\\(.)")
_NEGATED_SET = re.compile(r"\[\^(?=.+\])")


class IgnoreRules:
    """The rules of one folder and of those beneath it, read when first asked for.

    A look at one moment: make a new one when an ignore file changed. `.git` is always ignored.
    """

    def __init__(self, root: str) -> None:
        """Take the absolute folder where the rules begin; those above it do not count."""
        self.root = root
        self._rules_in = functools.lru_cache(maxsize=10_000)(_read_rules)
        self._folder_ignored = functools.lru_cache(maxsize=50_000)(self._judge_folder)

    def ignores(self, path: str, *, is_directory: bool) -> bool:
        """Tell whether a path beneath the root is ignored, by itself or with a folder above it."""
        if path == self.root:
            return False
        above = self._folder_ignored(os.path.dirname(path))
        return above or self.ignores_here(path, is_directory=is_directory)

    def ignores_here(self, path: str, *, is_directory: bool) -> bool:
        """Tell the same of a path whose folder is known not to be ignored."""
        folder, name = os.path.split(path)
        if name == ".git":
            return True
        parts = [name]
        while True:
            for rule in self._rules_in(folder):  # the last rule in the nearest file decides
                if rule.matches(parts, is_directory=is_directory):
                    return not rule.negated
            if folder in (self.root, "/"):
                return False
            folder, above = os.path.split(folder)
            parts.insert(0, above)

    def _judge_folder(self, folder: str) -> bool:
        return folder not in (self.root, "/") and self.ignores(folder, is_directory=True)


@dataclass(frozen=True)
class Rule:
    """One line of an ignore file; `name` is the pattern of a rule for names in any folder."""

    negated: bool
    only_folders: bool
    name: re.Pattern[str] | None
    form: Form

    def matches(self, parts: Sequence[str], *, is_directory: bool) -> bool:
        """Tell whether the rule is about a path, given by its names below the ignore file."""
        if self.only_folders and not is_directory:
            return False
        if self.name is not None:
            return self.name.match(parts[-1]) is not None
        return matches_form(self.form, parts)


def parse(lines: Iterable[str]) -> tuple[Rule, ...]:
    """Return the rules of an ignore file, the last one first."""
    rules = [rule for rule in map(_rule, lines) if rule is not None]
    return tuple(reversed(rules))


def _rule(line: str) -> Rule | None:
    line = _TRAILING_BLANKS.sub("", line.rstrip("\r\n"))
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    pattern = line[negated:]
    only_folders = pattern.endswith("/")
    pattern = pattern[:-1] if only_folders else pattern
    if not pattern or pattern == "/":
        return None
    # What is a pattern for us has sets for escapes, and "!" for "not".
    spelled = _ESCAPED.sub(lambda found: _set_of(found[1]), _NEGATED_SET.sub("[!", pattern))
    names = spelled.split("/")
    if len(names) == 1 and spelled != "**":
        form = form_of(names)
        return Rule(negated, only_folders, form[0], form)
    names = names[1:] if not names[0] else names
    if names[-1] == "**":
        names.append("*")  # what is in the folder, not the folder
    return Rule(negated, only_folders, None, form_of(names))


def _set_of(character: str) -> str:
    return character if character.isalnum() or character in "!^]/" else f"[{character}]"


def _read_rules(folder: str) -> tuple[Rule, ...]:
    lines: list[str] = []
    for name in (".git/info/exclude", IGNORE_FILE):
        try:
            with open(os.path.join(folder, name), "rb") as file:
                lines += os.fsdecode(file.read(_MOST_BYTES)).split("\n")
        except OSError:
            continue  # no such file, which is the usual case
    return parse(lines)
