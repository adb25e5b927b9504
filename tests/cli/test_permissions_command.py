"""`arriero permissions`: what it lists, explains and takes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from arriero.agent.permissions.remembered import Remembered
from cli.result import Result

Command = Callable[..., Result]

SETTINGS = """\
permissions:
  deny:
    - run_command(git push)
    - read(secrets/**)
    - run_comand(x)
shadow: {kind: none}
"""


@pytest.fixture
def file(home: Path) -> Path:
    path = home / ".config/arriero/config.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(SETTINGS)
    return path


@pytest.fixture
def kept(home: Path, work: Path) -> Remembered:
    found = Remembered(home / ".local/state/arriero/permissions.db")
    found.add(str(work), "allow", ["run_command(make all)"])
    found.add("/other", "deny", ["run_command(rm *)"])
    return found


def test_list(arriero: Command, file: Path, kept: Remembered) -> None:
    result = arriero("permissions", "list")
    assert result.code == 0
    assert "profile: review  (default)" in result.out
    assert f"deny   run_command(git push)  (user ({file}:3))" in result.out
    assert "1  allow  run_command(make all)" in result.out
    assert "rm" not in result.out
    assert "deny run_comand(x) is about no tool" in result.err
    assert "run_command(rm *)" in arriero("permissions", "list", "--all").out
    told = json.loads(arriero("permissions", "list", "--json").out)
    assert [one["rule"] for one in told["rules"]][:2] == [
        "run_command(git push)",
        "read(secrets/**)",
    ]
    assert told["remembered"][0]["then"] == "allow"


@pytest.mark.parametrize(
    ("words", "verdict", "rule", "told"),
    [
        (["git push -f"], "deny", "run_command(git push)", "config.yaml:3"),
        (["git", "push"], "deny", "run_command(git push)", "config.yaml:3"),
        (["run_command", "git -C . push"], "deny", "run_command(git push)", "config.yaml:3"),
        (["bash", "ls"], "allow", None, "it only reads"),
        (["git status"], "allow", None, "it only reads files of the workspace"),
        (["make all"], "allow", "run_command(make all)", "you allowed it for this workspace"),
        (["make"], "ask", None, "kept for this workspace: run_command(make)"),
        (["make; ls > x"], "ask", None, "a session at most"),
        (["x=$(id) ls"], "ask", "run_command(git push)", "might be about it"),
        (["read_file", "secrets/a"], "deny", "read(secrets/**)", "config.yaml:4"),
        (["read_file", "path=a\x1b[2J"], "allow", None, "path: a\\u001b[2J"),
        (["run_python", "1"], "ask", None, "it runs code"),
    ],
)
def test_why(
    words: list[str],
    verdict: str,
    rule: str | None,
    told: str,
    arriero: Command,
    file: Path,
    kept: Remembered,
) -> None:
    found = json.loads(arriero("permissions", "why", "--json", *words).out)
    assert (found["verdict"], found["rule"]) == (verdict, rule)
    printed = arriero("permissions", "why", *words)
    assert printed.code == 0
    assert told in printed.out
    if found["confined"] is not None:
        assert "boundary: none: commands run in your own folder" in printed.out


def test_a_line_that_is_not_read_is_said_once(arriero: Command, file: Path) -> None:
    told = arriero("permissions", "why", "git log 'x").out
    assert "not read: it is not complete" in told
    assert "by its words" not in told


def test_revoke(arriero: Command, kept: Remembered) -> None:
    assert "1 answer is taken back" in arriero("permissions", "revoke", "1").out
    assert [one.number for one in kept.all()] == [2]
    missing = arriero("permissions", "revoke", "1")
    assert (missing.code, "There is no answer 1" in missing.err) == (1, True)
    assert arriero("permissions", "revoke").code == 2
    assert "1 answer is taken back" in arriero("permissions", "revoke", "--all").out
    assert kept.all() == []


@pytest.mark.parametrize("name", ["list", "why", "revoke"])
def test_help_has_an_example(name: str, arriero: Command) -> None:
    assert f"arriero permissions {name}" in arriero("permissions", name, "--help").out


def test_a_wrong_rule_names_its_place(arriero: Command, file: Path) -> None:
    file.write_text("permissions:\n  deny:\n    - git push\n")
    result = arriero("permissions", "list")
    assert result.code != 0
    assert f"{file}, line 2" in result.err
    assert "must be rules such as" in result.err
