"""Commands get a short environment."""

from __future__ import annotations

import pytest

from arriero.shadow.environment import DEFAULT_PATH, command_environment, home_of, search_path

SET = {"CI": "1", "TERM": "dumb", "HOME": "/h", "TMPDIR": "/t", "NO_COLOR": "1"}


@pytest.mark.parametrize(
    ("editor", "there", "absent"),
    [
        ({}, {**SET, "PATH": DEFAULT_PATH, "LANG": "C.UTF-8"}, ()),
        ({"PATH": "/a:/b", "LANG": "de_DE.UTF-8"}, {"PATH": "/a:/b", "LANG": "de_DE.UTF-8"}, ()),
        ({"PATH": ".:/a::b:/a"}, {"PATH": "/a"}, ()),
        ({"PATH": "."}, {"PATH": DEFAULT_PATH}, ()),
        (
            {"LC_ALL": "C", "TZ": "UTC", "VIRTUAL_ENV": "/v"},
            {"LC_ALL": "C", "VIRTUAL_ENV": "/v"},
            (),
        ),
        ({"TERM": "xterm", "HOME": "/home/me"}, {"TERM": "dumb", "HOME": "/h"}, ()),
        (
            {"GITHUB_TOKEN": "x", "MY_KEY": "x", "LD_PRELOAD": "x"},
            {},
            ("GITHUB_TOKEN", "MY_KEY", "LD_PRELOAD"),
        ),
        ({"SSH_AUTH_SOCK": "x", "DISPLAY": ":0"}, {}, ("SSH_AUTH_SOCK", "DISPLAY")),
        (
            {"BASH_ENV": "x", "BASH_FUNC_ls%%": "x", "ENV": "x"},
            {},
            ("BASH_ENV", "BASH_FUNC_ls%%", "ENV"),
        ),
        ({"PIP_INDEX_URL": "https://u:p@h/", "GIT_DIR": "/x"}, {}, ("PIP_INDEX_URL", "GIT_DIR")),
        ({"LANG": "a\0b"}, {"LANG": "C.UTF-8"}, ()),
    ],
)
def test_environment(
    editor: dict[str, str], there: dict[str, str], absent: tuple[str, ...]
) -> None:
    environment = command_environment(editor, home="/h", temporary="/t")
    assert there.items() <= environment.items()
    assert environment.keys().isdisjoint(absent)


def test_path_and_home() -> None:
    assert search_path({"PATH": "/a:/b:/a"}) == ["/a", "/b"]
    assert home_of({"HOME": "/home/me/"}) == "/home/me"
