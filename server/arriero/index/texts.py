"""Reading many files of a workspace one after the other, buffers first."""

from __future__ import annotations

import os
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fcntl import ioctl
from termios import FIONREAD
from types import TracebackType

from arriero.index.overlay import LaidText
from arriero.workspace.beneath import READ, open_root, opener
from arriero.workspace.confine import Confinement
from arriero.workspace.encoding import decode
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.usertexts import MOST_BYTES

_LOOKED_AT = 1 << 16  # bytes of a large file, which show that most of those are no texts
_ENCODING, _ERRORS = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
_UTF16 = (b"\xff\xfe", b"\xfe\xff")

Found = tuple[str, str, int]


class Texts:
    """Reads as `Confinement.read` does and with its care, in a third of the time."""

    def __init__(self, confinement: Confinement, laid: Mapping[str, LaidText]) -> None:
        """`laid` are the buffers by absolute path."""
        self.read = 0
        self._confinement = confinement
        self._laid = laid
        self._head = confinement.roots[0].rstrip("/") + "/" if confinement.roots else "\0"
        self._start = len(self._head)
        self._folder = -1
        self._open: Callable[[bytes], int] | None = None
        self._answer = array("i", (0,))

    def __enter__(self) -> Texts:
        """Open the first folder, of which most files are."""
        if self._confinement.roots:
            try:
                self._folder = open_root(self._confinement.roots[0])
            except OSError:  # it is gone, as each file will say
                return self
            self._open = opener(self._folder, READ)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the folder."""
        if self._folder >= 0:
            os.close(self._folder)

    def each(self, paths: Iterable[str], having: Sequence[bytes] = ()) -> Iterator[Found]:
        """Read absolute paths one after the other; yield those with a text.

        Left out is what has none of `having`, which are ASCII, as far as its bytes tell. With each
        text comes a place in it before which none of them is. `read` counts the paths that were
        looked at.
        """
        laid = self._laid
        for path in paths:
            self.read += 1
            if path in laid:
                yield path, laid[path].text, 0
                continue
            data = self._bytes(path)
            if data is None or (at := _first(data, having)) < 0:
                continue
            text = _text(data)
            if text is not None:
                yield path, text, at if len(text) == len(data) else 0  # a byte for each

    def _bytes(self, path: str) -> bytes | None:
        """Return a file's bytes; None also for what is no text for certain."""
        if self._open is None or not path.startswith(self._head):
            return self._carefully(path)
        try:
            descriptor = self._open(path[self._start :].encode(_ENCODING, _ERRORS))
        except (OSError, ValueError):  # gone, a symbolic link, a name that can be none
            return self._carefully(path)
        try:
            # Asked how much there is to read, a file tells its size, in half of the time of
            # `os.fstat`. A folder and devices like a disk have no answer. A pipe and a terminal
            # have one, and nothing that is read at a place, so that nothing is taken out of them.
            # Of gigabytes it is the lowest 32 bits, and there is more to read.
            ioctl(descriptor, FIONREAD, self._answer)
            size = self._answer[0]
            if not 0 <= size <= MOST_BYTES:
                return None
            data = os.pread(descriptor, size + 1 if size < _LOOKED_AT else _LOOKED_AT, 0)
            if size >= _LOOKED_AT:
                if b"\0" in data and data[:2] not in _UTF16:
                    return None
                data = os.pread(descriptor, size + 1, 0)  # nothing is put together
        except OSError:  # also of a file, where its system does not tell
            return self._carefully(path)
        finally:
            os.close(descriptor)
        # What was written to at this moment is read until its end.
        return data if len(data) == size else self._carefully(path)

    def _carefully(self, path: str) -> bytes | None:
        try:
            return self._confinement.read(path, MOST_BYTES)
        except WorkspaceError:  # gone meanwhile, too large, not to be read
            return None


def _first(data: bytes, having: Sequence[bytes]) -> int:
    """Return a place before which nothing of `having` is, -1 where nothing of it is anywhere."""
    if not having:
        return 0
    at = data.find(having[0])
    if len(having) > 1:
        at = 0 if at >= 0 or any(one in data for one in having[1:]) else -1
    return at if at >= 0 or data[:2] not in _UTF16 else 0


def _text(data: bytes) -> str | None:
    """Return what `decode` does, of UTF-8 without a mark in a part of its time."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        decoded = decode(data)
        return decoded and decoded[0]
    if b"\0" in data:  # which is found in a part of the time that wide letters take
        return None
    return text[1:] if text[:1] == "\ufeff" else text
