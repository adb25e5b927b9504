from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from arriero.workspace.blobs import BlobLost, Blobs


@pytest.mark.parametrize("text", ["", "a\r\nb\rc\n", "é中😀\ud83d\udcff\x00", "x" * 1_000_000])
def test_a_text_comes_back(tmp_path: Path, text: str) -> None:
    key = Blobs(tmp_path / "blobs").put(text)
    assert Blobs(tmp_path / "blobs").get(key) == text


def test_a_text_is_stored_once_and_for_the_user_alone(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    assert blobs.put("same\n") == blobs.put("same\n") != blobs.put("other\n")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "blobs").stat().st_mode) == 0o700


def test_a_lost_or_damaged_text_is_told(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    key, other = blobs.put("text"), blobs.put("another")
    path = tmp_path / key[:2] / key[2:]
    path.write_bytes((tmp_path / other[:2] / other[2:]).read_bytes())
    with pytest.raises(BlobLost, match="damaged"):
        blobs.get(key)
    path.write_bytes(b"no zlib")
    with pytest.raises(BlobLost, match="lost"):
        blobs.get(key)
    path.unlink()
    with pytest.raises(BlobLost, match="lost"):
        blobs.get(key)
    assert blobs.put("text") == key
    assert blobs.get(key) == "text"


def test_what_nobody_speaks_of_is_deleted_when_it_is_old(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    kept, dropped = blobs.put("kept"), blobs.put("dropped")
    assert blobs.keep_only({kept}, older_than=time.time() - 1000) == 0
    assert blobs.keep_only({kept}, older_than=time.time() + 1000) == 1
    assert blobs.get(kept) == "kept"
    with pytest.raises(BlobLost):
        blobs.get(dropped)


def test_a_text_that_is_stored_again_while_it_is_forgotten_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another record begins to speak of it, between the look at its age and its end."""
    blobs = Blobs(tmp_path)
    key = blobs.put("text")
    path = tmp_path / key[:2] / key[2:]
    os.utime(path, (1, 1))
    renamed = Path.rename

    def rename(self: Path, target: Path) -> Path:
        assert blobs.put("text") == key
        return renamed(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    assert blobs.keep_only(set(), 1000.0) == 0
    assert blobs.get(key) == "text"
    monkeypatch.undo()
    os.utime(path, (1, 1))
    assert blobs.keep_only(set(), 1000.0) == 1
    assert list(path.parent.iterdir()) == []


def test_what_another_daemon_forgot_meanwhile_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = Blobs(tmp_path)
    paths = []
    for text in ("one", "two"):
        key = blobs.put(text)
        paths.append(tmp_path / key[:2] / key[2:])
        os.utime(paths[-1], (1, 1))
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter([tmp_path / "aa/gone", *paths]))
    assert blobs.keep_only(set(), 1000.0) == 2
