"""Changing one setting in the text of a file, so that all else stays: comments, order, style.

The place is found by the marks of the YAML parser, the text is changed there, and the result is
read again: it must say what was wanted and nothing else, or the change is refused.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import yaml

from arriero.settings.errors import SettingsError
from arriero.settings.yaml_file import KeyPath, parse_yaml

UNSET = object()
_ANYWHERE = Path("the settings file")
_INDENT = "  "


class NotEditable(Exception):
    """The file is written in a way that cannot be changed safely; the sentence says what to do."""


def with_value(text: str, path: KeyPath, value: Any) -> str:
    """Return the text with the setting at `path` set to a JSON-able value, or taken out (`UNSET`).

    Raises `SettingsError` for a text that is no settings file, `NotEditable`.
    """
    before = parse_yaml(text, _ANYWHERE).values
    wanted = _wanted(before, path, value)
    if _same(before, wanted):
        return text
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if isinstance(root, yaml.MappingNode):
        changed = _changed(text, root, path, value)
    else:
        changed = _appended(text, path, value)
    if not _says(changed, wanted):
        raise NotEditable(
            f"`{'.'.join(path)}` cannot be changed here without changing more of the file; "
            "change it in an editor."
        )
    return changed


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return _same(parse_yaml(text, _ANYWHERE).values, wanted)
    except SettingsError:
        return False


def _changed(text: str, node: yaml.MappingNode, path: KeyPath, value: Any) -> str:
    key, *rest = path
    for key_node, value_node in node.value:
        if key_node.value != key:
            continue
        if rest and isinstance(value_node, yaml.MappingNode):
            return _changed(text, value_node, tuple(rest), value)
        if node.flow_style:
            return _rewritten(text, node, path, value)
        if value is UNSET:
            return _without(text, key_node, value_node)
        if rest:  # a section without values: its lines are comments, or there are none
            return _inserted_below(text, key_node, tuple(rest), value)
        return _replaced(text, key_node, value_node, value)
    if node.flow_style:
        return _rewritten(text, node, path, value)
    return _inserted_first(text, node, path, value)


def _replaced(text: str, key_node: yaml.Node, value_node: yaml.Node, value: Any) -> str:
    """Put a value in the place of another one; of an empty one, after the colon."""
    start, end = value_node.start_mark.index, value_node.end_mark.index
    if start == end:
        start = end = text.index(":", key_node.end_mark.index) + 1
    block = "\n" in text[start:end] or value_node.start_mark.line > key_node.start_mark.line
    if block:  # its end mark stands at the next token, after comments that belong to what follows
        start = text.index(":", key_node.end_mark.index) + 1
        end = _end_of_values(text, value_node)
    space = "" if text[start - 1].isspace() else " "
    return f"{text[:start]}{space}{_written(value)}{text[end:]}"


def _without(text: str, key_node: yaml.Node, value_node: yaml.Node) -> str:
    """Take out the lines of a setting, with the comment at the end of its own line."""
    start = text.rfind("\n", 0, key_node.start_mark.index) + 1
    end = max(_end_of_values(text, value_node), key_node.end_mark.index)
    line_end = text.find("\n", end)
    return text[:start] + (text[line_end + 1 :] if line_end >= 0 else "")


def _end_of_values(text: str, node: yaml.Node) -> int:
    """Return where the last value in a node ends; marks of blocks are further down."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        if not isinstance(last, tuple):
            return _end_of_values(text, last)
        return max(int(last[0].end_mark.index), _end_of_values(text, last[1]))
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    return start + len(text[start:end].rstrip())


def _inserted_first(text: str, node: yaml.MappingNode, path: KeyPath, value: Any) -> str:
    """Put a setting before the others of its section; at the top level, after all."""
    if node.start_mark.column == 0:
        return _appended(text, path, value)
    indent = " " * node.start_mark.column
    start = text.rfind("\n", 0, node.start_mark.index) + 1
    return text[:start] + _lines(path, value, indent) + text[start:]


def _inserted_below(text: str, key_node: yaml.Node, path: KeyPath, value: Any) -> str:
    """Give a section its first value, right below its name."""
    indent = " " * key_node.start_mark.column + _INDENT
    end = text.find("\n", key_node.end_mark.index)
    head, tail = (text + "\n", "") if end < 0 else (text[: end + 1], text[end + 1 :])
    return head + _lines(path, value, indent) + tail


def _appended(text: str, path: KeyPath, value: Any) -> str:
    head = text if not text or text.endswith("\n") else f"{text}\n"
    return head + _lines(path, value, "")


def _rewritten(text: str, node: yaml.MappingNode, path: KeyPath, value: Any) -> str:
    """Write a mapping in braces anew."""
    start, end = node.start_mark.index, node.end_mark.index
    held = parse_yaml(f"x: {text[start:end]}\n", _ANYWHERE).values["x"]
    return text[:start] + _written(_wanted(held, path, value)) + text[end:]


def _lines(path: KeyPath, value: Any, indent: str) -> str:
    *sections, key = path
    lines = [f"{indent}{_INDENT * depth}{_key(name)}:" for depth, name in enumerate(sections)]
    lines.append(f"{indent}{_INDENT * len(sections)}{_key(key)}: {_written(value)}")
    return "".join(f"{line}\n" for line in lines)


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() else json.dumps(name)


def _written(value: Any) -> str:
    """JSON is YAML, where it escapes what is not ASCII; inner pairs keep to one line."""
    return json.dumps(value, ensure_ascii=False)


def _wanted(values: dict[str, Any], path: KeyPath, value: Any) -> dict[str, Any]:
    """Return the values with the change; a section that holds nothing is as good as none."""
    wanted = copy.deepcopy(values)
    node = wanted
    *sections, key = path
    for name in sections:
        if not isinstance(node.get(name), dict):
            node[name] = {}
        node = node[name]
    if value is UNSET:
        node.pop(key, None)
    else:
        node[key] = value
    return wanted


def _same(one: Any, two: Any) -> bool:
    return _typed(_bare(one)) == _typed(_bare(two))


def _bare(value: Any) -> Any:
    """Leave out what is not set."""
    if not isinstance(value, dict):
        return value
    held = {key: _bare(item) for key, item in value.items()}
    return {key: item for key, item in held.items() if item not in (None, {})}


def _typed(value: Any) -> str:
    """So that 1, 1.0 and true differ."""
    return json.dumps(value, sort_keys=True)
