"""From a typed prompt to ACP's content blocks: `@path` names a file, a picture's path shows it."""

from __future__ import annotations

import base64
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arriero.cli.printable import one_line
from arriero.models.pictures import MEDIA_TYPES, PictureBroken, known_picture
from arriero.settings.regular import read_regular
from arriero.workspace.encoding import decode
from arriero.workspace.uris import path_to_uri

Block = Mapping[str, Any]

MAX_IMAGE = 20 << 20  # bytes
_MAX_TEXT = 64 << 10  # bytes of a file that is put beside the prompt; of a longer one its path
_MENTION = re.compile(r"""(?<![\w@])@(?:"([^"\n]+)"|'([^'\n]+)'|((?:\\.|[^\s"'\\])+))""")
_TRAILING = ".,;:!?)]}"
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")  # how names of pictures end


@dataclass(frozen=True)
class Typed:
    """A prompt as blocks in order, and a sentence for each thing that could not be put beside."""

    blocks: tuple[Block, ...]
    problems: tuple[str, ...] = ()


class NotAnImage(Exception):
    """A file cannot be shown to a model; the sentence says why."""


def read_prompt(text: str, folder: str) -> Typed:
    """Read what was typed; paths are relative to `folder`. May block.

    `@` before what is no file stays as it is: it may be a decorator or a name. A prompt that is
    nothing but the path of a picture, as terminals paste one that is dropped on them, is `@path`.
    """
    if pasted := _pasted_picture(text, folder):
        return _with(text, [pasted], folder)
    blocks: list[Block] = []
    problems: list[str] = []
    at = 0
    for start, end, path in _mentions(text, folder):
        blocks += _words(text[at:start])
        at = end
        try:
            blocks += _file(path, folder)
        except (OSError, NotAnImage) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            problems.append(f"{one_line(path)} is left out: {reason}.")
            blocks += _words(text[start:end])
    blocks += _words(text[at:])
    return Typed(tuple(blocks), tuple(problems))


def image_block(path: str) -> Block:
    """Return a picture as a block, whatever it is called; may block.

    Raises OSError and NotAnImage.
    """
    content = read_regular(path, MAX_IMAGE + 1)
    if len(content) > MAX_IMAGE:
        raise NotAnImage(f"it is larger than {MAX_IMAGE >> 20} MB")
    try:
        kind = known_picture(content)
    except PictureBroken as error:
        raise NotAnImage(f"it {error}") from error
    data = base64.b64encode(content).decode("ascii")
    media_type = MEDIA_TYPES[kind]
    return {"type": "image", "data": data, "mimeType": media_type, "uri": path_to_uri(path)}


def _with(text: str, paths: Sequence[str], folder: str) -> Typed:
    blocks: list[Block] = [{"type": "text", "text": f"Look at {text.strip()}"}]
    problems: list[str] = []
    for path in paths:
        try:
            blocks += _file(path, folder)[1:]
        except (OSError, NotAnImage) as error:
            problems.append(f"{one_line(path)} is left out: {error}.")
    return Typed(tuple(blocks), tuple(problems))


def _mentions(text: str, folder: str) -> Iterator[tuple[int, int, str]]:
    """Yield start and end of each mention of a file or folder that is there, and its path."""
    for match in _MENTION.finditer(text):
        quoted = match[1] or match[2]
        said = quoted or re.sub(r"\\(.)", r"\1", match[3])
        for cut in range(1 if quoted else 1 + len(said) - len(said.rstrip(_TRAILING))):
            path = _absolute(said[: len(said) - cut], folder)
            if os.path.lexists(path):
                yield match.start(), match.end() - cut, path
                break


def _pasted_picture(text: str, folder: str) -> str:
    """Return the path of the one picture that a prompt names and nothing else; empty if none."""
    try:
        words = shlex.split(text.strip())
    except ValueError:
        return ""
    said = words[0] if len(words) == 1 else text.strip()
    if "\n" in said or Path(said).suffix.lower() not in _PICTURES:
        return ""
    path = _absolute(said.removeprefix("file://").removeprefix("@"), folder)
    return path if os.path.isfile(path) else ""  # noqa: PTH113 - whatever was typed, False


def _absolute(said: str, folder: str) -> str:
    # Unlike Path's, this leaves `~name` as it is where nobody is called so.
    return os.path.normpath(Path(folder, os.path.expanduser(said)))  # noqa: PTH111


def _words(text: str) -> list[Block]:
    return [{"type": "text", "text": text}] if text else []


def _file(path: str, folder: str) -> list[Block]:
    """Return the blocks of a file: its name, and what is in it where that is of use."""
    name = os.path.relpath(path, folder) if path.startswith(folder.rstrip("/") + "/") else path
    if Path(path).suffix.lower() in _PICTURES:
        return [{"type": "text", "text": name}, image_block(path)]
    uri = path_to_uri(path)
    link = {"type": "resource_link", "uri": uri, "name": name}
    if not Path(path).is_file() or Path(path).stat().st_size > _MAX_TEXT:
        return [link]
    content = read_regular(path, _MAX_TEXT + 1)
    decoded = decode(content) if len(content) <= _MAX_TEXT else None
    if decoded is None:
        return [link]
    return [{"type": "resource", "resource": {"uri": uri, "text": decoded[0]}}]
