"""The commands of a chat by their names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from arriero.cli.chat.commands import changes, choice, talk
from arriero.cli.columns import show_columns

if TYPE_CHECKING:
    from arriero.cli.chat.chat import Chat

Completed = Literal["", "model", "mode", "file"]


@dataclass(frozen=True)
class Command:
    """`help` is a sentence; `completes` says what its argument is. False from `run`: it failed."""

    name: str
    help: str
    run: Callable[[Chat, str], Awaitable[bool | None]]
    argument: str = ""
    completes: Completed = ""
    aliases: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        """The command as it is typed."""
        return f"/{self.name} {self.argument}".strip()


async def _help(chat: Chat, _: str) -> None:
    terminal = chat.front.terminal
    rows = [[one.usage, one.help] for one in COMMANDS]
    show_columns(terminal, ["command", ""], rows, width=80)
    terminal.line()
    for key, words in _TYPING:
        terminal.line(f"{key:<16}  {words}")


COMMANDS: tuple[Command, ...] = (
    Command("help", "List what can be typed here", _help, aliases=("?",)),
    Command("new", "Begin a new session", talk.new),
    Command("clear", "Begin a new session on an empty screen", talk.clear),
    Command("model", "List the models, or use another one", choice.model, "[NAME]", "model"),
    Command("mode", "Use another mode: ask, edit, agent, plan", choice.mode, "[MODE]", "mode"),
    Command("context", "Show what the model's window holds", talk.context),
    Command("diff", "Show what your newest prompt changed", changes.diff),
    Command("review", "Judge each open change", changes.review),
    Command("apply", "Apply all open changes", changes.apply, aliases=("accept",)),
    Command("reject", "Reject all open changes", changes.reject),
    Command(
        "undo",
        "Take back the last run, RUN, its changes N, or all after RUN",
        changes.undo,
        "[RUN] [N…] | to RUN",
    ),
    Command("redo", "Do again what was taken back", changes.redo, "[RUN] [N…] | to RUN"),
    Command("retry", "Send your newest prompt again", talk.retry),
    Command("copy", "Put the newest answer on the clipboard", talk.copy),
    Command("sessions", "List the sessions of this folder", talk.sessions),
    Command("resume", "Go on with another session", talk.resume, "[ID]"),
    Command("save", "Write the conversation to a Markdown file", talk.save, "[FILE]", "file"),
    Command("quit", "End the chat (Ctrl-D)", talk.quit_, aliases=("exit", "q")),
)
_TYPING = (
    ("@path", "puts a file beside the prompt; a picture is shown to models that see"),
    ("Enter", "sends; Alt-Enter or a backslash at the end makes a new line"),
    ("Ctrl-C", "cancels the run; what is typed while one goes on is sent after it"),
)
_BY_NAME = {name: one for one in COMMANDS for name in (one.name, *one.aliases)}


def find(line: str) -> Command | None:
    """Return the command that a line begins with, None for a prompt.

    The beginning of a name is enough where no other command begins so.
    """
    word = line.split(maxsplit=1)[0] if line else ""
    if len(word) < 2 or not word.startswith("/"):
        return None
    alike = _beginning(word)
    return _BY_NAME.get(word[1:]) or (alike[0] if len(alike) == 1 else None)


def refusal(line: str) -> str:
    """Say why a line that looks like a command is none."""
    word = line.split(maxsplit=1)[0]
    alike = [f"/{one.name}" for one in _beginning(word)]
    if not alike:
        return f"{word} is no command; /help lists them."
    return f"{word} may be {', '.join(alike[:-1])} or {alike[-1]}; type more of it."


def _beginning(word: str) -> list[Command]:
    return [one for one in COMMANDS if one.name.startswith(word[1:])]


def looks_like_command(line: str) -> bool:
    """Tell whether a line that is no command was meant as one, and not as a path."""
    word = line.split(maxsplit=1)[0] if line else ""
    return word.startswith("/") and word[1:].replace("-", "").isalpha()
