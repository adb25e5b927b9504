"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

folder_option = click.option(
    "-w",
    "--working-dir",
    "folder",
    metavar="FOLDER",
    help="Work in this folder instead of the current one.",
)

_CONVERSATION = (
    click.option(
        "--mode",
        type=click.Choice(["ask", "edit", "agent", "plan"]),
        help="ask only reads, edit runs nothing, plan proposes steps, agent does everything.",
    ),
    click.option(
        "--apply",
        "apply_",
        type=click.Choice(["review", "auto", "never"]),
        help="Look at each change first, apply all, or only show them.",
    ),
    click.option("--model", metavar="NAME", help="The model to use."),
    click.option(
        "--provider", metavar="NAME", help="The entry of `providers` in the settings to use."
    ),
    click.option("--session", metavar="ID", help="Go on with this session."),
)


def conversation_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of whoever talks with a model."""
    for option in reversed(_CONVERSATION):
        command = option(command)
    return command
