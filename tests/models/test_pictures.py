"""Pictures are judged by their bytes: whole, broken off, or of a kind that nobody here knows."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.cli.trials.picture import red_square
from arriero.models.pictures import PictureBroken, check_picture

PNG = red_square(4)
# One point each, put together by the standards; the JPEG with a comment that holds a JPEG's end.
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000fffe0006ffd9ffd9ffdb004300"
    + "01" * 64
    + "ffc0000b080001000101011100"
    + "".join(f"ffc40014{table}01{'00' * 16}" for table in ("00", "10"))
    + "ffda0008010100003f003fffd9"
)
GIF = bytes.fromhex(
    "47494638396101000100f00000ff000000000021fe0361626300"
    "21f90400000000002c00000000010001000002024401003b"
)
WEBP = bytes.fromhex("524946461a000000574542505650384c0d0000002f0000001007d0ffedfe07002200")
WHOLE = {"PNG": PNG, "JPEG": JPEG, "GIF": GIF, "WebP": WEBP}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_picture(kind: str) -> None:
    assert check_picture(WHOLE[kind]) == kind
    assert check_picture(WHOLE[kind] + b"a camera's own") == kind


@pytest.mark.parametrize("kind", WHOLE)
def test_cut_off_anywhere(kind: str) -> None:
    # Only the end mark of a GIF may be missing: its image is there.
    last = len(WHOLE[kind]) - (1 if kind == "GIF" else 0)
    for length in range(16, last):
        with pytest.raises(PictureBroken, match=f"^is a {kind} file that breaks off or is damaged"):
            check_picture(WHOLE[kind][:length])


def test_what_is_no_picture() -> None:
    with pytest.raises(PictureBroken, match=r"^is empty$"):
        check_picture(b"")
    for other in (b"BM\x1e\0", b"<!DOCTYPE html>", b"RIFF\0\0\0\0WAVE"):
        assert check_picture(other) is None
    with pytest.raises(PictureBroken):  # 0 points wide
        check_picture(PNG.replace(b"IHDR\0\0\0\4", b"IHDR\0\0\0\0"))


@given(st.sampled_from([PNG, JPEG, GIF, WEBP]), st.integers(0, 200), st.binary(max_size=40))
def test_any_damage_is_judged(picture: bytes, at: int, other: bytes) -> None:
    try:
        kind = check_picture(picture[:at] + other + picture[at + len(other) :])
    except PictureBroken:
        return
    assert kind is None or kind in WHOLE


@pytest.mark.parametrize(
    "hostile",
    [
        GIF[:22] + b"\x01a" * 2_000_000,
        b"\xff\xd8\xff\xe0" + b"\0\2\xff\xe0" * 1_000_000,
        b"\xff\xd8" + b"\xff" * 4_000_000,
    ],
    ids=["blocks", "segments", "filling"],
)
def test_tiny_parts_cost_little(hostile: bytes) -> None:
    def seconds() -> float:
        begun = time.process_time()
        check_picture(hostile)
        return time.process_time() - begun

    # All of them would take a quarter of a second and more.
    assert min(seconds() for _ in range(3)) < 0.05
