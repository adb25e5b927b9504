"""What editors tell of files, beside the system."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from arriero.workspace.changed import Changed
from arriero.workspace.editornews import EditorNews


class Place:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.time = 0.0
        self.news = EditorNews(lambda: self.time)

    def hears(self, *told: str) -> None:
        """The editor tells `kind name`."""
        self.news.add(str(self.root), [self.change(one) for one in told])

    def sees(self, *told: str) -> None:
        """The system tells it."""
        self.news.told([self.change(one) for one in told])

    def change(self, told: str) -> Changed:
        kind, name = told.split()
        return Changed(str(self.root / name), kind)  # type: ignore[arg-type]

    def due(self, *covered: str, after: float = 0.0) -> list[str]:
        """What is told, where the system tells of these folders."""
        self.time += after
        folders = {os.path.normpath(self.root / name) for name in covered}
        found = self.news.due(folders.__contains__)
        return sorted(f"{c.kind} {os.path.relpath(c.path, self.root)}" for c in found)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "d").mkdir()
    (tmp_path / "a").write_text("1")
    (tmp_path / "d/b").write_text("1")
    return Place(tmp_path)


def test_where_the_system_tells_nothing_the_editor_is_believed_at_once(place: Place) -> None:
    place.hears("changed a", "created d/b", "deleted d/gone")
    assert place.due() == ["changed a", "created d/b", "deleted d/gone"]
    assert place.due(after=10) == []


def test_what_the_system_tells_as_well_is_told_once(place: Place) -> None:
    place.hears("changed a", "deleted gone")
    assert place.due(".") == []
    place.sees("changed a", "deleted gone")
    assert place.due(".", after=2) == []


def test_what_the_system_should_have_told_is_told_after_a_moment(place: Place) -> None:
    place.sees("changed a")
    (place.root / "a").write_text("longer")
    place.hears("changed a")
    assert place.due(".", after=0.5) == []
    assert place.due(".", after=0.6) == ["changed a"]
    place.hears("changed a")
    assert place.due(".", after=2) == [], "it was told already, by an editor"


def test_another_editor_that_tells_the_same_is_not_heard(place: Place) -> None:
    place.hears("changed a")
    place.hears("changed a")
    assert place.due() == ["changed a"]


def test_the_disk_decides_what_happened(place: Place) -> None:
    place.hears("deleted a", "created gone", "created d")
    assert place.due() == ["changed a", "created d", "deleted gone"]
    place.hears("created d")
    assert place.due(".", "d", after=2) == [], "the system tells of that folder itself"


def test_a_flood_becomes_one_look(place: Place) -> None:
    place.hears(*(f"created f{n}" for n in range(5_001)))
    assert place.due() == ["rescan ."]
    assert place.due(after=2) == []
