"""Laying settings over each other, with the origin of every value and the mistakes in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from arriero.settings.environment import assignments, unknown
from arriero.settings.errors import Problem, SettingsError
from arriero.settings.explain import explain
from arriero.settings.fields import ANY, Leaf, find, nearest
from arriero.settings.guard import Guard
from arriero.settings.model import Settings
from arriero.settings.provider import READY_PROVIDERS
from arriero.settings.yaml_file import Document, KeyPath

LayerName = Literal["default", "user", "workspace", "environment", "editor", "command line"]


@dataclass(frozen=True)
class Origin:
    """Where a value came from: a file or a variable, with the line (from 1) in a file."""

    layer: LayerName
    source: str = ""
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.layer} ({self.place})" if self.source else self.layer

    @property
    def place(self) -> str:
        """The file with its line, or the variable, or the layer."""
        return f"{self.source}:{self.line}" if self.line else self.source or self.layer

    def problem(self, message: str) -> Problem:
        """Return a mistake at this place."""
        return Problem(self.source or self.layer, self.line, message)


DEFAULT = Origin("default")


@dataclass(frozen=True)
class _Source:
    """One layer as it is laid on: its default origin, the lines of a file, who must allow it."""

    origin: Origin
    lines: Mapping[KeyPath, int]
    guard: Guard | None

    def at(self, path: KeyPath) -> Origin:
        if path in self.lines:
            return Origin(self.origin.layer, self.origin.source, self.lines[path])
        return self.origin


class Stack:
    """The layers so far. `origins` has each value that is set, `notices` what was passed over."""

    def __init__(self, *, home: str) -> None:
        self.origins: dict[KeyPath, Origin] = {}
        self.notices: list[str] = []
        self._home = home
        self._problems: list[Problem] = []
        self._values: dict[str, Any] = {
            "providers": {
                name: provider.model_dump(mode="json", exclude_unset=True)
                for name, provider in READY_PROVIDERS.items()
            }
        }

    def add_document(
        self, layer: LayerName, document: Document, guard: Guard | None = None
    ) -> None:
        """Lay a file over the rest."""
        source = _Source(Origin(layer, document.source), document.lines, guard)
        self._merge(self._values, document.values, (), source)

    def add_environment(
        self,
        environment: Mapping[str, str],
        providers: Iterable[str] = (),
        *,
        file: str = "",
        guard: Guard | None = None,
    ) -> None:
        """Lay variables over the rest: of a process, or of the `.env` that `file` names.

        `providers` are names beside those in the layers so far.
        """
        where = f"{file}: " if file else ""
        names = {*self._values["providers"], *providers}
        selected = str(self._values.get("provider", "ollama"))
        found = assignments(
            environment, providers=names, selected=selected, of_workspace=bool(file)
        )
        for item in found:
            nested: Any = item.value
            for key in reversed(item.path):
                nested = {key: nested}
            origin = Origin("environment", where + item.variable)
            self._merge(self._values, nested, (), _Source(origin, {}, guard))
        for variable, close in unknown(environment):
            hint = f"; did you mean {close}?" if close else ""
            self.notices.append(f"{where}{variable} is not a setting{hint}")

    def add(self, values: Mapping[str, Any], origin: Origin) -> None:
        """Lay nested values over the rest."""
        self._merge(self._values, values, (), _Source(origin, {}, None))

    def settings(self) -> Settings:
        """Return what the layers say so far; raises `SettingsError`."""
        if self._problems:
            raise SettingsError(sorted(self._problems, key=lambda p: (p.source, p.line or 0)))
        try:
            # JSON in strict mode: a list may fill a tuple, but "40" or true is no number.
            text = json.dumps(self._values, default=repr)
            return Settings.model_validate_json(text, strict=True)
        except ValidationError as error:
            mistakes = [(self._origin_near(m.path), m.message) for m in explain(error)]
            raise SettingsError([o.problem(message) for o, message in mistakes]) from error

    def _merge(
        self, target: dict[str, Any], values: Mapping[str, Any], at: KeyPath, source: _Source
    ) -> None:
        for key, value in values.items():
            path = (*at, str(key))
            node = find(path)
            if node is None:
                self._unknown(path, source.at(path))
            elif isinstance(node, Leaf):
                self._set(target, path, value, source)
            elif isinstance(value, Mapping):
                self._merge(target.setdefault(key, {}), value, path, source)
            elif value is not None:  # None: a section whose lines are all comments
                example = next((k for k in node if k != ANY), "name")
                message = f"`{'.'.join(path)}` holds settings, such as `{example}:`"
                self._problems.append(source.at(path).problem(message))

    def _set(self, target: dict[str, Any], path: KeyPath, value: Any, source: _Source) -> None:
        origin = source.at(path)
        node = find(path)
        if isinstance(node, Leaf) and node.holds_folders:
            value = self._expanded(value)
        if source.guard and not source.guard.allows(path, value):
            self.notices.append(
                f"{origin.place}: `{'.'.join(path)}` was not used; files in a workspace cannot "
                "widen what you allow: set it in your own settings"
            )
            return
        if isinstance(node, Leaf) and node.is_added and isinstance(value, list):
            below = target.get(path[-1], [])
            for number in range(len(value)):
                at = (*path, str(len(below) + number))
                self.origins[at] = source.at((*path, str(number)))
            value = [*below, *value]
        target[path[-1]] = value
        self.origins[path] = origin

    def _expanded(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._expanded(item) for item in value]
        if value == "~" or (isinstance(value, str) and value.startswith("~/")):
            return self._home + value[1:]
        return value

    def _unknown(self, path: KeyPath, origin: Origin) -> None:
        close = nearest(path)
        hint = f"did you mean `{close}`?" if close else "`arriero config show` lists all settings"
        message = f"there is no setting `{'.'.join(path)}`; {hint}"
        self._problems.append(origin.problem(message))

    def _origin_near(self, path: KeyPath) -> Origin:
        """The origin of a value, or of one beside it where it is missing itself."""
        if path in self.origins:
            return self.origins[path]
        parent = path[:-1]
        beside = (o for p, o in self.origins.items() if parent and p[: len(parent)] == parent)
        return next(beside, DEFAULT)
