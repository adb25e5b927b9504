"""Files are read as `Confinement.read` and `decode` do, and only what is a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from arriero.index.overlay import LaidText
from arriero.index.texts import Texts
from arriero.workspace.confine import Confinement
from arriero.workspace.encoding import decode
from arriero.workspace.usertexts import MOST_BYTES

CONTENTS = (
    b"", b"plain\n", "é\n".encode(), b"caf\xe9\n", b"a\0b", "é\0".encode(), b"\xef\xbb\xbfmarked\n",
    b"\xef\xbb\xbf", b"\xef\xbb\xbfa\0b", b"\xef\xbb\xbf\xff", "two\r\nlines é".encode("utf-16"),
    b"\xfe\xff\0a", b"\xff\xfea", bytes(range(128, 256)), b"\xed\xa0\x80 half of a pair",
    b"x" * 70_000, b"x" * 70_000 + b"\0", "é".encode() * 70_000, "ab".encode("utf-16") * 40_000,
    b"\x01\xe9",
)  # fmt: skip


def read(root: Path | str, *names: str, having: tuple[bytes, ...] = ()) -> dict[str, str]:
    with Texts(Confinement([str(root)]), {}) as texts:
        every = [os.path.join(root, name) for name in names]
        found = {path: text for path, text, _ in texts.each(every, having)}
        assert texts.read == len(names)
    return {os.path.relpath(path, root): text for path, text in found.items()}


def test_as_the_careful_way(tmp_path: Path) -> None:
    names = [str(number) for number in range(len(CONTENTS))]
    for name, data in zip(names, CONTENTS, strict=True):
        (tmp_path / name).write_bytes(data)
    decoded = {name: decode(data) for name, data in zip(names, CONTENTS, strict=True)}
    assert read(tmp_path, *names) == {name: one[0] for name, one in decoded.items() if one}


def test_what_its_bytes_rule_out_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"needle")
    (tmp_path / "b").write_bytes(b"hay")
    (tmp_path / "wide").write_bytes("hay".encode("utf-16"))  # its bytes do not tell
    assert set(read(tmp_path, "a", "b", "wide", having=(b"needle",))) == {"a", "wide"}


def test_where_it_is_first(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"some needle")
    (tmp_path / "b").write_bytes("é needle".encode())  # no place is as in its bytes
    (tmp_path / "c").write_bytes(b"\xef\xbb\xbfa needle")
    (tmp_path / "d").write_bytes(b"\xe9 needle")
    paths = [str(tmp_path / name) for name in "abcd"]
    with Texts(Confinement([str(tmp_path)]), {}) as texts:
        assert [at for _, _, at in texts.each(paths, (b"needle",))] == [5, 0, 0, 2]
        assert [at for _, _, at in texts.each(paths, (b"none", b"needle"))] == [0, 0, 0, 0]


def test_a_buffer_stands_for_its_file(tmp_path: Path) -> None:
    path = str(tmp_path / "a")
    with Texts(Confinement([str(tmp_path)]), {path: LaidText(path, "a", "half: \ud800")}) as texts:
        assert list(texts.each([path])) == [(path, "half: \ud800", 0)]


def test_what_is_too_large_is_left_out(tmp_path: Path) -> None:
    for name, size in (("most", MOST_BYTES), ("more", MOST_BYTES + 1), ("wraps", (1 << 32) + 5)):
        (tmp_path / name).touch()
        with (tmp_path / name).open("r+b") as file:
            file.write(b"a text" * 20_000)  # without a NUL where it is looked for first
            file.truncate(size)
    (tmp_path / "most").write_bytes(b"x" * MOST_BYTES)
    assert list(read(tmp_path, "most", "more", "wraps")) == ["most"]


def test_a_pipe_keeps_what_is_in_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    both = os.open(tmp_path / "pipe", os.O_RDWR | os.O_NONBLOCK)
    try:
        os.write(both, b"for somebody else")
        assert read(tmp_path, "pipe", "folder", "gone") == {}
        assert os.read(both, 100) == b"for somebody else"
    finally:
        os.close(both)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there are no devices")
def test_devices_are_no_texts() -> None:
    assert read("/dev", "null", "zero", "random", "tty") == {}


def test_a_link_leads_nowhere_else(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside").write_text("what nobody may see")
    (root / "file").write_text("a text")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "above").symlink_to(tmp_path)
    (root / "within").symlink_to("file")
    found = read(root, "file", "out", "above/outside", "../outside", "within")
    assert found == {"file": "a text", "within": "a text"}
