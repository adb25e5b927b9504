from __future__ import annotations

from pathlib import Path

import pytest

from arriero.index.status import IndexStatus
from arriero.tools.find_symbol import find_symbol
from arriero.tools.registry import offered
from arriero.tools.search_workspace import search_workspace
from tools.bench import Bench
from tools.indexed import Indexed

USERS = '''\
"""Users."""


class Account:
    def find_password(self, name):
        return load(name)


def load(name):
    return name
'''
LOGIN = """\
from users import Account


def login(name):
    return Account().find_password(name)
"""


@pytest.fixture
def indexed(tmp_path: Path) -> Indexed:
    indexed = Indexed(tmp_path)
    indexed.user.save("src/users.py", USERS)
    indexed.user.save("src/login.py", LOGIN)
    indexed.user.save("README.md", "# Farm\n\nAbout llamas.\n")
    indexed.build()
    return indexed


def first_lines(text: str) -> list[str]:
    return [block.split(" (")[0] for block in text.split("\n\n") if " (" in block.split("\n")[0]]


def test_hits_have_places_reasons_and_lines(indexed: Indexed) -> None:
    text = indexed.bench().text(search_workspace, query="where are llamas described")
    assert text.startswith("README.md:")
    assert "words in lines" in text
    assert ": About llamas." in text


def test_definitions_come_first_then_uses(indexed: Indexed) -> None:
    assert indexed.bench().text(find_symbol, name="find_password") == (
        "src/users.py:5: def find_password(self, name):"
        "  [defines method find_password in Account]\n"
        "Used in:\n"
        "src/login.py:5: return Account().find_password(name)"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Account.find_password", "src/users.py:5: "),
        ("users::load()", "src/users.py:9: def load(name):"),
        ("ACCOUNT", "src/users.py:4: class Account:"),
        ("About llamas", "[No definition of About llamas is known.]"),
        ("vicuna", "[No definition of vicuna is known. No line has it either; "),
        (" . ", "Error: The name is empty"),
    ],
)
def test_names_as_models_write_them(indexed: Indexed, name: str, expected: str) -> None:
    assert expected in indexed.bench().text(find_symbol, name=name)


def test_both_see_the_files_as_the_run_has_changed_them(indexed: Indexed) -> None:
    bench = indexed.bench()
    bench.view.edit("src/users.py", '"""Users."""\n', '"""Users."""\n\nimport vicuna\n')
    bench.view.delete("src/login.py")
    bench.view.write("src/new.py", "def alpaca_wool():\n    return load('x')\n")
    found = bench.text(search_workspace, query="vicuna import")
    assert found.startswith("src/users.py:")
    assert "changed by you" in found
    assert "import vicuna" in found
    assert first_lines(bench.text(search_workspace, query="alpaca wool"))[0].startswith(
        "src/new.py:"
    )
    assert "login.py" not in bench.text(search_workspace, query="login password")
    assert bench.text(find_symbol, name="find_password").startswith("src/users.py:7: ")
    assert "login" not in bench.text(find_symbol, name="find_password")
    uses = bench.text(find_symbol, name="load")
    assert uses.startswith("src/users.py:11: def load(name):")
    assert "src/new.py:2: return load('x')" in uses


def test_both_see_what_is_not_saved(indexed: Indexed) -> None:
    indexed.user.type("src/login.py", "guanaco = find_password\n")
    bench = indexed.bench()
    assert "guanaco" in bench.text(search_workspace, query="guanaco")
    assert "src/login.py:1: guanaco = find_password" in bench.text(
        find_symbol, name="find_password"
    )


def test_an_ignored_file_is_not_found_because_it_is_open(tmp_path: Path) -> None:
    indexed = Indexed(tmp_path)
    indexed.user.save(".gitignore", ".env\n")
    indexed.user.save(".env", "token = 1\n")
    indexed.user.save("a.py", "x = 1\n")
    indexed.build()
    indexed.user.type(".env", "guanaco_token = 2\n")
    assert ".env" not in indexed.bench().text(search_workspace, query="guanaco token")
    indexed.user.type("new.py", "guanaco_token = 2\n")
    assert "new.py:1" in indexed.bench().text(search_workspace, query="guanaco token")


def test_an_index_that_is_not_finished_says_so(indexed: Indexed) -> None:
    root = indexed.disk.root
    indexed.index.take_in(IndexStatus(root, "building", files=9, pending=6, writes=True))
    bench = indexed.bench()
    assert "3 of 9 files" in bench.text(search_workspace, query="llamas")
    assert "still being built" in bench.text(find_symbol, name="load")


def test_without_an_index_there_is_an_answer(indexed: Indexed) -> None:
    bench = Bench(indexed.user)
    assert bench.text(search_workspace, query="x").startswith(
        "Error: This workspace is not indexed"
    )
    assert bench.text(find_symbol, name="x").startswith("Error: This workspace is not indexed")
    assert indexed.bench().text(search_workspace, query=" ").startswith("Error: The query is empty")


def test_they_are_offered_where_the_window_and_the_workspace_allow() -> None:
    new = {"search_workspace", "find_symbol"}
    names = {
        (tier, indexed): {tool.name for tool in offered("agent", tier, indexed=indexed)}
        for tier in ("small", "medium", "large")
        for indexed in (True, False)
    }
    assert all(new <= names[tier, True] for tier in ("medium", "large"))
    assert all(not new & names[tier, False] for tier in ("small", "medium", "large"))
    assert len(names["small", True]) == 7
    assert new <= {tool.name for tool in offered("ask", "large")}


def test_of_a_common_name_the_one_of_the_class_comes_first(indexed: Indexed) -> None:
    for number in range(210):
        indexed.disk.write(f"m{number:03}.py", "class C:\n    def __init__(self): ...\n")
    indexed.disk.write("zeta.py", "class Zeta:\n    def __init__(self): ...\n")
    indexed.build()
    text = indexed.bench().text(find_symbol, name="Zeta.__init__")
    assert text.startswith("zeta.py:2: ")


@pytest.mark.parametrize(
    ("name", "path", "text"),
    [
        ("ok?", "r.rb", "class R\n  def ok?\n  end\nend\n"),
        ("tool.ruff.lint", "p.toml", "[tool.ruff.lint]\nx = 1\n"),
        (".card", "s.css", ".card { }\n"),
        ("--main-color", "s.css", ":root { --main-color: red }\n"),
        ("#priv", "p.js", "class P {\n  #priv() {}\n}\n"),
        ("my-func", "t.sh", "my-func() { :; }\n"),
    ],
)
def test_names_with_signs(indexed: Indexed, name: str, path: str, text: str) -> None:
    indexed.disk.write(path, text)
    indexed.build()
    found = indexed.bench().text(find_symbol, name=name)
    assert found.startswith(f"{path}:")
    assert f"{name}" in found.partition("\n")[0]
    assert "defines " in found
