"""All that is put beside a prompt, from a workspace on disk with an index in place of the real."""

from __future__ import annotations

import subprocess
import threading

import pytest

from agent.gathering.desk import CODE, ESTIMATE, Desk, Index, git, texts
from arriero.agent.gathering import Spot
from arriero.agent.gathering.budget import TOKENS
from arriero.agent.gathering.git_state import git_known
from arriero.agent.gathering.references import references
from arriero.agent.gathering.referred import referred
from arriero.agent.gathering.shapes import Entries
from arriero.agent.prompt import user_message
from arriero.agent.request import ContextItem
from arriero.index.map import Focus
from arriero.index.search import SearchResult
from arriero.index.symbols import Definition
from arriero.tools.registry import Tier
from arriero.workspace.problem import Problem
from arriero.workspace.view import WorkspaceView


def test_what_edits_have_broken_elsewhere(desk: Desk) -> None:
    front, edited, other = (str(desk.root / name) for name in ("a.py", "b.py", "c.py"))
    desk.user.save("a.py", "x = 1\n")
    desk.found = [
        Problem(front, 1, 1, "error", "in front"),
        Problem(edited, 3, 3, "error", "no such name"),
        Problem(edited, 4, 4, "warning", "unused"),
        Problem(other, 5, 5, "error", "of others"),
    ]
    told = desk.gather("Go on.", spot=Spot("a.py", 1, 1, 1), edited=[front, edited])
    broken = texts(told)["Errors that the editor reports in files that you edited"]
    assert broken == "b.py:3: error: no such name"
    assert "in front" in texts(told)["Problems that the editor reports there"]


def test_everything_in_its_order(desk: Desk) -> None:
    git(desk.root, "init", "-b", "trunk")
    path = str(desk.root / "src" / "a.py")
    desk.user.save("src/a.py", "x = 1\ny = parse_date(x)\nz = 3\n")
    desk.user.type("src/a.py", "x = 1\ny = parse_date(x)\nz = 4\n")
    desk.found = [
        Problem(path, 1, 1, "warning", "unused"),
        Problem(path, 2, 2, "error", "no such\nname", "ruff", "F821"),
        Problem(str(desk.root / "src/dates.py"), 1, 1, "error", "elsewhere"),
    ]
    told = desk.gather(
        "Why does parse_date fail? See @pyproject.toml",
        ContextItem("Note", "from the door"),
        spot=Spot("src/a.py", 2, 2, 2),
        first=True,
    )
    assert texts(told) == {
        "Note": "from the door",
        "File pyproject.toml": '[project]\ndependencies = ["pytest"]',
        "src/a.py, line 2": "y = parse_date(x)",
        "The file in front of the user: src/a.py": (
            "x = 1\n[the selected lines stand here]\nz = 4"
        ),
        "Problems that the editor reports there": (
            "src/a.py:2: error: no such name (ruff F821)\nsrc/a.py:1: warning: unused"
        ),
        "Places in the workspace that may matter, found by words; read them before you use them": (
            "src/dates.py:4-5 (defines parse_date)\n  def parse_date(text):\n      return text"
        ),
        "Outline of the most important files": "src/dates.py:\n  function parse_date",
        "State of Git": "branch No commits yet on trunk\nnew pyproject.toml\nnew src/",
        "Project": "Python (pytest)\nTest: pytest -q",
    }
    assert [one.what for one in told.given] == [
        "Note", "pyproject.toml", "src/a.py, line 2", "src/a.py", "problems", "places found",
        "map of the workspace", "state of Git", "project facts",
    ]  # fmt: skip
    assert told.given[1].why == "you referred to it with @pyproject.toml"
    assert told.left_out == told.notices == ()
    assert desk.index is not None
    assert desk.index.focus == Focus(
        (path,), (), path, "Why does parse_date fail? See @pyproject.toml"
    )


