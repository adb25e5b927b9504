"""Reading `.env`: `NAME=value` lines, as far as programs agree on them."""

from __future__ import annotations

import re
from pathlib import Path

from arriero.settings.errors import Problem, SettingsError
from arriero.settings.regular import read_regular
from arriero.settings.yaml_file import MAX_BYTES

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "$": "$"}


def read_dotenv(path: Path) -> dict[str, tuple[str, int]]:
    """Return value and line (from 1) of each name; empty when there is no such file.

    Quotes are taken off, a `#` after a blank begins a comment, and nothing is expanded. A line
    that is none of this is passed over: the file belongs to other programs too.
    """
    try:
        data = read_regular(path, MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return {}  # a folder of that name is somebody's virtual environment
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise SettingsError([Problem(str(path), None, message)]) from error
    result = {}
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), start=1):
        if match := _LINE.fullmatch(line.strip()):
            result[match[1]] = (_value(match[2]), number)
    return result


def _value(text: str) -> str:
    if text[:1] == "'" and (end := text.find("'", 1)) > 0:
        return text[1:end]
    if match := re.match(r'"((?:[^"\\]|\\.)*)"', text):
        return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[0]), match[1])
    return re.split(r"\s+#|^#", text, maxsplit=1)[0].rstrip()
