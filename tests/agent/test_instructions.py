from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.agent.instructions import Instructions, instructions
from arriero.agent.tokens import TokenEstimate
from arriero.workspace.view import WorkspaceView
from workspace.user import User

LONG = "# Style\n\n" + "\n\n".join(f"Rule {n}: write what is meant, briefly." for n in range(200))


@pytest.fixture
def user(tmp_path: Path) -> User:
    (tmp_path / "root").mkdir()
    return User(tmp_path / "root")


def found(user: User, near: str | None = None, budget: int = 1500) -> Instructions:
    root = str(user.root)
    view = WorkspaceView([root], user)
    path = str(user.root / near) if near else None
    return instructions(view, [root], path, budget, TokenEstimate("p/m").text)


UNREADABLE = (
    "AGENTS.md is not sent to the model, as it cannot be read: make it a file of text that lies "
    "within the workspace."
)


def test_the_nearest_stands_first_and_each_names_its_file(user: User) -> None:
    user.save("AGENTS.md", "Use tabs.\n")
    user.save(".arriero/instructions.md", "Be brief.")
    user.save("web/AGENTS.md", "Use blanks.")
    user.save("web/src/a.ts", "")
    user.save("api/AGENTS.md", "Not for the web.")
    told = found(user, "web/src/a.ts")
    assert told.text == (
        "## web/AGENTS.md\n\nUse blanks.\n\n## AGENTS.md\n\nUse tabs.\n\n"
        "## .arriero/instructions.md\n\nBe brief."
    )
    assert [Path(path).name for path in told.paths] == ["AGENTS.md", "AGENTS.md", "instructions.md"]
    assert told.left_out == ()
    assert (
        found(user).text == "## AGENTS.md\n\nUse tabs.\n\n## .arriero/instructions.md\n\nBe brief."
    )


@pytest.mark.parametrize("near", [None, "", "a.py", "../other/a.py", "no/such/folder/a.py"])
def test_without_any_there_is_nothing(user: User, near: str | None) -> None:
    assert found(user, near) == Instructions()


def test_no_file_is_looked_for_elsewhere(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    user.save("deep/AGENTS.md", "Not here.")

    def listed(*_: object, **__: object) -> None:
        raise AssertionError("the whole workspace was listed")

    monkeypatch.setattr("arriero.workspace.tree.list_files", listed)
    assert found(user, "a.py") == Instructions()


def test_what_is_open_counts_before_the_disk(user: User) -> None:
    user.save("AGENTS.md", "Old.")
    user.type("AGENTS.md", "New.")
    assert found(user).text.endswith("New.")


def test_nothing_from_outside(user: User, tmp_path: Path) -> None:
    (tmp_path / "AGENTS.md").write_text("Secret above.")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "AGENTS.md").write_text("Secret beside.")
    (user.root / "AGENTS.md").symlink_to(tmp_path / "AGENTS.md")
    (user.root / "sub").symlink_to(tmp_path / "other")
    for near in ("sub/a.py", str(tmp_path / "other" / "a.py")):
        told = found(user, near)
        assert (told.text, told.paths) == ("", ())
        assert told.left_out == (UNREADABLE,)


def test_the_same_text_or_file_is_told_once(user: User) -> None:
    user.save("AGENTS.md", "Use tabs.")
    user.save("web/AGENTS.md", "Use tabs.")
    (user.root / "web" / "sub").mkdir()
    (user.root / "web" / "sub" / "AGENTS.md").symlink_to(user.root / "AGENTS.md")
    assert found(user, "web/sub/a.py").text.count("Use tabs.") == 1


@pytest.mark.parametrize("content", [b"", b"  \n"])
def test_what_says_nothing_is_passed_over(user: User, content: bytes) -> None:
    user.save("AGENTS.md", content)
    user.save(".arriero", "a file, not a folder")
    assert found(user) == Instructions()


@pytest.mark.parametrize("content", [b"\x00\x01\x02", b"\xff\xfe\x00\xd8", None])
def test_what_cannot_be_read_is_told(user: User, content: bytes | None) -> None:
    if content is None:
        (user.root / "AGENTS.md").mkdir()
    else:
        user.save("AGENTS.md", content)
    assert found(user) == Instructions(left_out=(UNREADABLE,))


def test_of_what_is_cut_something_is_sent(user: User) -> None:
    user.save("AGENTS.md", "Rule 1: be brief.\n\n" * 200_000)
    (said,) = found(user, budget=400).left_out
    assert said.startswith("99 % of AGENTS.md is not sent")


def test_what_is_too_long_ends_with_a_paragraph_and_is_told(user: User) -> None:
    user.save("AGENTS.md", LONG)
    told = found(user, budget=400)
    assert "\n\nRule 3: write what is meant, briefly.\n\n" in told.text
    kept, _, note = told.text.rpartition("\n")
    assert kept.endswith("briefly.")
    assert (
        note == f"[{len(LONG) - len(kept) + len('## AGENTS.md') + 2:,} characters of this file "
        "are left out]"
    )
    assert len(told.left_out) == 1
    assert "% of AGENTS.md is not sent" in told.left_out[0]


def test_a_heading_is_the_best_end(user: User) -> None:
    user.save("AGENTS.md", LONG + "\n\n## Tests\n\n" + "Run them. " * 300)
    told = found(user, budget=TokenEstimate("p/m").text(LONG) + 100)
    assert "## Tests" not in told.text
    assert "Rule 199" in told.text


def test_no_room_for_the_second_is_told_too(user: User) -> None:
    user.save("AGENTS.md", LONG)
    user.save(".arriero/instructions.md", LONG + " Yes.")
    told = found(user, budget=400)
    assert len(told.paths) == 1
    assert "100 % of .arriero/instructions.md" in told.left_out[1]


def test_more_than_one_folder(tmp_path: Path) -> None:
    users = [User(tmp_path / name) for name in ("one", "two")]
    for user in users:
        user.save("AGENTS.md", f"Of {user.root.name}.")
    roots = [str(user.root) for user in users]
    view = WorkspaceView(roots, users[0])
    told = instructions(view, roots, str(tmp_path / "two" / "a"), 500, TokenEstimate("p").text)
    assert told.text.index("Of two.") < told.text.index("Of one.")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root")


@given(
    st.lists(
        st.sampled_from(("# A\n", "word ", "\n\n", "漢字", "x" * 300, "🙂", "`a_b`")), max_size=400
    ),
    st.integers(0, 700),
)
def test_never_more_than_the_budget(folder: Path, pieces: list[str], budget: int) -> None:
    user = User(folder)
    user.type("AGENTS.md", "".join(pieces))
    user.type(".arriero/instructions.md", "".join(reversed(pieces)) + "end")
    told = found(user, budget=budget)
    assert TokenEstimate("p/m").text(told.text) <= budget
