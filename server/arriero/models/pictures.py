"""Whether a file is a picture that is whole, by its own bytes: a server that is sent another one
refuses the whole request, in words about its own decoder, or looks at half of it.

Nothing is decoded. The kinds are those that every server with a model that sees takes; some take
others too, of which nothing is known here.
"""

from __future__ import annotations

import struct

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WebP": "image/webp"}

# Parts that are looked at, so that a file made of tiny ones costs milliseconds. Pictures of 20 MB
# that programs write have fewer.
_MOST_PARTS = 20_000
# JPEG's markers that stand alone (T.81, B.1.1.3).
_NO_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))
_SCAN, _END = 0xDA, 0xD9


class PictureBroken(Exception):
    """A picture cannot be looked at; the words, behind “it”, say why."""


def picture_kind(content: bytes) -> str | None:
    """Return PNG, JPEG, GIF or WebP, by how the content begins; None for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WebP"
    return None


def check_picture(content: bytes) -> str | None:
    """Return the kind of a picture, None for an unknown one; raises `PictureBroken`.

    What stands behind a picture's end, as cameras put it there, is none of its business.
    """
    if not content:
        raise PictureBroken("is empty")
    kind = picture_kind(content)
    if kind is not None and not _WHOLE[kind](content):
        raise PictureBroken(f"is a {kind} file that breaks off or is damaged")
    return kind


def known_picture(content: bytes) -> str:
    """Return the kind of a picture; raises `PictureBroken` also for what is none that we know."""
    kind = check_picture(content)
    if kind is None:
        raise PictureBroken("is not a PNG, JPEG, WebP or GIF file")
    return kind


def _png(content: bytes) -> bool:
    """PNG, third edition, 5.3: a header, some of the picture, and the end."""
    if content[12:16] != b"IHDR" or len(content) < 33:
        return False
    width, height = struct.unpack_from(">II", content, 16)
    if not width or not height or content.find(b"IDAT", 33) < 0:
        return False
    return content.find(b"IEND\xaeB`\x82", 33) > 0


def _jpeg(content: bytes) -> bool:
    """T.81, B: segments up to the first scan, whose end no byte of it can be taken for."""
    at = 2
    for _ in range(_MOST_PARTS):
        if at + 4 > len(content) or content[at] != 0xFF:
            return False
        marker = content[at + 1]
        if marker == _SCAN:
            return content.find(bytes((0xFF, _END)), at) > 0
        if marker == _END:
            return False  # before anything that could be seen
        if marker == 0xFF:  # a filling byte
            at += 1
        elif marker in _NO_LENGTH:
            at += 2
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return True


def _gif(content: bytes) -> bool:
    """GIF89a, appendix B: blocks up to the end of the first image, which is what models see."""
    if len(content) < 13:
        return False
    at = 13 + _gif_colours(content[10])
    inside = image = False
    for _ in range(_MOST_PARTS):
        if at >= len(content):
            return False
        first = content[at]
        if inside:  # a row of sub-blocks, each with its length in front, up to an empty one
            at += 1 + first
            inside = first != 0
            if image and not inside:
                return True
        elif first == 0x21:  # an extension
            inside, image, at = True, False, at + 2
        elif first == 0x2C and at + 10 <= len(content):
            inside, image, at = True, True, at + 11 + _gif_colours(content[at + 9])
        else:
            return False
    return True


def _gif_colours(flags: int) -> int:
    """Return the bytes of a table of colours."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _webp(content: bytes) -> bool:
    """RFC 9649, 2.4: the size of all stands in front."""
    return content[12:15] == b"VP8" and len(content) >= 8 + int.from_bytes(content[4:8], "little")


_WHOLE = {"PNG": _png, "JPEG": _jpeg, "GIF": _gif, "WebP": _webp}
