from __future__ import annotations

import pytest

from arriero.workspace.naming import bare, nearest, same_when_shown, visible


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain.py", "plain.py"),
        ("größe 中.md", "größe 中.md"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb", "a\\x0ab"),
        ("evil\u202egnp.exe", "evil\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("caf\udce9", "caf\\xe9"),
        ("tag\U000e0041", "tag\\U000e0041"),
    ],
)
def test_what_is_hidden_is_shown(name: str, shown: str) -> None:
    assert visible(name) == shown
    assert same_when_shown(shown, name)


def test_unicode_forms_look_the_same() -> None:
    assert same_when_shown("\u00e9.py", "e\u0301.py")
    assert not same_when_shown("e.py", "e\u0301.py")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("reademe.md", ["README.md"]), ("mian.py", ["main.py"]), ("zzz", [])],
)
def test_the_nearest_names(wanted: str, expected: list[str]) -> None:
    assert nearest(wanted, ["README.md", "main.py", "setup.cfg"]) == expected


@pytest.mark.parametrize("name", [".git", ".GIT", ".gi\u200ct", ".git.", ".git ", "\uff0egit"])
def test_names_that_some_file_systems_take_for_git(name: str) -> None:
    assert bare(name) == ".git"


@pytest.mark.parametrize("name", [".github", ".gitignore", "git", "..."])
def test_names_that_are_not_git(name: str) -> None:
    assert bare(name) != ".git"