def test_later_runs_and_no_index(desk: Desk) -> None:
    assert desk.index is not None
    (facts,) = desk.gather("Hm?", first=False).items
    assert facts.title == "Project"
    assert desk.index.focus is None, "only the first run is given a map"
    said = user_message("Hm?", "agent", [facts])
    desk.index = None
    assert desk.gather("Why does parse_date fail?", first=True, said=said).items == ()
    desk.user.save("go.mod", "module x")
    assert list(texts(desk.gather("Why?", said=said))) == ["Project"]


@pytest.mark.parametrize(
    ("prompt", "title", "text"),
    [
        ("@src/dates.py:4-5", "src/dates.py, lines 4 to 5",
         "def parse_date(text):\n    return text"),
        ("@src/dates.py:8-999", "src/dates.py, lines 8 to 9", "def other():\n    pass"),
        ("@src", "The folder src/ contains", "dates.py"),
        ("@folder src", "The folder src/ contains", "dates.py"),
        ("@./src/", "The folder src/ contains", "dates.py"),
        # The definition has moved since the index read it.
        ("@symbol parse_date", "src/dates.py, lines 4 to 5",
         "def parse_date(text):\n    return text"),
    ],
)  # fmt: skip
def test_what_is_referred_to(desk: Desk, prompt: str, title: str, text: str) -> None:
    told = texts(desk.gather(prompt))
    assert told[title] == text


def test_problems_of_what_may_not_be_read_do_not_come_along(desk: Desk) -> None:
    problems = [
        Problem(str(desk.root / path), 1, 1, "error", "no such key")
        for path in ("secrets/a.py", "src/dates.py")
    ]
    view = WorkspaceView([str(desk.root)], desk.user, unseen=["secrets"])
    (reference,) = references("@problems")
    (offer,) = referred(reference, view, None, problems).offers
    assert isinstance(offer.shape, Entries)
    assert list(offer.shape.entries) == ["src/dates.py:1: error: no such key"]
    told = referred(reference, view, None, problems[:1])
    assert told.offers == ()
    assert told.notices == ("@problems finds none: the editor reports no problems.",)


@pytest.mark.parametrize(
    ("prompt", "notices"),
    [
        ("@src/gone.py", ("@src/gone.py is not in the workspace.",)),
        ("@../secret.py and @/etc/passwd", ("@../secret.py cannot be read.",)),
        ("@file /etc/passwd", ("@file /etc/passwd cannot be read.",)),
        ("@link.py:1", ("@link.py:1 cannot be read.",)),
        ("@src/dates.py:99", ("@src/dates.py:99 has only 9 lines.",)),
        ("@file data.bin", ("@file data.bin cannot be read.",)),
        ("@symbol gone", ("@symbol gone is not known to be defined.",)),
        ("@problems", ("@problems finds none: the editor reports no problems.",)),
        ("@git", ("@git finds no Git repository that can be read.",)),
        ("@maria, @babel/core, a@b.py, @property", ()),
    ],
)
def test_what_is_not_there_is_told(desk: Desk, prompt: str, notices: tuple[str, ...]) -> None:
    desk.user.save("data.bin", b"\0\1\2")
    (desk.root.parent / "secret.py").write_text("secret")
    (desk.root / "link.py").symlink_to("../secret.py")
    told = desk.gather(prompt)
    assert told.notices == notices
    assert "secret" not in "".join(item.text for item in told.items)


def test_git_with_counts(desk: Desk) -> None:
    git(desk.root, "init", "-b", "trunk")
    git(desk.root, "add", ".")
    git(desk.root, "commit", "-m", "x")
    desk.user.save("src/dates.py", CODE + "one\ntwo\n")
    desk.user.save("ü new.txt", "")
    told = texts(desk.gather("What did I change? @git"))["State of Git"]
    assert told == "branch trunk\nchanged src/dates.py (+2 -0)\nnew ü new.txt"
    inner = Desk(desk.root / "src")
    assert texts(inner.gather("Hm"))["State of Git"] == "branch trunk\nchanged dates.py"


