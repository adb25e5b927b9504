"""The outline of a workspace within a budget."""

from __future__ import annotations

from pathlib import Path

import pytest

from arriero.index.map import Focus, RepoMap, repo_map
from index.harness import settle
from index.repository import Repository
from index.searched import Searched

FILES = {
    "store/tables.py": (
        "class TableStore:\n    def open_table(self):\n        return 1\n\n"
        "    def close_table(self):\n        return 2\n\n\n"
        "def unused_thing():\n    return 3\n"
    ),
    "store/rows.py": (
        "from store.tables import TableStore\n\n\ndef read_rows(store):\n"
        "    return TableStore().open_table()\n"
    ),
    "web/pages.py": (
        "from store.rows import read_rows\nfrom store.tables import TableStore\n\n\n"
        "def show_page():\n    return read_rows(TableStore().open_table())\n"
    ),
    "web/styles.py": "def colour_of(page):\n    return 'red'\n",
    "odd\nname.py": "def odd_function():\n    return 1\n",
    **{f"many/part{n}.py": f"def part_number_{n}():\n    return {n}\n" for n in range(40)},
}


def characters(text: str) -> int:
    return len(text)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Searched:
    made = Searched(tmp_path_factory.mktemp("map"), FILES)
    repository = Repository(Path(made.disk.root))
    repository.commit("One", "web/styles.py", "many/part7.py")
    repository.commit("Two", "web/styles.py", "many/part7.py")
    made.build()
    return made


def names(project: Searched, found: RepoMap) -> list[str]:
    return [project.name(path) for path in found.files]


def test_what_is_used_most_is_there_first(project: Searched) -> None:
    found = repo_map(project.index, 120, characters)
    assert names(project, found)[0] == "store/tables.py"
    assert "store/tables.py:\n  class TableStore\n    method open_table\n" in found.text
    assert "unused_thing" not in found.text


@pytest.mark.parametrize("budget", [0, 1, 17, 40, 100, 333, 1_000, 100_000])
def test_the_budget_is_kept_and_used(project: Searched, budget: int) -> None:
    found = repo_map(project.index, budget, characters)
    assert len(found.text) <= budget
    more = repo_map(project.index, budget + 60, characters)
    assert len(more.text) >= len(found.text)
    assert set(found.files) <= set(more.files)
    if budget == 100_000:
        assert all(f"part_number_{n}" in found.text for n in range(40))
        assert len(more.text) == len(found.text)


def test_whatever_is_in_focus_is_there(project: Searched) -> None:
    for focus in (
        Focus(open_files=(project.path("many/part31.py"),)),
        Focus(edited=(project.path("many/part31.py"),)),
        Focus(selected=project.path("many/part31.py")),
        Focus(words="what does part_number_31 return"),
        Focus(words="look at many/part31.py"),
    ):
        found = repo_map(project.index, 300, characters, focus)
        assert names(project, found)[0] == "many/part31.py", focus
        assert "function part_number_31" in found.text
        assert "many/part31.py" not in names(project, repo_map(project.index, 300, characters))


def test_what_is_near_to_the_focus_is_ahead_of_what_is_not(project: Searched) -> None:
    focus = Focus(open_files=(project.path("web/pages.py"),))
    found = names(project, repo_map(project.index, 2_000, characters, focus))
    assert set(found[:3]) == {"web/pages.py", "store/rows.py", "store/tables.py"}
    focus = Focus(open_files=(project.path("web/styles.py"),))
    found = names(project, repo_map(project.index, 2_000, characters, focus))
    assert set(found[:2]) == {"web/styles.py", "many/part7.py"}, "these change together"


def test_equal_focus_gives_equal_bytes(project: Searched, tmp_path: Path) -> None:
    again = Searched(tmp_path, dict(reversed(FILES.items())))
    repository = Repository(Path(again.disk.root))
    repository.commit("One", "web/styles.py", "many/part7.py")
    repository.commit("Two", "web/styles.py", "many/part7.py")
    again.build()
    for name in (None, "web/pages.py", "many/part3.py"):
        texts = {
            repo_map(
                each.index, 700, characters, Focus(open_files=(each.path(name),) if name else ())
            ).text
            for each in (project, again, project)
        }
        assert len(texts) == 1


def test_a_name_with_a_line_end_writes_no_lines(project: Searched) -> None:
    assert "odd" not in repo_map(project.index, 100_000, characters).text


def test_a_new_file_counts_though_it_has_no_rank_yet(tmp_path: Path) -> None:
    project = Searched(tmp_path, FILES)
    project.build()
    project.disk.write("fresh/idea.py", "def idea():\n    return 1\n")
    build = project.disk.build(project.index.folder)
    settle(build)
    build.close()
    focus = Focus(edited=(project.path("fresh/idea.py"), project.path("web/pages.py")))
    assert "function idea" in repo_map(project.index, 400, characters, focus).text


def test_an_edit_of_one_file_changes_its_own_lines_only(tmp_path: Path) -> None:
    project = Searched(tmp_path, FILES)
    project.build()
    focus = Focus(open_files=(project.path("web/pages.py"),))
    before = repo_map(project.index, 700, characters, focus).text
    for added in ("# More words.\n", "def one_more():\n    return 4\n"):
        project.disk.write("store/tables.py", FILES["store/tables.py"] + added)
        build = project.disk.build(project.index.folder)
        settle(build)
        build.close()
        after = repo_map(project.index, 700, characters, focus).text
        assert set(after.splitlines()) - set(before.splitlines()) <= {"  function one_more"}
        assert "  class TableStore\n    method open_table\n" in after


def test_what_others_wrote_is_not_on_top(tmp_path: Path) -> None:
    kit = {
        f"node_modules/kit/part{n}.js": f"function kitPart{n}() {{ kitPart0(); kitPart1() }}\n"
        for n in range(30)
    }
    own = {
        "src/page.js": "function drawPage() { kitPart5(); cartTotal() }\n",
        "src/cart.js": "function cartTotal() { return 1 }\n",
    }
    project = Searched(tmp_path, {**kit, **own})
    project.build()
    assert names(project, repo_map(project.index, 130, characters))[:2] == [
        "src/cart.js",
        "src/page.js",
    ]


def test_without_an_index_there_is_no_map(tmp_path: Path) -> None:
    project = Searched(tmp_path, FILES)
    assert repo_map(project.index, 1_000, characters) == RepoMap("")
