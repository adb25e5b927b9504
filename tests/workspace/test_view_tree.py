from __future__ import annotations

import codecs
import threading

import pytest

from arriero.workspace.errors import (
    FileMissing,
    NotDirectory,
)
from arriero.workspace.view import WorkspaceView
from workspace.user import User

# --- folders


def test_a_folder_shows_the_proposal_and_unsaved_files(user: User, view: WorkspaceView) -> None:
    for name in ("a.py", "gone.py", "old.py", "build/x.o", "sub/b.py", "debug.log"):
        user.save(name, "12345")
    user.save(".gitignore", "build\n*.log\n")
    user.type("unsaved.py", "12")
    view.write("new/deep.py", "x\n")
    view.edit("a.py", "12345", "1234567")
    view.delete("gone.py")
    view.rename("old.py", "sub/moved.py")
    listing = view.entries(".")
    shown = [f"{e.name}/" if e.is_directory else f"{e.name} {e.size}" for e in listing.entries]
    assert shown == [".gitignore 12", "a.py 7", "new/", "sub/", "unsaved.py 2"]
    assert listing.ignored == 2
    assert [e.name for e in view.entries("sub").entries] == ["b.py", "moved.py"]
    assert [e.name for e in view.entries("new").entries] == ["deep.py"]
    assert [e.name for e in view.entries("build").entries] == ["x.o"]
    assert [view.display(path) for path in view.files()] == [
        ".gitignore", "a.py", "new/deep.py", "sub/b.py", "sub/moved.py", "unsaved.py",
    ]  # fmt: skip
    assert [view.display(path) for path in view.files("sub")] == ["sub/b.py", "sub/moved.py"]
    with pytest.raises(NotDirectory):
        view.entries("a.py")
    with pytest.raises(FileMissing):
        view.entries("none")


# --- what commands see


def test_the_overlay_is_what_differs_from_the_disk(user: User, view: WorkspaceView) -> None:
    user.save("same.py", "x\n")
    user.type("same.py", "x\n")
    user.save("old.txt", "größe\n".encode("latin-1"))
    user.type("old.txt", "Größe\n")
    user.type("unsaved.py", "new\n")
    user.save("wide.txt", codecs.BOM_UTF16_LE + "a".encode("utf-16-le"))
    view.edit("wide.txt", "a", "😀")
    user.save("gone.py", "x")
    view.delete("gone.py")
    user.save("from.py", "x\n")
    view.rename("from.py", "to.py")
    user.save("a.bin", b"\0")
    user.type("a.bin", "what a hex editor shows")
    user.type("untitled:1", "draft")
    user.open["/elsewhere"] = user.open[user.path("unsaved.py")]
    assert {view.display(p): data for p, data in view.overlay().items()} == {
        "old.txt": "Größe\n".encode("latin-1"),
        "unsaved.py": b"new\n",
        "wide.txt": codecs.BOM_UTF16_LE + "😀".encode("utf-16-le"),
        "gone.py": None,
        "from.py": None,
        "to.py": b"x\n",
    }


def test_a_buffer_that_its_encoding_cannot_hold_is_laid_in_utf8(
    user: User, view: WorkspaceView
) -> None:
    path = user.save("a.txt", "größe".encode("latin-1"))
    user.type("a.txt", "→")
    assert view.overlay() == {path: "→".encode()}


# --- many threads


def test_edits_from_many_threads_are_all_made(user: User, view: WorkspaceView) -> None:
    count = 20
    user.save("a.py", "".join(f"line {n}.\n" for n in range(count)))
    failures: list[Exception] = []

    def work(n: int) -> None:
        try:
            view.edit("a.py", f"line {n}.", f"made {n}.")
            view.write(f"new/{n}.py", "x\n")
            view.overlay()
            view.entries(".")
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert view.read("a.py").text == "".join(f"made {n}.\n" for n in range(count))
    assert len(list(view.files())) == count + 1
