from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

import pytest

from arriero.workspace.view import WorkspaceView
from workspace.user import User

TEXT = "one\ntwo\nthree\nfour\nfive\n"


@dataclass(frozen=True)
class Write:
    path: str
    content: bytes | None


class Command:
    """A command that sees the overlay of a view and leaves files behind."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.view = WorkspaceView([str(user.root)], user)

    def begin(self) -> None:
        self.view.overlay()

    def end(self, **left: str | bytes | None) -> tuple[dict[str, str | None], str]:
        """Absorb what it left (underscores stand for dots); return new texts and what was said."""
        writes = [
            Write(
                self.user.path(name.replace("__", "/").replace("_", ".")),
                content.encode() if isinstance(content, str) else content,
            )
            for name, content in left.items()
        ]
        absorbed = self.view.absorb(writes)
        texts = {self.view.display(diff.path): diff.new_text for diff in absorbed.diffs}
        return texts, "\n".join(absorbed.skipped)

    def proposed(self) -> dict[str, tuple[str, str | None]]:
        files = self.view.proposal("r", "s", "l").files
        return {self.view.display(file.path): (file.kind, file.proposed) for file in files}


@pytest.fixture
def command(tmp_path: Path) -> Command:
    root = tmp_path / "root"
    root.mkdir()
    user = User(root)
    user.save("a.py", TEXT)
    return Command(user)


def test_text_files_join_the_proposal(command: Command) -> None:
    command.user.save("gone.py", "x\n")
    command.begin()
    texts, said = command.end(
        a_py=TEXT.replace("two", "2"), new__b_py="new\n", gone_py=None, c_py=""
    )
    assert said == ""
    expected = {"a.py": TEXT.replace("two", "2"), "new/b.py": "new\n", "gone.py": None, "c.py": ""}
    assert texts == expected
    assert command.proposed() == {
        "a.py": ("edit", TEXT.replace("two", "2")),
        "c.py": ("create", ""),
        "gone.py": ("delete", None),
        "new/b.py": ("create", "new\n"),
    }


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a_bin", b"\x00\x01", "binary"),
        ("a_py", b"\x00\x01", "binary"),
        ("big_txt", b"x" * (8 << 20) + b"y", "bytes"),
        ("_git__config", b"[core]\n", "ignored"),
        ("_arriero__config_yaml", b"x: 1\n", "user alone"),
        ("debug_log", b"x\n", "ignored"),
        ("old_bin", b"text now\n", "binary"),
        ("old_bin", None, "binary"),
    ],
)
def test_what_cannot_join_is_said(
    command: Command, name: str, content: bytes | None, said: str
) -> None:
    command.user.save(".gitignore", "*.log\n")
    command.user.save("old.bin", b"\0")
    command.begin()
    texts, skipped = command.end(**{name: content})
    assert texts == {}
    assert said in skipped
    assert command.proposed() == {}


def test_a_path_outside_is_left_out(command: Command) -> None:
    absorbed = command.view.absorb([Write("/etc/passwd", b"x")])
    assert absorbed.diffs == ()
    assert "outside" in absorbed.skipped[0]


def test_the_command_goes_on_from_the_proposal(command: Command) -> None:
    command.view.edit("a.py", "two", "2")
    command.view.write("new.py", "x\n")
    command.begin()
    after = TEXT.replace("two", "2").replace("five", "5")
    texts, said = command.end(a_py=after, new_py="y\n")
    assert (texts, said) == ({"a.py": after, "new.py": "y\n"}, "")
    command.begin()
    command.end(a_py=TEXT, new_py=None)
    assert command.proposed() == {}


def test_what_the_user_types_meanwhile_is_kept(command: Command) -> None:
    command.user.type("a.py", "zero\n" + TEXT)
    command.begin()
    command.user.type("a.py", "zero\n" + TEXT + "six\n")
    texts, said = command.end(a_py="zero\n" + TEXT.replace("two", "2"))
    expected = "zero\n" + TEXT.replace("two", "2") + "six\n"
    assert (texts, said) == ({"a.py": expected}, "")
    assert command.proposed() == {"a.py": ("edit", expected)}


def test_the_buffer_of_a_file_that_is_opened_meanwhile_is_kept(command: Command) -> None:
    command.begin()
    command.user.type("a.py", TEXT + "six\n")
    texts, _ = command.end(a_py=TEXT.replace("two", "2"))
    assert texts == {"a.py": TEXT.replace("two", "2") + "six\n"}


def test_where_both_changed_the_same_the_user_wins(command: Command) -> None:
    command.begin()
    command.user.type("a.py", TEXT.replace("two", "TWO"))
    texts, said = command.end(a_py=TEXT.replace("two", "2").replace("five", "5"))
    assert texts == {"a.py": TEXT.replace("two", "TWO").replace("five", "5")}
    assert "without 1 of the command's changes" in said


def test_a_file_that_the_user_changed_is_not_deleted(command: Command) -> None:
    command.begin()
    command.user.type("a.py", TEXT + "six\n")
    texts, said = command.end(a_py=None)
    assert texts == {}
    assert "not deleted" in said
    assert command.proposed() == {}


def test_a_file_that_the_user_made_meanwhile_is_kept(command: Command) -> None:
    command.begin()
    command.user.type("new.py", "mine\n")
    texts, said = command.end(new_py="the command's\n")
    assert texts == {}
    assert "meanwhile" in said
    assert command.end(new_py="mine\n") == ({}, "")


def test_a_conflict_with_an_earlier_edit_of_the_model_is_said(command: Command) -> None:
    command.view.edit("a.py", "two", "2")
    command.begin()
    command.user.type("a.py", TEXT.replace("two", "TWO"))
    texts, said = command.end(a_py=TEXT.replace("two", "2").replace("five", "5"))
    assert texts == {"a.py": TEXT.replace("two", "TWO").replace("five", "5")}
    assert "dropped" in said


def test_a_file_that_moved_is_renamed(command: Command) -> None:
    command.user.save("twin1.py", "same\n")
    command.user.save("twin2.py", "same\n")
    command.begin()
    texts, said = command.end(
        a_py=None, lib__b_py=TEXT, twin1_py=None, twin2_py=None, c_py="same\n"
    )
    assert said == ""
    assert texts["lib/b.py"] == TEXT
    assert texts["a.py"] is None
    assert command.proposed() == {
        "a.py": ("rename", TEXT),
        "c.py": ("create", "same\n"),
        "twin1.py": ("delete", None),
        "twin2.py": ("delete", None),
    }


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (b"a\r\n", b"a\n", "a\n"),
        (codecs.BOM_UTF8 + b"a\n", codecs.BOM_UTF8 + b"b\n", "b\n"),
        ("größe\n".encode("latin-1"), "größe\n".encode(), None),
        (b"a\n", codecs.BOM_UTF8 + b"a\n", None),
    ],
)
def test_line_ends_are_a_change_and_encodings_are_not(
    command: Command, before: bytes, after: bytes, expected: str | None
) -> None:
    command.user.save("b.py", before)
    command.begin()
    texts, said = command.end(b_py=after)
    assert texts == ({} if expected is None else {"b.py": expected})
    assert said == ""


def test_a_command_that_changes_a_file_after_it_was_read_makes_it_stale(command: Command) -> None:
    command.view.read("a.py")
    command.begin()
    command.end(a_py=TEXT.replace("two", "2"))
    with pytest.raises(Exception, match="changed since you read it"):
        command.view.write("a.py", "x\n")
