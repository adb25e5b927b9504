"""While much is to come, results are published together; what the user changed is not held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from arriero.index.indexer import held, store
from arriero.index.indexer.build import Build
from arriero.index.indexer.held import Held
from arriero.index.indexer.prepare import Batchwise, prepare
from arriero.index.indexer.rows import Job
from arriero.index.indexer.work import Options
from arriero.workspace.confine import Confinement
from index.harness import Disk, content, prepared, settle


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    disk = Disk(tmp_path, Options(batch_files=2))
    for number in range(10):
        disk.write(f"f{number}.py", f"name_{number} = 1\n")
    build = disk.build()
    while build.wait == 0.0 and not len(build.queue):
        build.step()
    yield build
    build.close()


def go_on(build: Build) -> None:
    batch = build.next_batch()
    assert batch is not None
    build.publish(batch, prepared(build, batch))


def indexed(tmp_path: Path) -> int:
    return sum(facts[1] == "text" for facts in content(tmp_path / "index").values())


def test_batches_wait_for_the_last_one(build: Build, tmp_path: Path) -> None:
    for _ in range(4):
        go_on(build)
        assert indexed(tmp_path) == 0
    go_on(build)
    assert indexed(tmp_path) == 10
    assert build.phase == "ready"


@pytest.mark.parametrize(("limit", "value"), [("_MOST_BYTES", 1), ("_MOST_FILES", 2),
                                              ("_MOST_SECONDS", 0.0)])  # fmt: skip
def test_not_too_much_waits(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: float
) -> None:
    monkeypatch.setattr(held, limit, value)
    go_on(build)
    assert indexed(tmp_path) == 2


def test_what_is_urgent_is_published_with_what_waits(build: Build, tmp_path: Path) -> None:
    go_on(build)
    build.prefer([f"{build.root}/f{number}.py" for number in range(10)])
    go_on(build)
    assert indexed(tmp_path) > 2


def test_what_waits_and_changes_is_read_again(build: Build, tmp_path: Path) -> None:
    batch = build.next_batch()
    assert batch is not None
    build.publish(batch, prepared(build, batch))
    path = Path(build.root) / batch.jobs[0].name.decode()
    path.write_text("another = 1\n")
    build.changed([(str(path), "changed")], 1)
    settle(build)
    assert build.acknowledged == 1
    assert indexed(tmp_path) == 10


def test_new_files_keep_their_ids(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.Store, "_forget", None)
    settle(build)
    assert build.phase == "ready"


def test_a_word_stays_known_when_the_file_that_told_it_is_gone(tmp_path: Path) -> None:
    """Of the files of a batch only the first one tells it."""
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("zebra_crossing = 1\n")
    before, confinement = Batchwise(), Confinement([str(tmp_path)])
    first, second = (
        prepare(str(tmp_path), Job(name, 20), confinement, before) for name in (b"a.py", b"b.py")
    )
    assert "zebracrossing" in first.terms.split()
    assert not second.terms
    waiting = Held()
    waiting.add([first, second])
    gone, there = waiting.take({first.name})
    assert (gone.kind, gone.terms) == ("gone", first.terms)
    assert there == second
