"""What has no room beside a prompt is told: to the model in the text, to the person in words."""

from __future__ import annotations

import pytest

from agent.gathering.desk import Desk, git, texts
from arriero.agent.gathering import Spot
from arriero.agent.gathering.references import MOST_REFERENCES
from arriero.agent.request import ContextItem
from arriero.lsp.commands import prompts
from arriero.tools.registry import Tier
from arriero.workspace.problem import Problem

DATES = "src/dates.py"


@pytest.mark.parametrize("tier", ["small", "large"])
def test_many_problems_of_the_file_in_front_are_counted(desk: Desk, tier: Tier) -> None:
    path = str(desk.root / DATES)
    desk.found = [Problem(path, n, n, "error", f"wrong {n}") for n in range(1, 51)]
    told = desk.gather("Why?", spot=Spot(DATES, 1), tier=tier)
    (title,) = (title for title in texts(told) if title.startswith("Problems"))
    shown = texts(told)[title].splitlines()
    listed = len(shown) - 1
    assert 0 < listed < 50
    assert shown[-1] == f"[{50 - listed} more]"
    assert title == f"Problems that the editor reports there ({listed} of 50)"
    assert f"problems, {listed} of 50" in [one.what for one in told.given]


def test_problems_that_were_asked_for_are_listed_once(desk: Desk) -> None:
    desk.found = [Problem(str(desk.root / DATES), 4, 4, "error", "no such name")]
    told = desk.gather("See @problems", spot=Spot(DATES, 4))
    assert [title for title in texts(told) if title.startswith("Problems")] == [
        "Problems that the editor reports"
    ]


@pytest.mark.parametrize("tier", ["small", "large"])
def test_many_changed_files_are_counted(desk: Desk, tier: Tier) -> None:
    git(desk.root, "init", "-b", "trunk")
    for number in range(40):
        desk.user.save(f"a file of a long name with the number {number}.txt", "")
    told = desk.gather("Go on.", tier=tier)
    (title,) = (title for title in texts(told) if title.startswith("State of Git"))
    shown = texts(told)[title].splitlines()
    # The branch, 40 files, the folder `src` and pyproject.toml.
    assert shown[-1] == f"[{43 - (len(shown) - 1)} more]"
    assert title == f"State of Git ({len(shown) - 1} of 43)"


def test_more_changed_files_than_git_is_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arriero.agent.gathering.git_state._MOST_FILES", 10)
    git(desk.root, "init", "-b", "trunk")
    for number in range(40):
        desk.user.save(f"new {number}.txt", "")
    told = desk.gather("What did I change? @git", tier="large")
    shown = texts(told)["State of Git (10 of more than 10)"].splitlines()
    assert len(shown) == 11
    assert shown[-1] == "[and more]"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("count", [20, 4_000])
def test_a_selection_is_given_once_however_long(desk: Desk, end: str, count: int) -> None:
    text = "".join(f"value_{n} = {n}{end}" for n in range(count))
    desk.user.save("long.py", text)
    (selected,) = prompts.context(prompts.Place("long.py", 1, count, text))
    told = desk.gather("Explain", selected, spot=Spot("long.py", 1, 1, count), tier="large")
    assert [one.why for one in told.given if "select" in one.what or "select" in one.why] == []
    assert sum("value_0 = 0" in item.text for item in told.items) == 1
    assert f"lines 1 to {count}" in told.items[0].title


def test_lines_are_whole_where_there_is_room(desk: Desk) -> None:
    prose = "A paragraph is one line here. " * 30
    desk.user.save("notes.md", f"# Notes\n\n{prose}\n")
    told = desk.gather("See @notes.md")
    assert prose.strip() in texts(told)["File notes.md"]


def test_lines_that_were_cut_are_told(desk: Desk) -> None:
    desk.user.save("data.js", f"x = [{'1, ' * 9_000}]\ny = 2\n")
    told = desk.gather("See @data.js")
    (given,) = (one for one in told.given if one.what.startswith("data.js"))
    assert given.what == "data.js, long lines cut"
    assert "more characters]\ny = 2" in texts(told)["File data.js (long lines cut)"]


def test_a_file_whose_outline_has_no_room_is_given_without(desk: Desk) -> None:
    long = "".join(f"def a_function_with_a_long_name_{n}():\n    pass\n" for n in range(900))
    others = [ContextItem(f"Note {n}", f"{n} and so on. " * 900) for n in range(6)]
    desk.user.save("long.py", long)
    told = desk.gather("See @long.py", *others, tier="small")
    (text,) = (text for title, text in texts(told).items() if title.startswith("File long.py"))
    assert text.startswith("def a_function_with_a_long_name_0():\n")
    assert text.endswith("are left out; read long.py for them]")


def test_more_references_than_are_followed(desk: Desk) -> None:
    prompt = " ".join(f"@a{n}" for n in range(MOST_REFERENCES))
    assert desk.gather(prompt).notices == ()
    told = desk.gather(f"{prompt} @src/dates.py @src/dates.py")
    (notice,) = told.notices
    assert notice.startswith(f"Only the first {MOST_REFERENCES} references are followed: give")
