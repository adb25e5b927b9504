"""What a model, a client or a file writes takes time as it is long, not the square of that.

With the square, 100 kB would take minutes, on the daemon's loop.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from agent.toolcalls.corpus import read
from arriero.agent import unfinished
from arriero.agent.editing import udiff
from arriero.agent.permissions.repository import problem_in
from arriero.agent.toolcalls import repair
from arriero.gateway.dialects.completions import Completions
from arriero.gateway.keeping import kept_longer
from arriero.index.extract import extract
from arriero.index.keywords import keywords
from arriero.index.languages import language_of
from arriero.lsp.comments import find_request
from arriero.models.ollama.classify import refusal as ollama_refusal
from arriero.models.ollama.refusals import Asked as AskedOfOllama
from arriero.models.openai import classify, servers
from arriero.models.openai import refusals as openai
from arriero.models.types import RunnerOptions
from arriero.tools.terminal import as_shown
from arriero.workspace import gitfolder, ignorefile
from arriero.workspace.elision import elided_lines, is_placeholder
from arriero.workspace.readings import file_text

LONG = 100_000  # characters
SECONDS = 3.0  # of the processor; all of these take less than 0.3


def _loads(text: str) -> None:
    with suppress(repair.Unreadable):
        repair.loads(text)


def _complete(text: str) -> None:
    Completions().read({"model": "m", "prompt": text})


def _value(text: str) -> None:
    read(f"<function=read_file><parameter=path>{text}")


def _ask_above(text: str) -> None:
    lines = text.split("\n")
    find_request(lines, 0, len(lines) - 1)


def _load(text: str) -> None:
    kept_longer(RunnerOptions(num_ctx=4096, keep_alive="5m"), text)


def _ollama_says(text: str) -> None:
    asked = AskedOfOllama("ollama", "http://localhost", "m")
    ollama_refusal(asked, 500, json.dumps({"error": text}))


def _openai_says(text: str) -> None:
    asked = openai.Asked("vllm", "http://localhost", servers.named("vllm"), "m")
    classify.refusal(asked, 500, text)


def _elide(text: str) -> None:
    # Only lines of up to 160 characters are looked at, of which there may be many.
    line = f"{text[:140]} here"
    list(elided_lines("\n".join([line] * 500), [], shrinks=True))
    is_placeholder(line)


def _ignore(text: str) -> None:
    ignorefile.parse([text])


def _configure(text: str) -> None:
    list(gitfolder._core(["[core]", text]))


def _is_plain(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(f"{folder}/.git/objects")
        Path(folder, ".git/config").write_text(text)
        problem_in(os.path.realpath(folder), [os.path.realpath(folder)])


def _number(text: str) -> None:
    file_text("a.py", f"{text}\t1\n")


def _read(language: str) -> Callable[[str], object]:
    return lambda text: extract(text[:-1], language)  # it ends with a backslash


ROWS: list[tuple[Callable[[str], object], str, str]] = [
    (lambda text: unfinished.what_to_say(text, ["read_file"]), "<tool_call>", " "),
    (lambda text: udiff._said(f"--- a{text}b"), "", " "),
    (read, "[read_file(path=it's, more='", "\\'"),
    (read, '[read_file(path="', '\\"'),
    (_loads, "{'a': '", "\\'"),
    (_loads, '{a: "', '\\"'),
    (_loads, "", "'\\"),
    (_value, "a", " "),
    (_value, "a", " <b"),
    (_value, "a", "<"),
    (_value, "", " a"),
    *((_read(language), "", "'\\") for language in ("python", "javascript", "c")),
    (_ask_above, "# arriero: a", " "),
    (_ask_above, "# arriero: a\n#", " "),
    (_elide, "a = 1  # the rest is here", " "),
    (_load, "", "0"),
    (_ignore, "a", " "),
    (_ignore, "", "[^"),
    (_ignore, "", "]a"),
    (_configure, "[core", " "),
    (_configure, "ignorecase =", " "),
    (_configure, "ignorecase = a", " #"),
    (_configure, 'ignorecase = "', " ;"),
    (_is_plain, "[ core", " "),
    (_is_plain, "[core]\na = ", " "),
    (_number, "", "1"),
    (as_shown, "", "a"),
    (as_shown, "", "a\r"),
    (as_shown, "a" * LONG, "\b"),
    (keywords, "fix ", "a"),
    (keywords, "fix ", "A"),
    (keywords, "fix ", "aGVs"),
    (keywords, "fix ", "a/"),
    (keywords, "fix ", "a."),
    (_ollama_says, "", "model "),
    (_openai_says, "", "model "),
    (_openai_says, "context length is ", "0"),
    (lambda text: language_of("x", text), "#!/bin/a", "0"),
    (_complete, "", "[SUFFIX]"),
    (_complete, "", "<PRE>"),
    (_complete, "", "<fim_"),
]  # fmt: skip


@pytest.mark.parametrize(("work", "beginning", "unit"), ROWS)
def test_time_grows_with_the_length(
    work: Callable[[str], object], beginning: str, unit: str
) -> None:
    text = beginning + unit * (LONG // len(unit)) + "!"
    began = time.process_time()
    work(text)
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize(
    ("prompt", "marked"),
    [
        ("[SUFFIX]b[PREFIX]a", True),
        ("[suffix]b[prefix]a", True),
        ("[PREFIX]a[SUFFIX]b", False),
        ("<PRE> a <SUF> b", True),
        ("<SUF> b <PRE>", False),
        ("<|fim_prefix|>a", True),
        ("What is <pre> in HTML?", False),
    ],
)
def test_marks_to_fill_in_the_middle(prompt: str, marked: bool) -> None:
    asked = Completions().read({"model": "m", "prompt": prompt})
    assert (asked.prompted is not None) is marked


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("10 %\r20 %\r30 %\ndone", "30 %\ndone"),
        ("10 %\r\ndone\r", "10 %\ndone"),
        ("abc\b\bd\n\b\be", "ad\ne"),
        ("a\b\b\bb\b", ""),
        ("\x1b[31mred\x1b[0m\b", "re"),
    ],
)
def test_lines_are_as_a_terminal_shows_them(output: str, shown: str) -> None:
    assert as_shown(output) == shown


@pytest.mark.parametrize(
    ("question", "files"),
    [
        ("look at src/a.py:12, b.tar.gz", ("src/a.py", "b.tar.gz")),
        ("in ./docs/api and //x/y.c", ("docs/api", "x/y.c")),
        ("version 1.2.3 of e.g. this", ("e.g",)),
        ("a@b.example-x/c.d", ("a@b.example-x/c.d",)),
    ],
)
def test_files_of_a_question(question: str, files: tuple[str, ...]) -> None:
    assert keywords(question).files == files
