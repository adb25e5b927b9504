"""The layers that fill the settings, and where each value came from.

Later wins: defaults, the user's file, the workspace's file, the environment (`.env` of the
workspace first), the editor's settings, the command line. A workspace's files are read only when
the workspace is trusted, and `guard` says what they may set.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from arriero.settings.dotenv import read_dotenv
from arriero.settings.editor import from_editor
from arriero.settings.fields import ANY, leaves
from arriero.settings.guard import Guard
from arriero.settings.model import Settings
from arriero.settings.paths import config_dir, home
from arriero.settings.stack import DEFAULT, Origin, Stack
from arriero.settings.yaml_file import read_yaml


@dataclass(frozen=True)
class LoadedSettings:
    """The settings of one workspace as one editor sees them.

    `origins` has the dotted name of every value that is not a default. `notices` are sentences
    for the user about what was passed over. `trusted`: the workspace's own files were used.
    """

    settings: Settings
    origins: Mapping[str, Origin] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    trusted: bool = False

    @staticmethod
    def defaults() -> LoadedSettings:
        """Return what holds where nothing is set."""
        return LoadedSettings(Settings())

    def origin(self, name: str) -> Origin:
        """Return where the value of a dotted name came from."""
        return self.origins.get(name, DEFAULT)


def user_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the user's settings file is, or would be."""
    return config_dir(environment) / "config.yaml"


def workspace_file(workspace: Path) -> Path:
    """Return where a workspace's settings file is, or would be."""
    return workspace / ".arriero" / "config.yaml"


def load_settings(
    *,
    workspace: Path | None = None,
    trusted: bool = False,
    environment: Mapping[str, str] = os.environ,
    editor: Mapping[str, Any] | None = None,
    command_line: Mapping[str, Any] | None = None,
) -> LoadedSettings:
    """Read all layers; reads files, so call it in a thread.

    `trusted` is what the editor says of the workspace; the user's `trusted_workspaces` counts as
    well. Raises `SettingsError`.
    """
    stack = Stack(home=home(environment))
    if user := read_yaml(user_file(environment)):
        stack.add_document("user", user)
    notices: list[str] = []
    trusted = workspace is not None and (trusted or _is_trusted(workspace, stack.settings()))
    if workspace is not None and trusted:
        _add_workspace(stack, workspace)
    elif workspace is not None and os.path.lexists(workspace_file(workspace)):
        notices.append(
            f"{workspace_file(workspace)} was not used; if you trust this folder, add it to "
            f"trusted_workspaces in {user_file(environment)}"
        )
    editor_values = from_editor(editor or {})
    # The names of providers that later layers bring, for `MY_PROVIDER_API_KEY`.
    brought = _provider_names(editor_values) | _provider_names(command_line or {})
    stack.add_environment(environment, brought)
    stack.add(editor_values, Origin("editor"))
    stack.add(command_line or {}, Origin("command line"))
    settings = stack.settings()
    origins = {".".join(path): origin for path, origin in stack.origins.items()}
    return LoadedSettings(settings, origins, (*notices, *stack.notices), trusted)


def _add_workspace(stack: Stack, workspace: Path) -> None:
    below = stack.settings()
    if document := read_yaml(workspace_file(workspace)):
        stack.add_document("workspace", document, Guard(below, addresses=False))
    dotenv = workspace / ".env"
    variables = {name: value for name, (value, _) in read_dotenv(dotenv).items()}
    stack.add_environment(variables, file=str(dotenv), guard=Guard(below, addresses=True))


def _provider_names(values: Mapping[str, Any]) -> set[str]:
    providers = values.get("providers")
    return set(providers) if isinstance(providers, Mapping) else set()


def _is_trusted(workspace: Path, settings: Settings) -> bool:
    folder = Path(os.path.realpath(workspace))
    roots = (Path(os.path.realpath(entry)) for entry in settings.trusted_workspaces)
    return any(folder == root or root in folder.parents for root in roots)


def dotted(settings: Settings) -> dict[str, Any]:
    """Return every value by its dotted name, JSON-able, secrets masked."""
    values = settings.model_dump(mode="json")
    result: dict[str, Any] = {}
    for path, _ in leaves():
        if ANY not in path:
            node: Any = values
            for key in path:
                node = node[key]
            result[".".join(path)] = node
    for name, provider in values["providers"].items():
        result.update({f"providers.{name}.{key}": value for key, value in provider.items()})
    return result
