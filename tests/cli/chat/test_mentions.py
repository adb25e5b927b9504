"""From what is typed to content blocks."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.cli.chat.mentions import MAX_IMAGE, NotAnImage, image_block, read_prompt
from arriero.cli.trials.picture import red_square
from arriero.workspace.uris import path_to_uri


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.py").write_text("a = 1\n")
    (tmp_path / "my file.txt").write_text("mine\n")
    (tmp_path / "long.txt").write_text("x" * 70_000)
    (tmp_path / "blob.bin").write_bytes(b"\0\1")
    (tmp_path / "shot.png").write_bytes(red_square())
    return tmp_path


def told(blocks: Any, folder: Path) -> list[str]:
    """The blocks in words: a text as it is, files by kind and name."""
    said = []
    for block in blocks:
        if block["type"] == "text":
            said.append(block["text"])
        elif block["type"] == "image":
            said.append(f"image {block['mimeType']}")
        else:
            uri = block["resource"]["uri"] if block["type"] == "resource" else block["uri"]
            name = uri.removeprefix(path_to_uri(str(folder)) + "/")
            said.append(f"{block['type']} {name}")
    return said


@pytest.mark.parametrize(
    ("typed", "blocks"),
    [
        ("Hello", ["Hello"]),
        ("Explain @src/a.py!", ["Explain ", "resource src/a.py", "!"]),
        ("(@src/a.py).", ["(", "resource src/a.py", ")."]),
        ('See @"my file.txt"', ["See ", "resource my%20file.txt"]),
        ("See @my\\ file.txt now", ["See ", "resource my%20file.txt", " now"]),
        ("All of @src", ["All of ", "resource_link src"]),
        ("@long.txt", ["resource_link long.txt"]),
        ("@blob.bin", ["resource_link blob.bin"]),
        ("Why @property, me@src/a.py and @nothing.py?", None),
        ("Look at @shot.png", ["Look at ", "shot.png", "image image/png"]),
        ("shot.png", ["Look at shot.png", "image image/png"]),
        ("'shot.png' ", ["Look at 'shot.png'", "image image/png"]),
        ("no.png", None),
        ("What's this", None),
        ("Whose is @~nobody-of-this-name/x?", None),
        ("~nobody-of-this-name/x.png", None),
        ("long " * 200 + ".png", None),  # longer than a name may be
        ("@" + "long" * 2000, None),
    ],
)
def test_blocks(folder: Path, typed: str, blocks: list[str] | None) -> None:
    read = read_prompt(typed, str(folder))
    assert told(read.blocks, folder) == (blocks or [typed])
    assert read.problems == ()


def test_what_cannot_be_shown_is_said(folder: Path) -> None:
    (folder / "big.png").write_bytes(b"\x89PNG" + bytes(MAX_IMAGE))
    read = read_prompt("See @big.png", str(folder))
    assert told(read.blocks, folder) == ["See ", "@big.png"]
    assert read.problems == (f"{folder}/big.png is left out: it is larger than 20 MB.",)


@pytest.mark.parametrize("typed", ["See @cut.png", "cut.png"])
def test_half_a_picture_is_left_out(folder: Path, typed: str) -> None:
    (folder / "cut.png").write_bytes(red_square()[:-20])
    read = read_prompt(typed, str(folder))
    assert not any(block["type"] == "image" for block in read.blocks)
    told = f"{folder}/cut.png is left out: it is a PNG file that breaks off or is damaged."
    assert read.problems == (told,)


def test_a_picture_is_what_it_holds_and_not_what_it_is_called(folder: Path) -> None:
    (folder / "shot.tmp").write_bytes(red_square())
    (folder / "shot.jpg").write_bytes(red_square())
    for name in ("shot.tmp", "shot.jpg"):
        assert image_block(str(folder / name))["mimeType"] == "image/png"


def test_a_picture_arrives_whole(folder: Path) -> None:
    block = image_block(str(folder / "shot.png"))
    assert base64.b64decode(block["data"]) == red_square()
    with pytest.raises(NotAnImage):
        image_block(str(folder / "src/a.py"))


@given(st.text())
def test_any_text_without_files_stays_as_it_is(typed: str) -> None:
    read = read_prompt(typed, "/nonexistent")
    said = "".join(block.get("text", "") for block in read.blocks)
    assert said == typed or "@" in typed  # `@~` and `@..` are there everywhere