@pytest.mark.parametrize("name", ["evil", "ev=il"])
def test_git_runs_no_program_of_the_repository(desk: Desk, name: str) -> None:
    git(desk.root, "init", "-b", "trunk")
    git(desk.root, "add", ".")
    git(desk.root, "commit", "-m", "x")
    desk.user.save(".gitattributes", f"*.py filter={name} diff=evil\n")
    ran = desk.root / "ran"
    with (desk.root / ".git" / "config").open("a") as config:
        config.write(f'[filter "{name}"]\n\tclean = "touch {ran}; cat"\n\trequired = true\n')
        config.write(f'[core]\n\tfsmonitor = "touch {ran}"\n')
        config.write(f'[diff "evil"]\n\ttextconv = "touch {ran}; cat"\n')
    desk.user.save("src/dates.py", CODE.replace("other", "others"))
    desk.gather("@git and @src/dates.py")
    assert not ran.exists()


def test_a_slow_index_is_not_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arriero.agent.gathering.collecting._AMBIENT_SECONDS", 0.4)
    index = desk.index
    assert index is not None
    index.go_on.clear()
    timer = threading.Timer(1.2, index.go_on.set)  # so that the pool can end
    timer.start()
    told = desk.gather("Why does parse_date fail?")
    timer.join()
    assert told.left_out == ("places found: not known in time.",)


def test_what_fails_ends_no_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> SearchResult:
        raise OSError("the disk is gone")

    monkeypatch.setattr(Index, "search", broken)
    told = desk.gather("Why does parse_date fail? @src/dates.py")
    assert list(texts(told)) == ["File src/dates.py", "Project"]
    assert told.left_out == ("places found: not known in time.",)


@pytest.mark.parametrize("tier", ["small", "medium", "large"])
def test_within_the_budget_of_a_tier(desk: Desk, tier: Tier) -> None:
    long = "\n".join(f"value_{n} = {n}" for n in range(5000))
    desk.user.save("src/long.py", long)
    desk.found = [
        Problem(str(desk.root / "src/long.py"), n, n, "error", "wrong " * 60) for n in range(1, 90)
    ]
    spot = Spot("src/long.py", 2500, 2400, 2600)
    for prompt in ("Mend parse_date", "Mend parse_date in @src/long.py and @problems"):
        told = desk.gather(prompt, spot=spot, tier=tier, first=True)
        assert 300 < ESTIMATE(user_message("", "agent", told.items)) <= TOKENS[tier]
        again = desk.gather(prompt, spot=spot, tier=tier, first=True)
        assert again == told


def test_nothing_is_sent_twice_in_a_session(desk: Desk) -> None:
    spot = Spot("src/dates.py", 4)
    first = desk.gather("Mend parse_date @pyproject.toml", spot=spot)
    said = user_message("Mend parse_date @pyproject.toml", "agent", first.items)
    assert first.items
    assert [one.what for one in desk.gather("And parse_date?", spot=spot, said=said).given] == []
    desk.user.type("src/dates.py", CODE + "more\n")
    (changed,) = desk.gather("And parse_date?", spot=spot, said=said).given
    assert changed.what == "src/dates.py"


def test_go_on_asks_nothing_of_the_index(desk: Desk) -> None:
    assert list(texts(desk.gather("Go on."))) == ["Project"]


def test_a_selection_that_the_door_attached_is_not_repeated(desk: Desk) -> None:
    selected = ContextItem("Selected: src/dates.py", "def parse_date(text):\n    return te")
    told = texts(desk.gather("Explain", selected, spot=Spot("src/dates.py", 4, 4, 5)))
    assert list(told)[:2] == [selected.title, "The file in front of the user: src/dates.py"]
    assert "src/dates.py, lines 4 to 5" not in told
    assert "def parse_date" not in told["The file in front of the user: src/dates.py"]


def test_a_command_that_has_all_it_needs_is_given_no_more(desk: Desk) -> None:
    diff = ContextItem("Staged changes", "-a\n+b")
    told = desk.gather("Write a message for parse_date", diff, first=True, ambient=False)
    assert told.items == (diff,)


