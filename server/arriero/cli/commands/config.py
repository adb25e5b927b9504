"""`arriero config`: the settings, and where each comes from."""

from __future__ import annotations

import json
import os

import click

from arriero.cli.failure import DONE, Failure
from arriero.cli.options import folder_option

EXAMPLES = """\b
Examples:
  arriero config show
  arriero config show window.num_ctx
  arriero config init
  arriero config schema > arriero.schema.json
"""


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Show settings, or make a file for them."""


@command.command(
    short_help="Print settings, and where each is from.",
    epilog="\b\nExample:\n  arriero config show agent --json",
)
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@folder_option
def show(name: str | None, as_json: bool, folder: str | None) -> int:
    """Print settings with the layer that each comes from: all, one, or a group by its NAME."""
    from arriero.cli.surroundings import find_surroundings
    from arriero.cli.terminal import Terminal
    from arriero.settings.fields import nearest
    from arriero.settings.layers import dotted

    loaded = find_surroundings(folder).loaded
    values = {
        key: value
        for key, value in dotted(loaded.settings).items()
        if name is None or key == name or key.startswith(f"{name}.")
    }
    if not values:
        close = nearest(tuple(str(name).split(".")))
        hint = f"did you mean {close}?" if close else "`arriero config show` lists all."
        raise Failure(f"There is no setting {name}; {hint}")
    if as_json:
        found = {k: {"value": v, "origin": str(loaded.origin(k))} for k, v in values.items()}
        click.echo(json.dumps(found, indent=2))
        return DONE
    terminal = Terminal()
    wide = max(map(len, values))
    for key, value in values.items():
        origin = loaded.origin(key)
        # Ready providers nobody touched would be three quarters of the list.
        if origin.layer == "default" and key.startswith("providers.") and name is None:
            continue
        style = "dim" if origin.layer == "default" else ""
        terminal.line(f"{key:{wide}}  {json.dumps(value)}  ({origin})", style)
    for notice in loaded.notices:
        terminal.say("warning", notice)
    return DONE


@command.command(
    short_help="Print a JSON schema of the settings.",
    epilog="\b\nExample:\n  arriero config schema > arriero.schema.json",
)
@click.option("--markdown", is_flag=True, help="Print the reference page instead.")
def schema(markdown: bool) -> int:
    """Print a JSON schema of the settings, for editors that check YAML by one."""
    from arriero.settings.reference import reference
    from arriero.settings.schema import json_schema

    click.echo(reference(), nl=False) if markdown else click.echo(
        json.dumps(json_schema(), indent=2)
    )
    return DONE


@command.command(
    short_help="Write a settings file of comments.",
    epilog="\b\nExample:\n  arriero config init && $EDITOR $(arriero config path)",
)
def init() -> int:
    """Write a settings file in which everything is a comment, and print its path."""
    from arriero.settings.layers import user_file
    from arriero.settings.reference import template

    path = user_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # It may come to hold a key.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Failure(f"{path} exists already; edit it, or move it away first.") from error
    except OSError as error:
        raise Failure(f"{path} cannot be written ({error.strerror}); mend that first.") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(template())
    click.echo(path)
    return DONE


@command.command(epilog="\b\nExample:\n  $EDITOR $(arriero config path)")
def path() -> int:
    """Print where your settings file is, or would be."""
    from arriero.settings.layers import user_file

    click.echo(user_file())
    return DONE
