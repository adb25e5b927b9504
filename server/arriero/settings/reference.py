"""The settings as a page of Markdown, and as a commented file to begin with."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from arriero.settings.environment import PREFIX
from arriero.settings.fields import ANY, Leaf, leaves
from arriero.settings.model import Settings
from arriero.settings.provider import READY_PROVIDERS, ProviderSettings
from arriero.settings.section import Section
from arriero.settings.yaml_file import KeyPath

_INTRODUCTION = """\
# Settings

<!-- Written by `arriero config schema --markdown`; change server/arriero/settings/. -->

Layers, later wins:

1. the defaults below
2. your file: `$XDG_CONFIG_HOME/arriero/config.yaml`, usually `~/.config/arriero/config.yaml`
3. the workspace's file: `.arriero/config.yaml`, only in a trusted workspace
4. the environment: `.env` of a trusted workspace, then the variables of the process
5. the editor's settings (section `arriero`; names in camel case are understood)
6. the command line

`arriero config show` prints every value with the layer it comes from, `arriero config init`
writes a file to begin with, `arriero config schema` prints a JSON schema for editors of YAML.
A key that is not known, or a value of the wrong type, is an error that names file and line.

A workspace is trusted when your `trusted_workspaces` names it or a folder above it, or when the
editor says that it is. Its files may choose `provider` and `model`, how a run works (`agent`,
`window`), and of a known provider `default_model`, `models`, `tools`, `timeout` and `max_retries`;
they can make `mode`, `apply`, `permissions`, `shadow`, `index` and `allowed_dirs` narrower, never
wider.
Anything else in them is passed over, and you are told.
"""

_OUTRO = """\
## Variables of other programs

| variable | sets |
|---|---|
| `OLLAMA_HOST` | `providers.ollama.base_url`, in every form that Ollama takes |
| `OLLAMA_BASE_URL` | `providers.ollama.base_url` |
| `DEFAULT_MODEL` | `model` |
| `WORKSPACE_PATH` | `workspace` |
| `API_HOST`, `API_PORT` | `gateway.host` and `gateway.port` |
| `OLLAMA_TOOLS_HOST`, `OLLAMA_TOOLS_PORT` | the same |
| `REDIS_HOST`, `REDIS_PORT` | `gateway.redis_url` |
| `LLM_BACKEND` | `provider` |
| `LLM_BASE_URL`, `LLM_API_KEY` | address and key of that provider |
| `LLM_MODEL` | `model` |
| `MY_PROVIDER_API_KEY` | the key of provider `my_provider`, and so for every name |

A variable of ours wins over these. In a workspace's `.env`, those of the gateway are the
workspace's own and set nothing. An empty variable sets nothing; a list is separated by commas.
"""


def reference() -> str:
    """Return docs/settings.md."""
    parts = [_INTRODUCTION, *_section("General", Settings, ())]
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            parts += _section(f"`{name}`", field.annotation, (name,))
    parts += _section("`providers`", ProviderSettings, ("providers", ANY))
    ready = "\n".join(
        f"| `{name}` | {entry.kind} | `{entry.base_url}` |"
        for name, entry in READY_PROVIDERS.items()
    )
    parts.append(f"Ready entries:\n\n| name | kind | base_url |\n|---|---|---|\n{ready}\n")
    return "\n".join([*parts, _OUTRO])


def template() -> str:
    """Return a settings file in which everything is a comment."""
    lines = [
        "# Settings of Arriero. Take the `#` off a line to change it; `arriero config show`",
        "# prints what is in force and where it comes from.",
    ]
    section: KeyPath = ()
    for path, leaf in leaves():
        if ANY in path:
            continue
        if path[:-1] != section:
            section = path[:-1]
            lines += ["", f"{section[0]}:"] if section else [""]
        indent = "  " * len(section)
        lines += [f"{indent}# {leaf.description}", f"{indent}#{path[-1]}: {_yaml(leaf.default)}"]
    example = [
        "  #workstation:",
        "  #  kind: openai",
        "  #  base_url: http://192.168.1.20:8000/v1",
        "  #  default_model: qwen3-coder",
    ]
    return "\n".join([*lines, "", "providers:", *example, ""])


def _section(title: str, section: type[Section], at: KeyPath) -> Iterator[str]:
    own = [(path, leaf) for path, leaf in leaves() if path[:-1] == at]
    yield f"## {title}\n"
    if at:
        # Python 3.13 takes the indentation out of docstrings itself.
        yield f"{inspect.getdoc(section)}\n"
    yield "| name | default | meaning |\n|---|---|---|"
    for path, leaf in own:
        yield _row(path, leaf)
    first = "__".join(own[0][0]).upper().replace(ANY, "MY_PROVIDER")
    yield f"\nIn the environment: `{PREFIX}{first}` and so on.\n"


def _row(path: KeyPath, leaf: Leaf) -> str:
    name = ".".join(path).replace(ANY, "<name>")
    default = "needed" if leaf.required else f"`{_yaml(leaf.default)}`"
    if leaf.default is None and not leaf.required:
        default = "unset"
    must = "" if leaf.expects == "a text" else f" Must be {leaf.expects}."
    return f"| `{name}` | {default} | {leaf.description}{must} |"


def _yaml(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(str, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)