@pytest.mark.parametrize(
    ("one", "other"),
    [("", ""), ("debug: true\nport: 80\n", "debug: true\nport: 80\n"), ("a: 1\nb: 2\n", "b: 2\n")],
)
def test_of_two_files_with_one_text_both_are_given(desk: Desk, one: str, other: str) -> None:
    desk.user.save("dev.yml", one)
    desk.user.save("prod.yml", other)
    given = texts(desk.gather("What differs between @dev.yml and @prod.yml?", ambient=False))
    assert given == {
        "File dev.yml": one.rstrip("\n") or "(empty)",
        "File prod.yml": other.rstrip("\n") or "(empty)",
    }


def test_a_long_text_is_sent_once_under_each_name(desk: Desk) -> None:
    desk.user.save("one.py", "value = 1\n" * 50)
    desk.user.save("two.py", "value = 1\n" * 50)
    given = texts(desk.gather("Compare @one.py @two.py", ambient=False))
    assert list(given) == ["File one.py", "File two.py"]
    assert given["File two.py"] == "(the same text as one.py)"


def test_a_small_attachment_takes_no_selection_away(desk: Desk) -> None:
    desk.user.save("x.py", "def f(a):\n    if a:\n        return None\n    return a\n")
    spot = Spot(str(desk.root / "x.py"), 3, 1, 4)
    given = texts(desk.gather("Why this?", ContextItem("terminal", "a"), spot=spot))
    assert given["x.py, lines 1 to 4"].startswith("def f(a):")


def test_a_definition_begins_with_its_annotations(desk: Desk) -> None:
    assert desk.index is not None
    code = "class J {\n  @Override\n  @Deprecated\n  public void jrun() {\n    x();\n  }\n}\n"
    desk.user.save("J.java", code)
    desk.index.known = [Definition(str(desk.root / "J.java"), "jrun", "method", 2, 6, "J")]
    assert list(texts(desk.gather("Why @symbol jrun?", ambient=False))) == ["J.java, lines 2 to 6"]


def test_of_a_class_only_its_own_is_given(desk: Desk) -> None:
    assert desk.index is not None
    desk.user.save(
        "a.py", "class W:\n    def go(self): ...\n\nclass P:\n    def go(self, x): ...\n"
    )
    path = str(desk.root / "a.py")
    desk.index.known = [
        Definition(path, "go", "method", 2, 2, "W"),
        Definition(path, "go", "method", 5, 5, "P"),
    ]
    assert list(texts(desk.gather("@symbol P.go", ambient=False))) == ["a.py, line 5"]
    assert len(desk.gather("@symbol go", ambient=False).items) == 2


def test_what_git_cannot_merge_is_a_conflict(desk: Desk) -> None:
    git(desk.root, "init", "-q", "-b", "main")
    desk.user.save("x.py", "x = 1\n")
    git(desk.root, "add", "x.py")
    git(desk.root, "commit", "-qm", "one")
    git(desk.root, "checkout", "-qb", "other")
    desk.user.save("n.py", "n = 1\n")
    (desk.root / "x.py").unlink()
    git(desk.root, "add", "-A")
    git(desk.root, "commit", "-qm", "two")
    git(desk.root, "checkout", "-q", "main")
    desk.user.save("n.py", "n = 2\n")
    desk.user.save("x.py", "x = 2\n")
    git(desk.root, "add", "-A")
    git(desk.root, "commit", "-qm", "three")
    with pytest.raises(subprocess.CalledProcessError):
        git(desk.root, "merge", "-q", "other")
    given = texts(desk.gather("@git", ambient=False))["State of Git"]
    assert "conflict n.py" in given
    assert "conflict x.py" in given


def test_a_folder_that_git_does_not_know_has_a_name(desk: Desk) -> None:
    git(desk.root, "init", "-q", "-b", "main")
    desk.user.save("sub/a.py", "a = 1\n")
    assert "new ./" in git_known(str(desk.root / "sub"), 10.0).entries
