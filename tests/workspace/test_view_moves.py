from __future__ import annotations

import pytest

from arriero.workspace.errors import (
    AlreadyExists,
    FileMissing,
)
from arriero.workspace.view import WorkspaceView
from workspace.user import User, proposed

TEXT = "one\ntwo\nthree\nfour\nfive\n"


def test_deleting(user: User, view: WorkspaceView) -> None:
    user.save("a.py", TEXT)
    view.write("new.py", "x\n")
    assert view.delete("a.py").new_text is None
    view.delete("new.py")
    assert not view.exists("a.py")
    with pytest.raises(FileMissing):
        view.read("a.py")
    assert list(view.files()) == []
    assert proposed(view) == {"a.py": ("delete", None, None)}
    view.write("a.py", "again\n")
    assert proposed(view) == {"a.py": ("edit", "again\n", None)}


RENAMES = {
    "simple": (["rename a b"], {"a": ("rename", "A\n", "b")}),
    "and edit": (["rename a b", "edit b A X"], {"a": ("rename", "X\n", "b")}),
    "edit before": (["edit a A X", "rename a b"], {"a": ("rename", "X\n", "b")}),
    "twice": (["rename a b", "rename b c"], {"a": ("rename", "A\n", "c")}),
    "and back": (["rename a b", "rename b a"], {}),
    "edit and back": (["rename a b", "edit b A X", "rename b a"], {"a": ("edit", "X\n", None)}),
    "created": (["write n N", "rename n m"], {"m": ("create", "N\n", None)}),
    "and delete": (["rename a b", "delete b"], {"a": ("delete", None, None)}),
    "onto deleted": (
        ["delete z", "rename a z"],
        {"a": ("delete", None, None), "z": ("edit", "A\n", None)},
    ),
    "onto deleted, and back": (["delete z", "rename a z", "rename z a"], {
        "z": ("delete", None, None),
    }),
    "old name again": (
        ["rename a b", "write a N"],
        {"a": ("edit", "N\n", None), "b": ("create", "A\n", None)},
    ),
    "chain": (
        ["rename a b", "rename z a"],
        {
            "a": ("edit", "Z\n", None),
            "b": ("create", "A\n", None),
            "z": ("delete", None, None),
        },
    ),
    "exchange": (
        ["rename a t", "rename z a", "rename t z"],
        {"a": ("edit", "Z\n", None), "z": ("edit", "A\n", None)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RENAMES)
def test_renaming(user: User, view: WorkspaceView, name: str) -> None:
    operations, expected = RENAMES[name]
    user.save("a", "A\n")
    user.save("z", "Z\n")
    texts = {"a": "A\n", "z": "Z\n"}
    for operation in operations:
        what, path, *rest = operation.split()
        if what == "rename":
            view.rename(path, rest[0])
            texts[rest[0]] = texts.pop(path)
        elif what == "edit":
            view.edit(path, rest[0], rest[1])
            texts[path] = texts[path].replace(rest[0], rest[1])
        elif what == "write":
            view.write(path, rest[0] + "\n")
            texts[path] = rest[0] + "\n"
        else:
            view.delete(path)
            del texts[path]
    assert {view.display(path): view.peek(path).text for path in view.files()} == texts
    assert {n for n in ("a", "b", "c", "m", "n", "t", "z") if view.exists(n)} == set(texts)
    assert proposed(view) == expected


def test_a_rename_onto_a_file_is_refused(user: User, view: WorkspaceView) -> None:
    user.save("a", "A\n")
    user.save("z", "Z\n")
    with pytest.raises(AlreadyExists):
        view.rename("a", "z")
    with pytest.raises(FileMissing):
        view.rename("none", "b")


def test_what_the_model_has_seen_it_has_seen_under_another_name(
    user: User, view: WorkspaceView
) -> None:
    user.save("a", TEXT)
    view.read("a")
    view.rename("a", "b")
    assert view.write("b", "x\n").new_text == "x\n"
