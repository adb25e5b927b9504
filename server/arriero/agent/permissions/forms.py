"""The rule by which an answer that lasts is remembered, as the person is shown it before."""

from __future__ import annotations

import glob
import os
import shlex

from arriero.agent.permissions.call import Call
from arriero.agent.permissions.commands import opens_files
from arriero.agent.permissions.shell import Simple
from arriero.agent.permissions.subcommands import subcommand

_MOST_CHARS = 400  # of what is shown beside a button


def lasting(call: Call) -> tuple[str, ...]:
    """Return the rules that stand for a call in this workspace; none if it should not last.

    A program that is known, called as is known of it, is remembered by its name and subcommand,
    everything else by exactly its words or its file. What cannot be read, several programs that are
    not all known, files opened by the shell, and code are not remembered.
    """
    if call.runs:
        forms = _of_line(call) if call.command is not None else ()
    elif call.paths:
        # Of a file that is moved both places count: an answer holds for no other target.
        named = call.paths if call.kind == "move" else call.paths[:1]
        forms = tuple(f"{call.tool}({_path(call, path)})" for path in named)
    elif call.kind == "fetch":
        # An answer holds for all of a host.
        forms = (f"{call.tool}({call.address.origin}/*)",) if call.address else ()
    else:
        forms = (call.tool,)
    whole = "".join(forms)
    return forms if len(whole) <= _MOST_CHARS and whole.isprintable() else ()


def for_session(call: Call) -> tuple[str, ...]:
    """Return what stands for a call until its session ends: at least the very same call."""
    if call.command is not None:
        return lasting(call) or (f"{call.tool}: {call.command}",)
    if call.kind == "fetch":
        return lasting(call)  # what cannot be read as an address is no host
    return lasting(call) or (call.tool,)


def _of_line(call: Call) -> tuple[str, ...]:
    line = call.line
    if line.problem or any(opens_files(command) for command in line.commands):
        return ()
    is_known = call.known.kind != "other"
    if not is_known and len(line.commands) > 1:
        return ()  # by itself the end of `curl … | sh` is something else
    words = [_words(command, is_known=is_known) for command in line.commands]
    return tuple(dict.fromkeys(f"{call.tool}({one})" for one in words))


def _words(command: Simple, *, is_known: bool) -> str:
    texts = command.texts
    named, more = subcommand(texts) if is_known else (texts, False)
    shown = " ".join(shlex.quote(glob.escape(text)) for text in named)
    return f"{shown} *" if more else shown


def _path(call: Call, path: str) -> str:
    root = call.roots[0] if call.roots else ""
    inside = root and path.startswith(f"{root.rstrip('/')}/")
    shown = glob.escape(os.path.relpath(path, root) if inside else path)
    return shown if "/" in shown else f"./{shown}"
