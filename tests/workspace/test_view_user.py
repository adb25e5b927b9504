from __future__ import annotations

import pytest

from arriero.workspace.errors import (
    Conflict,
    FileMissing,
    NotText,
)
from arriero.workspace.view import WorkspaceView
from workspace.user import User, proposed

TEXT = "one\ntwo\nthree\nfour\nfive\n"


def test_a_file_that_changed_since_it_was_read_is_not_deleted(
    user: User, view: WorkspaceView
) -> None:
    user.save("a.py", TEXT)
    view.read("a.py")
    user.type("a.py", TEXT + "six\n")
    with pytest.raises(Conflict):
        view.delete("a.py")
    view.read("a.py")
    view.delete("a.py")


def test_a_file_that_changed_elsewhere_is_edited_where_the_old_text_is(
    user: User, view: WorkspaceView
) -> None:
    user.save("a.py", TEXT)
    view.read("a.py")
    view.edit("a.py", "two", "2")
    user.type("a.py", "zero\n" + TEXT)
    view.edit("a.py", "four", "4")
    with pytest.raises(Conflict):  # it has still not seen the new line
        view.write("a.py", "x\n")
    assert view.read("a.py").text == "zero\none\n2\nthree\n4\nfive\n"
    assert view.read("a.py").notice == ""
    assert proposed(view)["a.py"][1] == "zero\none\n2\nthree\n4\nfive\n"


@pytest.mark.parametrize(
    ("old", "current"),
    [
        ("two", "one\ntwo\nthree\ntwo\nfive\n"),  # twice now
        ("two\nthree\nfour", "one\n2\nthree\nfour\nfive\n"),  # not there any more
        ("two\n  three", "one\ntwo\nthree\nfour\nsix\n"),  # only almost
    ],
)
def test_an_edit_that_may_mean_something_else_now_is_refused_with_the_text(
    user: User, view: WorkspaceView, old: str, current: str
) -> None:
    user.save("a.py", TEXT)
    view.read("a.py")
    user.type("a.py", current)
    with pytest.raises(Conflict, match="changed since") as caught:
        view.edit("a.py", old, "X")
    assert "\t" in str(caught.value) or "lines" in str(caught.value)
    assert proposed(view) == {}


def test_where_both_changed_the_same_the_user_wins_and_the_model_is_told(
    user: User, view: WorkspaceView
) -> None:
    user.save("a.py", TEXT)
    view.edit("a.py", "two", "2")
    view.edit("a.py", "five", "5")
    user.type("a.py", TEXT.replace("two", "TWO"))
    assert proposed(view)["a.py"][1] == "one\n2\nthree\nfour\n5\n"  # as it was made
    document = view.read("a.py")
    assert document.text == "one\nTWO\nthree\nfour\n5\n"
    assert "dropped" in document.notice
    assert view.read("a.py").notice == ""
    assert proposed(view)["a.py"][1] == "one\nTWO\nthree\nfour\n5\n"


def test_an_edit_tells_what_was_dropped(user: User, view: WorkspaceView) -> None:
    user.save("a.py", TEXT)
    view.edit("a.py", "two", "2")
    user.type("a.py", TEXT.replace("two", "TWO"))
    assert "dropped" in view.edit("a.py", "five", "5").notice


@pytest.mark.parametrize("current", [None, "mine\n", b"\0"])
def test_a_file_that_the_user_deleted_or_made_is_the_users(
    user: User, view: WorkspaceView, current: str | bytes | None
) -> None:
    user.save("a.py", TEXT)
    user.save("gone.py", TEXT)
    view.edit("a.py", "two", "2")
    view.write("new.py", "N\n")
    view.delete("gone.py")
    if current is None:
        (user.root / "a.py").unlink()
        (user.root / "gone.py").unlink()
        with pytest.raises(FileMissing):
            view.read("a.py")
        assert proposed(view) == {"new.py": ("create", "N\n", None)}
        return
    user.save("new.py", current)
    user.save("gone.py", current)
    assert {"new.py", "gone.py"} <= proposed(view).keys()  # until they are looked at
    for name in ("new.py", "gone.py"):
        if isinstance(current, bytes):
            with pytest.raises(NotText):
                view.read(name)
        else:
            assert view.read(name).text == current
    assert proposed(view).keys() == {"a.py"}


def test_what_the_user_accepted_is_proposed_no_longer(user: User, view: WorkspaceView) -> None:
    user.save("a.py", TEXT)
    user.save("b.py", TEXT)
    user.save("c.py", TEXT)
    view.edit("a.py", "two", "2")
    view.write("new.py", "N\n")
    view.delete("b.py")
    view.rename("c.py", "d.py")
    user.type("a.py", TEXT.replace("two", "2") + "six\n")
    user.save("new.py", "N\n")
    (user.root / "b.py").unlink()
    (user.root / "c.py").rename(user.root / "d.py")
    assert proposed(view) == {}
    assert view.read("a.py").text == TEXT.replace("two", "2") + "six\n"
    assert [view.display(path) for path in view.files()] == ["a.py", "d.py", "new.py"]


def test_the_line_ends_of_the_editor_are_taken(user: User, view: WorkspaceView) -> None:
    user.save("a.py", TEXT)
    view.edit("a.py", "two", "2")
    user.type("a.py", TEXT.replace("\n", "\r\n"))
    assert view.read("a.py").text == TEXT.replace("two", "2").replace("\n", "\r\n")
