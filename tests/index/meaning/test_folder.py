"""What of a workspace has vectors, whatever happens to its files and wherever it was cut off."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale import is_full

pytest.importorskip("numpy", reason="vectors need numpy")

from arriero.index.meaning import folder as folders
from arriero.index.meaning.pieces import read_pieces
from arriero.index.reader import NoIndex
from index.meaning.embedded import LENGTH, Embedded, vector

SHEAR = "def shear(llama):\n    return llama.wool\n"
TAXES = "def pay(year):\n    return year.taxes\n"


def long_text(changed: str = "") -> str:
    """Some hundred lines; `changed` is near the end."""
    parts = [f"def work_{n}():\n" + "    step()\n" * 30 for n in range(12)]
    return "\n".join([*parts[:-1], changed, parts[-1]])


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Embedded]:
    made = Embedded(tmp_path / "one", tmp_path / "cache")
    yield made
    made.close()


def test_every_chunk_is_found_by_its_lines(here: Embedded) -> None:
    here.disk.write("farm/shear.py", SHEAR)
    here.disk.write("office/taxes.py", TAXES)
    here.disk.write("long.py", long_text("def vicuna():\n    alpaca()\n"))
    here.disk.write("blank.py", "\n\n  \n{}\n")
    here.disk.write("lock.bin", b"\0\1\2")
    here.settle()
    assert here.near("llama wool shear", 1)[0][0] == "farm/shear.py"
    assert here.near("year taxes pay", 1)[0][0] == "office/taxes.py"
    ((name, line, end_line),) = here.near("vicuna alpaca", 1)
    assert name == "long.py"
    assert line <= long_text().count("\n") - 31 <= end_line
    assert here.folder.done == here.folder.chunks > 8
    assert "farm/shear.py\n" + SHEAR.rstrip("\n") in here.asked
    assert not any("blank" in text for text in here.asked), "there is nothing in it"


def test_only_what_changed_is_embedded(here: Embedded) -> None:
    here.disk.write("long.py", long_text())
    here.disk.write("a/shear.py", SHEAR)
    here.settle()
    first = len(here.asked)
    here.disk.write("long.py", long_text("def vicuna():\n    alpaca()\n"))
    here.settle()
    assert 1 <= len(here.asked) - first <= 2
    assert "vicuna" in here.asked[-1]
    before = len(here.asked)
    here.disk.write("long.py", long_text())  # as another branch has it
    here.disk.write("b/a/shear.py", SHEAR)  # a copy
    here.settle()
    assert len(here.asked) == before
    assert {name for name, _, _ in here.near("llama wool", 2)} == {"a/shear.py", "b/a/shear.py"}


def test_two_workspaces_share_vectors(here: Embedded, tmp_path: Path) -> None:
    here.disk.write("src/shear.py", SHEAR)
    here.settle()
    other = Embedded(tmp_path / "two", tmp_path / "cache")
    other.disk.write("deep/src/shear.py", SHEAR)
    other.disk.write("taxes.py", TAXES)
    other.settle()
    assert [text.split("\n")[0] for text in other.asked] == ["taxes.py"]
    assert other.near("llama wool", 1)[0][0] == "deep/src/shear.py"
    other.close()


def test_what_is_gone_is_not_found(here: Embedded) -> None:
    gone = here.disk.write("shear.py", SHEAR)
    here.disk.write("taxes.py", TAXES)
    here.settle()
    Path(gone).unlink()
    here.settle()
    assert [name for name, _, _ in here.near("llama wool", 1)] == ["taxes.py"]
    assert (here.folder.done, here.folder.chunks) == (1, 1)


def test_what_the_index_does_not_know_yet_waits_for_it(here: Embedded) -> None:
    here.disk.write("shear.py", SHEAR)
    here.index()
    here.disk.write("shear.py", TAXES + "# changed since\n")
    here.folder.refresh()
    assert not here.embed()
    assert here.folder.looked
    assert here.folder.done == here.folder.chunks == 0
    here.settle()
    assert here.asked == [f"shear.py\n{TAXES}# changed since"]


def test_what_is_known_is_not_read_again(here: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        here.disk.write(f"n{number}.py", f"number_{number} = 'llama'\n")
    here.settle()
    here.close()
    read: list[bytes] = []

    def noted(root: str, name: bytes, *rest: object) -> object:
        read.append(name)
        return read_pieces(root, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(folders, "read_pieces", noted)
    here.open()
    here.asked.clear()
    here.disk.write("new.py", SHEAR)
    here.settle()
    assert read == [b"new.py"]
    assert len(here.asked) == 1
    assert here.folder.done == 21


def test_an_index_that_was_built_anew(here: Embedded) -> None:
    here.disk.write("shear.py", SHEAR)
    here.settle()
    shutil.rmtree(here.disk.index)
    (Path(here.disk.root) / "shear.py").unlink()
    here.disk.write("taxes.py", TAXES)  # has the id that the other one had
    here.settle()
    assert [text.split("\n")[0] for text in here.asked] == ["shear.py", "taxes.py"]
    assert (here.folder.done, here.folder.chunks) == (1, 1)
    assert here.folder.nearest(vector("year taxes"), 1).closeness[0] > 0.3


def test_a_model_of_its_own_name_or_length_has_vectors_of_its_own(here: Embedded) -> None:
    here.disk.write("shear.py", SHEAR)
    here.disk.write("taxes.py", TAXES)
    here.settle()
    here.close()
    here.open("other")
    here.settle()
    assert len(here.asked) == 4
    here.close()
    here.open()
    here.settle()
    assert len(here.asked) == 4, "the first one's were kept"
    here.disk.write("more.py", "more = 'vicuna'\n")
    here.index()
    here.folder.refresh()
    while here.embed(length=LENGTH // 2):  # other weights answer under the name
        continue
    assert len(here.asked) == 4 + 1 + 2
    assert here.folder.model.length == LENGTH // 2
    assert here.folder.done == 3
    with pytest.raises(ValueError, match="not one of this model's"):
        here.folder.nearest(vector("llama"), 1)
    assert len(here.folder.nearest(vector("llama", LENGTH // 2), 9).rows) == 3


def test_the_newest_files_are_embedded_where_there_are_too_many(tmp_path: Path) -> None:
    made = Embedded(tmp_path / "one", tmp_path / "cache", most=3)
    for number in range(5):
        made.disk.write(f"n{number}.py", f"number_{number} = 1\n")
    made.settle()
    assert (made.folder.chunks, made.folder.done, made.folder.left_out) == (3, 3, 2)
    (Path(made.disk.root) / "n0.py").unlink()
    (Path(made.disk.root) / "n1.py").unlink()
    made.settle()
    assert made.folder.done == 3
    assert made.folder.left_out == 0
    made.close()


def test_a_text_that_is_refused_is_done_without(here: Embedded) -> None:
    here.disk.write("shear.py", SHEAR)
    here.disk.write("taxes.py", TAXES)
    here.index()
    here.folder.refresh()
    batch = here.folder.next(9, 100_000, 10.0)
    assert len(batch) == 2
    here.folder.skip([digest for digest, text in batch if "llama" in text])
    while here.embed():
        continue
    assert here.folder.done == here.folder.chunks == 2
    assert [name for name, _, _ in here.near("llama", 5)] == ["taxes.py"]


def test_a_batch_is_as_long_as_it_may_be(here: Embedded) -> None:
    for number in range(9):
        here.disk.write(f"n{number}.py", f"number_{number} = '{'x' * 90}'\n")
    here.index()
    here.folder.refresh()
    assert len(here.folder.next(4, 100_000, 10.0)) == 4
    assert len(here.folder.next(4, 250, 10.0)) == 2
    assert len(here.folder.next(4, 1, 10.0)) == 1, "one at least"


def test_without_an_index(here: Embedded) -> None:
    with pytest.raises(NoIndex):
        here.folder.refresh()


FULL = is_full()
NAMES = st.sampled_from(["a.py", "b.py", "c/d.py"])
TEXTS = st.sampled_from([SHEAR, TAXES, long_text(), long_text("def vicuna(): pass\n"), "", "\n"])
ACTS = st.one_of(
    st.tuples(st.just("write"), NAMES, TEXTS),
    st.tuples(st.just("remove"), NAMES, st.just("")),
    st.tuples(st.sampled_from(["index", "refresh", "embed", "die"]), st.just(""), st.just("")),
)


@settings(deadline=None, max_examples=60 if FULL else 8)
@given(st.lists(ACTS, max_size=14))
def test_any_edits_and_deaths(acts: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        here = Embedded(Path(place) / "one", Path(place) / "cache")
        here.index()
        here.folder.refresh()
        for act, name, text in acts:
            path = Path(here.disk.root) / name
            match act:
                case "write":
                    here.disk.write(name, text)
                case "remove":
                    path.unlink(missing_ok=True)
                case "index":
                    here.index()
                case "refresh":
                    here.folder.refresh()
                case "embed":
                    here.embed(most=2)
                case "die":
                    here.close()
                    here.open()
                    here.folder.refresh()
        here.settle()
        anew = Embedded(Path(place) / "two", Path(place) / "other_cache")
        anew.disk.root, anew.disk.index = here.disk.root, here.disk.index
        anew.close()
        anew.open()
        anew.settle()
        assert here.folder.done == here.folder.chunks == anew.folder.chunks
        for question in ("llama wool", "year taxes", "vicuna", "step work"):
            assert sorted(here.near(question, 99)) == sorted(anew.near(question, 99))
        here.close()
        anew.close()
