"""Options that several commands have."""

from __future__ import annotations

import click

folder_option = click.option(
    "-w",
    "--working-dir",
    "folder",
    metavar="FOLDER",
    help="Work in this folder instead of the current one.",
)
