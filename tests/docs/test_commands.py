"""Each command line of ours that a page shows is one that the command line takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from arriero.cli.app import app

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in (
        *REPOSITORY.glob("*.md"),
        *REPOSITORY.glob("docs/*.md"),
        *REPOSITORY.glob("editor-client/*/README.md"),
    )
    if page.name != "CHANGELOG.md"  # it tells what was
)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SHELL = ("", "sh", "bash", "console", "text")
_SPAN = re.compile(r"`(arriero [^`]+)`")
_ENDS = frozenset({"|", "||", "&", "&&", ";", "<", ">", ">>", "(", ")"})
# What a page abbreviates is not for the command line to know.
_STANDS_FOR_MORE = re.compile(r"…|\.\.\.|\bX\b")


def shown(text: str) -> Iterator[str]:
    """Yield the lines of shell blocks, and what is named in the text."""
    for block in _BLOCK.finditer(text):
        if block[1] in _SHELL:
            yield from block[2].replace("\\\n", " ").splitlines()
    for span in _SPAN.finditer(_BLOCK.sub("", text)):
        yield " ".join(span[1].split())


def calls(line: str) -> Iterator[list[str]]:
    """Yield the arguments of each call of ours in a line of shell."""
    if "arriero " not in line or _STANDS_FOR_MORE.search(line):
        return
    lexer = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    try:
        read = list(lexer)
    except ValueError:  # words of a person with an apostrophe, or output
        return
    for word in [*read, ";"]:
        if word not in _ENDS:
            words.append(word)
            continue
        while words and re.fullmatch(r"\w+=.*", words[0]):
            words.pop(0)
        if words[:1] == ["arriero"] and words[1:]:
            yield words[1:]
        words = []


CALLS = sorted(
    {
        (page.relative_to(REPOSITORY).as_posix(), shlex.join(call))
        for page in PAGES
        for line in shown(page.read_text("utf-8"))
        for call in calls(line)
    }
)


def parse(arguments: list[str]) -> None:
    """Have the command line read arguments, and do nothing; raises click.UsageError."""
    command: click.Command = app
    context: click.Context | None = None
    name = "arriero"
    while True:
        context = command.make_context(name, list(arguments), parent=context)
        if not isinstance(command, click.Group):
            return
        # A group keeps its command's name apart, in an attribute that has no public name.
        left = [*getattr(context, "_protected_args", ()), *context.args]
        if not left:
            return
        found, under, arguments = command.resolve_command(context, left)
        assert found is not None
        assert under is not None
        command, name = under, found


def test_pages_show_commands() -> None:
    assert len(CALLS) > 80
    assert len({page for page, _ in CALLS}) > 15


@pytest.mark.parametrize(("page", "line"), CALLS, ids=lambda one: one[:60])
def test_it_is_taken(page: str, line: str) -> None:
    try:
        parse(shlex.split(line))
    except (click.exceptions.Exit, click.exceptions.NoArgsIsHelpError, click.MissingParameter):
        pass  # `--help`, and what is only named
    except click.BadParameter as error:
        # A file that the page imagines is not there; a choice that there is not is a mistake.
        if not (error.param and isinstance(error.param.type, click.Path)):
            pytest.fail(f"{page}: {error.message}")
    except click.UsageError as error:
        pytest.fail(f"{page}: {error.message}")


@pytest.mark.parametrize(
    "line",
    [
        "arriero nonsense",
        "git diff | arriero run --nonsense",
        "arriero undo a b",
        "arriero run --mode off x",
    ],
)
def test_control_what_is_not_taken(line: str) -> None:
    (call,) = calls(line)
    with pytest.raises(click.UsageError):
        parse(call)
