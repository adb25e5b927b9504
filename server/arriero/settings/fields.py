"""The tree of setting names, taken from the model: what exists where, and what it may hold."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from arriero.settings.model import Settings
from arriero.settings.provider import ProviderSettings
from arriero.settings.section import Section
from arriero.settings.yaml_file import KeyPath

ANY = "*"  # stands for the name of a provider, which is free


@dataclass(frozen=True)
class Leaf:
    """One setting that holds a value; `schema` is its JSON schema, `default` None where unset."""

    schema: Mapping[str, Any]
    description: str
    default: Any
    required: bool

    @property
    def expects(self) -> str:
        """What the value must be, to stand after "must be"."""
        return _expects(self.schema)

    @property
    def is_list(self) -> bool:
        """Whether it holds a list of texts."""
        return self.schema.get("type") == "array"

    @property
    def is_added(self) -> bool:
        """Whether a layer adds to the list that it holds, where it would replace another."""
        return bool(self.schema.get("added"))

    @property
    def is_text(self) -> bool:
        """Whether every word is to be taken as it is."""
        types = {item.get("type") for item in self.schema.get("anyOf", [self.schema])}
        return types <= {"string", "null"}

    @property
    def holds_folders(self) -> bool:
        """Whether a `~` at the beginning stands for the user's home."""
        return bool(self.schema.get("folders"))

    @property
    def at_start(self) -> bool:
        """Whether a change counts only for what starts after it: `arriero serve`, the daemon."""
        return bool(self.schema.get("at_start"))

    @property
    def is_secret(self) -> bool:
        """Whether the value must not be shown."""
        return any(item.get("writeOnly") for item in self.schema.get("anyOf", [self.schema]))


Tree = dict[str, "Tree | Leaf"]


def find(path: KeyPath) -> Tree | Leaf | None:
    """Return the settings below a path, the one at it, or None when there is none."""
    node: Tree | Leaf | None = tree()
    for key in path:
        if not isinstance(node, dict):
            return None
        node = node.get(key) or node.get(ANY)
    return node


def leaves(node: Tree | None = None, at: KeyPath = ()) -> Iterator[tuple[KeyPath, Leaf]]:
    """Yield every setting with its path, in the order of the model."""
    for key, value in (tree() if node is None else node).items():
        if isinstance(value, Leaf):
            yield (*at, key), value
        else:
            yield from leaves(value, (*at, key))


def nearest(path: KeyPath) -> str | None:
    """Return the dotted name that somebody who wrote `path` most likely meant."""
    *parent, key = path
    siblings = find(tuple(parent))
    names = [name for name in siblings if name != ANY] if isinstance(siblings, dict) else []
    wanted = snake_case(key)
    if close := difflib.get_close_matches(wanted, names):
        # Swapped letters are the commonest slip: "modle" is rather "model" than "mode".
        swapped = [name for name in close if sorted(name) == sorted(wanted)]
        return ".".join((*parent, (swapped or close)[0]))
    # Perhaps it stands in the wrong section.
    known = {".".join(p): p[-1] for p, _ in leaves() if ANY not in p}
    last = difflib.get_close_matches(wanted, list(known.values()), n=1, cutoff=0.8)
    return next((name for name, leaf in known.items() if last and leaf == last[0]), None)


def snake_case(name: str) -> str:
    """Return `numCtx` and `num-ctx` as `num_ctx`."""
    spelled = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
    return spelled.replace("-", "_").lstrip("_")


@cache
def tree() -> Tree:
    """Return all settings by name."""
    schema = Settings.model_json_schema()  # of all sections at once: it takes milliseconds
    return _build(Settings, schema["properties"], schema["$defs"])


def _build(
    section: type[Section], properties: Mapping[str, Any], sections: Mapping[str, Any]
) -> Tree:
    """Return the settings of a section; `sections` are the schemas of all of them, by class."""
    result: Tree = {}
    for name, field in section.model_fields.items():
        if name == "providers":
            result[name] = {ANY: _below(ProviderSettings, sections)}
        elif isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            result[name] = _below(field.annotation, sections)
        else:
            default = None if field.is_required() else field.get_default()
            description = field.description or ""
            result[name] = Leaf(properties[name], description, default, field.is_required())
    return result


def _below(section: type[Section], sections: Mapping[str, Any]) -> Tree:
    return _build(section, sections[section.__name__]["properties"], sections)


def _expects(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        parts = [_expects(item) for item in schema["anyOf"] if item.get("type") != "null"]
        return " or ".join(dict.fromkeys(parts))
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    kind = schema.get("type")
    if kind == "array":
        return "a list of texts"
    if kind in {"integer", "number"}:
        return _number(schema, "a whole number" if kind == "integer" else "a number")
    return {"boolean": "true or false", "string": "a text"}[str(kind)]


def _number(schema: Mapping[str, Any], noun: str) -> str:
    low, high, above = (schema.get(k) for k in ("minimum", "maximum", "exclusiveMinimum"))
    bounds = []
    if above is not None:
        bounds.append(f"above {above:g}")
    if low is not None:
        bounds.append(f"from {low:g}" if high is not None else f"of at least {low:g}")
    if high is not None:
        bounds.append(f"{'to' if low is not None else 'and up to'} {int(high)}")
    return " ".join((noun, *bounds))
