"""Reading a settings file: YAML with the line of every value.

The scalars are those of YAML 1.2's core schema, so that `tools: off` is the word "off" and
`30:00` is no number; dates, tags, merge keys and anchors that refer to themselves have no
meaning in settings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from arriero.settings.errors import Problem, SettingsError
from arriero.settings.regular import read_regular

KeyPath = tuple[str, ...]

MAX_BYTES = 1 << 20
_MAX_DEPTH = 16
_MAX_VALUES = 20_000


@dataclass(frozen=True)
class Document:
    """What a file says: nested values, and the line (from 1) of each key path.

    The items of a list are told by their number from 0, as a key.
    """

    source: str
    values: dict[str, Any]
    lines: dict[KeyPath, int]


def read_yaml(path: Path) -> Document | None:
    """Return what the file says, None when there is no such file; raises `SettingsError`."""
    try:
        data = read_regular(path, MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _error(path, None, f"cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_BYTES:
        raise _error(path, None, "is larger than 1 MB, which no settings file is")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _error(path, line, "is not UTF-8; save the file in that encoding") from error
    return parse_yaml(text, path)


def parse_yaml(text: str, path: Path) -> Document:
    """Return what the text of a settings file says; `path` is for the errors."""
    try:
        node = yaml.compose(text, Loader=_PlainLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise _error(path, line, f"is not valid YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:  # of the reader: the only one without a mark
        raise _error(path, None, "has a character that YAML does not allow") from error
    except RecursionError as error:
        raise _error(path, None, "is nested beyond what settings can be") from error
    if node is None or (isinstance(node, yaml.ScalarNode) and scalar(node.value) is None):
        return Document(str(path), {}, {})
    if not isinstance(node, yaml.MappingNode):
        raise _error(path, 1, "must hold settings as `key: value` lines")
    reader = _Reader(path)
    return Document(str(path), reader.mapping(node, ()), reader.lines)


def scalar(text: str) -> str | int | float | bool | None:
    """Return what a plain YAML scalar stands for, for values that come as text."""
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[KeyPath, int] = {}
        self._count = 0

    def mapping(self, node: yaml.MappingNode, at: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise _error(self.path, line, "has a key that is not a word")
            key = key_node.value
            path = (*at, key)
            if key in values:
                raise _error(self.path, line, f"has `{'.'.join(path)}` twice; keep one")
            self.lines[path] = line
            values[key] = self._value(value_node, path)
        return values

    def _value(self, node: yaml.Node, at: KeyPath) -> Any:
        self._count += 1
        if len(at) > _MAX_DEPTH or self._count > _MAX_VALUES:
            line = node.start_mark.line + 1
            raise _error(self.path, line, "is nested or repeated beyond what settings can be")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*at, str(i))) for i, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return scalar(node.value) if node.style is None else node.value

    def _item(self, node: yaml.Node, at: KeyPath) -> Any:
        self.lines[at] = node.start_mark.line + 1
        return self._value(node, at)


def _error(path: Path, line: int | None, message: str) -> SettingsError:
    return SettingsError([Problem(str(path), line, message)])


class _PlainLoader(yaml.SafeLoader):
    """PyYAML's safe loader without its own reading of scalars, which is YAML 1.1's."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 - the base class's name


_NULL = re.compile(r"(~|null|Null|NULL)?")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,2})?")
