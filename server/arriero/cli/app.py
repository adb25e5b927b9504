"""The command line's root: its commands, each loaded when it is used, and how they end."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import traceback
from collections.abc import Sequence

import click

from arriero import __version__
from arriero.cli.failure import CANCELLED, DONE, FAILED, USAGE, Failure
from arriero.observe.log import log_to_terminal

COMMANDS = (
    "demo", "chat", "run", "search", "map", "index", "models", "providers", "sessions", "undo",
    "stop", "audit", "permissions", "doctor", "config", "serve", "keys", "daemon", "lsp", "acp",
    "mcp",
)  # fmt: skip

# The last is how an output fails that was closed before we began.
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EBADF}


class _Commands(click.Group):
    """Commands by the names of their modules; `--help` keeps the order of `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"arriero.cli.commands.{cmd_name}")
        command: click.Command = module.command
        return command


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog='Begin with `arriero demo`, or in a folder of yours with: arriero run "What is this?"',
)
@click.version_option(
    __version__, "-V", "--version", prog_name="arriero", message="%(prog)s %(version)s"
)
def app() -> None:
    """A coding agent in every editor, run by your own models."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code: 0 done, 1 failed, 2 usage, 130 cancelled."""
    log_to_terminal()
    if sys.stdout is None:
        _open_closed_output()
    try:
        result = app.main(
            args=None if arguments is None else list(arguments),
            prog_name="arriero",
            standalone_mode=False,
        )
    except click.UsageError as error:
        return _misused(error)
    except click.ClickException as error:
        return _say(error.format_message(), FAILED)
    except (click.Abort, KeyboardInterrupt):
        return _say("Cancelled.", CANCELLED)
    except BrokenPipeError:
        return _closed_pipe()
    except Exception as error:  # noqa: BLE001 - the last place that can say it in a sentence
        return _failed(error)
    return result if isinstance(result, int) else DONE


def _open_closed_output() -> None:
    """Have what is printed fail as elsewhere: Python has no stream for an output that is closed.

    It takes the number, too, which else the first file or connection would get.
    """
    nothing = os.open(os.devnull, os.O_RDONLY)
    if nothing != 1:
        os.dup2(nothing, 1)
        os.close(nothing)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for good


def _misused(error: click.UsageError) -> int:
    message = error.format_message()
    if "\n" in message:  # the help, where a command was given nothing
        click.echo(message, err=True)
        return USAGE
    path = error.ctx.command_path if error.ctx else "arriero"
    return _say(f"{message.rstrip('.')}; see `{path} --help`.", USAGE)


def _failed(error: Exception) -> int:
    if os.environ.get("ARRIERO_DEBUG") == "1":
        traceback.print_exception(type(error), error, error.__traceback__)
    if isinstance(error, Failure):
        return _say(str(error), error.code)
    for known in _known_errors():
        if isinstance(error, known):
            return _say(str(error), FAILED)
    if isinstance(error, OSError) and error.errno in _UNWRITABLE:
        told = f"The output cannot be written ({error.strerror}): make room, or send it elsewhere."
        return _say(told, _unwritable())
    kind = type(error).__name__
    return _say(
        f"This failed inside Arriero ({kind}: {error}); run it again with ARRIERO_DEBUG=1 "
        "to see where, and report it.",
        FAILED,
    )


def _known_errors() -> tuple[type[Exception], ...]:
    """Errors whose text is a sentence for the person; imported only when something failed."""
    from arriero.daemon.client import DaemonGone, NotRunning, RemoteError
    from arriero.daemon.endpoint import EndpointRefused
    from arriero.daemon.launch import LaunchFailed
    from arriero.settings.errors import SettingsError
    from arriero.settings.paths import NoHome

    told_here = (SettingsError, NoHome, LaunchFailed, EndpointRefused)
    return (*told_here, RemoteError, NotRunning, DaemonGone)


def _say(sentence: str, code: int) -> int:
    click.echo(f"arriero: {sentence}", err=True)
    return code


def _closed_pipe() -> int:
    """Whoever read our output has enough."""
    return _unwritable()


def _unwritable() -> int:
    """Leave the output alone: Python must not complain of it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED
