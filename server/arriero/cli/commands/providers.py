"""`arriero providers`: the servers of the settings, and what each of them can do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from arriero.cli.failure import DONE, FAILED, USAGE, Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arriero.cli.terminal import Terminal
    from arriero.cli.trials.result import ProviderReport
    from arriero.settings.model import Settings

EXAMPLES = """\b
Examples:
  arriero providers list
  arriero providers check
  arriero providers check ollama --model qwen3 --json
"""


@click.group(short_help="List and try the model servers.", epilog=EXAMPLES)
def command() -> None:
    """List the model servers of the settings, and try what they can do."""


@command.command("list", epilog="\b\nExample:\n  arriero providers list --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(as_json: bool) -> int:
    """List the entries of `providers`; `*` marks the one in use. Nothing is connected."""
    from arriero.cli.columns import show_columns
    from arriero.cli.terminal import Terminal

    settings = _settings()
    keys = {
        name: "set" if entry.api_key else "missing" if entry.requires_api_key else "none"
        for name, entry in settings.providers.items()
    }
    addresses = {
        name: list(dict.fromkeys((entry.base_url, *entry.hosts)))
        for name, entry in settings.providers.items()
    }
    if as_json:
        told = [
            {
                "name": name,
                "selected": name == settings.provider,
                "kind": entry.kind,
                "addresses": addresses[name],
                "defaultModel": entry.default_model,
                "key": keys[name],
            }
            for name, entry in settings.providers.items()
        ]
        click.echo(json.dumps({"providers": told}, indent=2))
        return DONE
    rows = [
        [
            "*" if name == settings.provider else "",
            name,
            entry.kind,
            ", ".join(addresses[name]),
            entry.default_model or "",
            keys[name],
        ]
        for name, entry in settings.providers.items()
    ]
    header = ["", "provider", "kind", "addresses", "default model", "key"]
    show_columns(Terminal(), header, rows, width=90)
    return DONE


@command.command(
    short_help="Try what NAMEs, or all of them, can do.",
    epilog="\b\nExample:\n  arriero providers check ollama --model qwen3",
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--model", metavar="NAME", help="The model to try, instead of the one in use.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    help="Seconds for each question; a model may have to be loaded first.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(names: Sequence[str], model: str | None, timeout: float, as_json: bool) -> int:
    """Try NAMEs, or every provider: connection, models, streaming, tools, formats and more.

    Each answer is seen, not looked up. Exit code 1 where a provider that was named does not answer
    or, without names, the one in use.
    """
    from arriero.cli.interrupt import run
    from arriero.cli.terminal import Terminal

    settings = _settings()
    for name in names:
        if name not in settings.providers:
            known = ", ".join(settings.providers)
            raise Failure(f"There is no provider {name}; there are {known}.", USAGE)
    terminal = Terminal()
    reports = run(
        lambda _: _tried(terminal, settings, names or tuple(settings.providers), model, timeout)
    )
    if as_json:
        told = [{**asdict(one), "abilities": _abilities(one)} for one in reports]
        click.echo(json.dumps({"providers": told}, indent=2))
    else:
        _show(terminal, reports, names or _own(settings))
    needed = names or (settings.provider,)
    failed = any(one.problem for one in reports if one.name in needed)
    return FAILED if failed else DONE


async def _tried(
    terminal: Terminal, settings: Settings, names: Sequence[str], model: str | None, timeout: float
) -> list[ProviderReport]:
    import contextlib

    from arriero.cli.trials.trial import try_provider

    reports = []
    for name in names:  # one after the other: several models may not fit into memory
        waiting: contextlib.AbstractContextManager[object] = contextlib.nullcontext()
        if terminal.is_terminal and terminal.err.is_terminal:
            waiting = terminal.err.status(f"trying {name}", spinner="line")
        with waiting:
            reports.append(await try_provider(settings, name, model, patience=timeout))
    return reports


def _show(terminal: Terminal, reports: Sequence[ProviderReport], wanted: Sequence[str]) -> None:
    from arriero.cli.columns import show_columns
    from arriero.cli.trials.abilities import ABILITIES

    rows = []
    for one in reports:
        found = dict(one.abilities)
        cells = [found[name].answer if name in found else "-" for name in ABILITIES]
        models = str(one.models) if one.connects else "-"
        state = one.version or ("redirects" if one.redirects else "no answer")
        rows.append([one.name, state, models, one.model or "-", *cells])
    show_columns(terminal, ["provider", "version", "models", "model", *ABILITIES], rows, width=40)
    for one in reports:
        # Of a ready entry that nobody has installed nothing is said but that it does not answer.
        if one.problem and (one.name in wanted or one.connects):
            terminal.line(f"{one.name}: {one.problem}", "yellow")
        for name, tried in one.abilities:
            if tried.detail:
                terminal.line(f"{one.name}, {name}: {tried.detail}", "dim")


def _own(settings: Settings) -> tuple[str, ...]:
    """Return the provider in use, and the entries that somebody wrote or changed."""
    from arriero.settings.provider import READY_PROVIDERS

    return tuple(
        name
        for name, entry in settings.providers.items()
        if name == settings.provider or entry != READY_PROVIDERS.get(name)
    )


def _abilities(report: ProviderReport) -> dict[str, object]:
    return {name: asdict(tried) for name, tried in report.abilities}


def _settings() -> Settings:
    from arriero.cli.surroundings import find_surroundings

    return find_surroundings().loaded.settings
