"""`arriero models`: what the provider has, and what a model can do and has shown."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from arriero.cli.failure import DONE, Failure

if TYPE_CHECKING:
    from arriero.cli.terminal import Terminal

EXAMPLES = """\b
Examples:
  arriero models
  arriero models show qwen3
  arriero models pull qwen3
  arriero models probe qwen3
"""
_PATIENCE = 60.0  # seconds
_TOKEN = "models"  # noqa: S105 - the token of a progress
_NONE_CHOSEN = (
    "No model is set: a run takes the first that can use tools, one in memory before others. "
    "Set `model`, or use --model, to choose."
)
_TRIED = {True: "works", False: "does not work", None: "not tried"}


@click.group(epilog=EXAMPLES, invoke_without_command=True)
@click.option("--provider", metavar="NAME", help="The entry of `providers` in the settings to ask.")
@click.pass_context
def command(ctx: click.Context, provider: str | None) -> int:
    """List, describe, fetch and try models."""
    ctx.obj = provider
    if ctx.invoked_subcommand is None:
        return _list(provider, as_json=False)
    return DONE


@command.command("list", epilog="\b\nExample:\n  arriero models list --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def list_(provider: str | None, as_json: bool) -> int:
    """List what the provider has; `*` marks the model in use."""
    return _list(provider, as_json=as_json)


@command.command(
    short_help="Describe a model, and what it has shown.",
    epilog="\b\nExample:\n  arriero models show qwen3",
)
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def show(provider: str | None, name: str, as_json: bool) -> int:
    """Describe a model: what it can do, its windows, and what it has shown."""
    details = _ask(*_asked("show", provider, name))["shown"]
    if as_json:
        click.echo(json.dumps(details, indent=2))
        return DONE
    _print([*_described(details), *_shown(details.get("profile"))])
    return DONE


@command.command(epilog="\b\nExample:\n  arriero models pull qwen3")
@click.argument("name")
@click.pass_obj
def pull(provider: str | None, name: str) -> int:
    """Fetch a model."""
    from arriero.cli.terminal import Terminal

    terminal = Terminal()
    _ask(*_asked("pull", provider, name), progress=terminal)
    terminal.line(f"{name} is there; use it with: arriero run --model {name} …")
    return DONE


@command.command(
    short_help="Try how a model takes its tools best.",
    epilog="\b\nExample:\n  arriero models probe qwen3",
)
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def probe(provider: str | None, name: str, as_json: bool) -> int:
    """Try how a model takes its tools best: it is asked up to three short questions.

    Runs use what is found out. This may take minutes where the model must be loaded first.
    """
    from arriero.cli.terminal import Terminal

    details = _ask(*_asked("probe", provider, name), progress=Terminal())["shown"]
    if as_json:
        click.echo(json.dumps({"name": name, "profile": details["profile"]}, indent=2))
        return DONE
    _print([("model", details["name"]), *_shown(details.get("profile"))])
    return DONE


def _list(provider: str | None, *, as_json: bool) -> int:
    from arriero.cli.columns import show_columns
    from arriero.cli.terminal import Terminal
    from arriero.cli.words import byte_count
    from arriero.models.chain import names_at, wanted_models
    from arriero.models.residency import full_name

    told = _ask(provider, {})
    if as_json:
        click.echo(json.dumps({"models": told["models"], "selected": told["selected"]}, indent=2))
        return DONE
    selected = told["selected"]
    if not told["models"]:
        raise Failure(
            f"The provider {selected['provider']} has no model yet; fetch one with "
            "`arriero models pull NAME`."
        )
    chain = wanted_models(selected["model"], _providers())
    names = names_at(selected["provider"], chain, selected["provider"])
    used = {full_name(name) for name in names}
    rows = [
        [
            "*" if full_name(model["name"]) in used else "",
            model["name"],
            byte_count(model["size"]) if model["size"] else "",
            model["parameterSize"],
            model["quantization"],
        ]
        for model in told["models"]
    ]
    terminal = Terminal()
    show_columns(terminal, ["", "model", "size", "parameters", "quantization"], rows, width=120)
    if not selected["model"] and terminal.is_terminal:
        terminal.say("info", _NONE_CHOSEN)
    return DONE


def _asked(what: str, provider: str | None, name: str) -> tuple[str | None, Mapping[str, Any]]:
    """Return whom to ask for a model, which may be named with its provider, and the params."""
    from arriero.models.chain import wanted_model

    wanted = wanted_model(name, _providers())
    return wanted.provider or provider, {what: wanted.model}


def _providers() -> Container[str]:
    from arriero.cli.surroundings import find_surroundings

    return find_surroundings().loaded.settings.providers


def _ask(
    provider: str | None, params: Mapping[str, Any], *, progress: Terminal | None = None
) -> Mapping[str, Any]:
    """Ask the daemon; with `progress` for as long as it takes, shown there if somebody looks."""
    from arriero.cli.door import open_door
    from arriero.cli.interrupt import run
    from arriero.cli.surroundings import find_surroundings
    from arriero.cli.terminal import Terminal as AnyTerminal

    surroundings = find_surroundings(given={"provider": provider})
    if progress is not None:
        params = {**params, "workDoneToken": _TOKEN}

    async def asked() -> Mapping[str, Any]:
        say = AnyTerminal().say
        # No folder: it would be watched, and models do not depend on it.
        async with open_door("", say, settings=surroundings.given) as door:
            from arriero.cli.progress import shown_progress

            watched: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
            if progress is not None:
                watched = shown_progress(progress, door, _TOKEN)
            with watched:
                answer: Mapping[str, Any] = await door.request(
                    "arriero/models", params, timeout=None if progress else _PATIENCE
                )
            return answer

    return run(lambda _: asked())


def _print(rows: Sequence[tuple[str, str]]) -> None:
    from arriero.cli.terminal import Terminal

    terminal = Terminal()
    for key, value in rows:
        terminal.line(f"{key:<17} {value}")


def _shown(profile: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return what a model has shown of itself; nothing for one that was never used."""
    if profile is None:
        return []
    speeds = (("answers", "tokensPerSecond"), ("reads prompts", "promptTokensPerSecond"))
    return [
        ("native tools", _TRIED[profile["native"]]),
        ("prompted tools", _TRIED[profile["prompted"]]),
        ("constrained tools", _TRIED[profile["constrained"]]),
        *([] if profile["thinks"] is None else [("thinks", "yes" if profile["thinks"] else "no")]),
        *((name, f"{profile[key]:,.1f} tokens/s") for name, key in speeds if profile[key]),
        ("in use", profile["rung"] or "none yet: it has not made a call that could be used"),
    ]


_WHY = {
    "settings": "settings",
    "modelfile": "Modelfile",
    "fits": "fits into the graphics card",
    "trained": "trained for no more",
    "default": "default",
}


def _described(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    windows = (("trained window", "trainedWindow"), ("configured window", "configuredWindow"))
    rows = [
        ("model", details["name"]),
        ("provider", details["provider"]),
        ("family", details["family"]),
        ("parameters", details["parameterSize"]),
        ("quantization", details["quantization"]),
        ("can do", ", ".join(details["capabilities"])),
        *((name, f"{details[key]:,} tokens") for name, key in windows if details[key]),
        ("window in use", f"{details['window']:,} tokens ({_WHY[details['windowSource']]})"),
    ]
    return [(name, value) for name, value in rows if value]
