"""`arriero doctor`: is everything there, and how to mend what is not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from arriero.cli.failure import DONE, FAILED
from arriero.cli.options import folder_option

if TYPE_CHECKING:
    from arriero.cli.checks.finding import Finding

_INDENT = 16
_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


@click.command(
    short_help="Check everything, and say how to mend it.",
    epilog="\b\nExamples:\n  arriero doctor\n  arriero doctor --json",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@folder_option
def command(as_json: bool, folder: str | None) -> int:
    """Check Python, settings, model server, model, daemon, shadow, limits, folders, stores and git.

    Exit code 1 when something stops work; what only makes it worse is a warning.
    """
    from arriero.cli.interrupt import run
    from arriero.cli.terminal import Terminal

    terminal = Terminal()

    async def examine() -> list[Finding]:
        findings = []
        async for finding in _findings(folder):
            findings.append(finding)
            if not as_json:
                terminal.piece(f"{finding.state:<4}  ", _STYLES[finding.state])
                terminal.line(f"{finding.name:<9} {terminal.wrapped(finding.text, _INDENT)}")
                if finding.mend and finding.state != "ok":
                    mend = terminal.wrapped(finding.mend, _INDENT)
                    terminal.line(" " * _INDENT + mend, "dim")
        return findings

    findings = run(lambda _: examine())
    failed = any(finding.state == "fail" for finding in findings)
    if as_json:
        report = {"ok": not failed, "checks": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(report, indent=2))
    return FAILED if failed else DONE


async def _findings(folder: str | None) -> AsyncIterator[Finding]:
    from arriero.cli.checks import daemon, machine, models, settings, shadow, stores

    yield machine.python()
    found, loaded = await asyncio.to_thread(settings.settings, folder or ".")
    for finding in found:
        yield finding
    async for finding in models.models(loaded.settings):
        yield finding
    yield await daemon.daemon()
    yield await shadow.shadow(loaded.settings)
    if (limits := machine.watches()) is not None:
        yield limits
    for finding in await asyncio.to_thread(lambda: list(machine.folders())):
        yield finding
    for finding in await asyncio.to_thread(lambda: list(stores.stores())):
        yield finding
    yield await asyncio.to_thread(machine.git)
