"""`arriero serve`: the HTTP gateway in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from arriero.cli.options import folder_option

if TYPE_CHECKING:
    from arriero.cli.event_loop import LoopChoice

EXAMPLES = """\b
Examples:
  arriero serve                                  at http://127.0.0.1:11435
  arriero serve -w ~/project --default-model qwen3
  arriero serve --host 0.0.0.0 --api-key "$KEY"  for others on the network
  curl -s localhost:11435/v1/models
"""


@click.command(short_help="Serve the HTTP gateway.", epilog=EXAMPLES)
@click.option("-p", "--port", type=click.IntRange(0, 65_535), help="The port; 0: a free one.")
@click.option("-H", "--host", metavar="HOST", help="The address; any but loopback needs a key.")
@click.option("--ollama-url", metavar="URL", help="Where Ollama is.")
@folder_option
@click.option(
    "--allowed-dirs",
    metavar="FOLDERS",
    multiple=True,
    help="Folders in which a request may choose its workspace; several with commas.",
)
@click.option("--no-commands", is_flag=True, help="Runs execute no commands.")
@click.option(
    "--command-allowlist",
    metavar="PROGRAMS",
    multiple=True,
    help="Programs that commands may begin with, such as pytest,ls.",
)
@click.option("--no-inject-tools", is_flag=True, help="Pass every request on to the model.")
@click.option(
    "--inject-tools",
    type=click.Choice(["auto", "always", "never"]),
    help="Answer with Arriero's tools: where a request has none, or always.",
)
@click.option("--show-steps/--hide-steps", default=None, help="Steps as reasoning in the answer.")
@click.option("--max-iterations", type=click.IntRange(1, 1000), help="Answers in one run.")
@click.option("--default-model", metavar="NAME", help="The model of requests that name none.")
@click.option("--provider", metavar="NAME", help="The entry of `providers` in the settings to use.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False),
    help="What is told on this terminal.",
)
@click.option("--reload", "reload_", is_flag=True, help="Begin anew when Arriero's code changes.")
@click.option("--api-key", metavar="KEY", envvar="ARRIERO_API_KEY", help="A key that is asked for.")
@click.option("--rate-limit", type=click.IntRange(1), help="Requests a minute of one key.")
@click.option("--redis-url", metavar="URL", help="A Redis that several gateways share.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, help="Processes.")
@click.option(
    "--loop",
    type=click.Choice(["auto", "asyncio"]),
    default="auto",
    help="The event loop: auto is uvloop where it is installed.",
)
@click.option("--apply", type=click.Choice(["auto", "never"]), help="Apply the edits of runs?")
def command(
    port: int | None,
    host: str | None,
    ollama_url: str | None,
    folder: str | None,
    allowed_dirs: tuple[str, ...],
    no_commands: bool,
    command_allowlist: tuple[str, ...],
    no_inject_tools: bool,
    inject_tools: str | None,
    show_steps: bool | None,
    max_iterations: int | None,
    default_model: str | None,
    provider: str | None,
    log_level: str | None,
    reload_: bool,
    api_key: str | None,
    rate_limit: int | None,
    redis_url: str | None,
    workers: int,
    loop: LoopChoice,
    apply: str | None,
) -> int:
    """Serve the interfaces of OpenAI, Anthropic and Ollama, with Arriero's tools.

    Edits of runs go to the editor that has the folder open, else to the files, and can be taken
    back with `arriero undo`. With `gateway.enabled` in the settings the daemon serves the same.
    """
    from arriero.cli.gateway import Options, serve

    if no_inject_tools and inject_tools not in (None, "never"):
        raise click.UsageError("Use --inject-tools or --no-inject-tools, not both.")
    own: dict[str, Any] = {
        "host": host,
        "port": port,
        "inject_tools": "never" if no_inject_tools else inject_tools,
        "show_steps": show_steps,
        "max_iterations": max_iterations,
        "apply": apply,
        "commands": False if no_commands else None,
        "command_allowlist": _listed(command_allowlist),
        "allowed_dirs": _folders(allowed_dirs),
        "rate_limit": rate_limit,
        "redis_url": redis_url,
    }
    given: dict[str, Any] = {
        "gateway": {name: value for name, value in own.items() if value is not None},
        "model": default_model,
        "provider": provider,
        "log_level": log_level.lower() if log_level else None,
        "providers": {"ollama": {"base_url": ollama_url}} if ollama_url else None,
    }
    return serve(Options(folder, given, api_key, workers, reload_, loop))


def _listed(values: tuple[str, ...]) -> list[str] | None:
    """Return what several options, each with commas, name."""
    names = [name.strip() for value in values for name in value.split(",")]
    return [name for name in names if name] or None


def _folders(values: tuple[str, ...]) -> list[str] | None:
    names = _listed(values)
    return None if names is None else [str(Path(name).expanduser().resolve()) for name in names]
