"""The uncommitted changes of a Git repository, as a diff.

The repository may be anybody's, and its configuration can name programs for Git to run (hooks,
monitors, external diffs, text converters, filters). None of them runs here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arriero.within import within
from arriero.workspace.git import trusted_path

_PATIENCE = 10.0  # seconds
_MOST = 60_000  # bytes of a diff; more says nothing new to a model
_INHERITED = ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CEILING_DIRECTORIES")
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
_OVERRULED = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "protocol.allow": "never",
    "safe.bareRepository": "explicit",
    "diff.external": "",
}
_DIFF = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short", "-M")


class NoRepository(Exception):
    """Git cannot be asked there; the sentence says what to do."""


@dataclass(frozen=True)
class GitChanges:
    """A diff, cut where it is longer than a model needs, and whether it is of what is staged."""

    diff: str
    staged: bool


async def git_changes(folder: str) -> GitChanges:
    """Return what is staged, else all that is not committed; raises NoRepository."""
    code, filters = await _git(
        folder, ("config", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process)$"), {}
    )
    if code not in (0, 1):  # 1: none is configured
        raise _unusable()
    overruled = dict.fromkeys(filters.splitlines(), "")
    code, staged = await _git(folder, (*_DIFF, "--cached"), overruled)
    if code != 0:
        raise _unusable()
    if staged.strip():
        return GitChanges(staged, staged=True)
    code, everything = await _git(folder, (*_DIFF, "HEAD"), overruled)
    if code != 0:  # no commit yet: then what is not staged is all there is
        _, everything = await _git(folder, _DIFF, overruled)
    return GitChanges(everything, staged=False)


def _unusable() -> NoRepository:
    return NoRepository(
        "This folder is no Git repository that can be read; open a folder that is one."
    )


async def _git(
    folder: str, arguments: Sequence[str], overruled: Mapping[str, str]
) -> tuple[int, str]:
    """Run Git and return exit code and output, cut at `_MOST` bytes; 0 then."""
    settings = _OVERRULED | dict(overruled)
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment |= _ENVIRONMENT | {"GIT_CONFIG_COUNT": str(len(settings))}
    environment["PATH"] = trusted_path(folder)
    for number, (key, value) in enumerate(settings.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    try:
        process = await asyncio.create_subprocess_exec(
            "git", *arguments, cwd=folder, env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as error:
        raise NoRepository(f"Git cannot be run ({error}); install it first.") from error
    try:
        output, complete = await within(_read(process), _PATIENCE)
    except asyncio.TimeoutError as error:
        raise NoRepository("Git did not answer in time; try again.") from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    text = output.decode("utf-8", "replace")
    if not complete:
        return 0, f"{text}\n(cut here)\n"
    return process.returncode or 0, text


async def _read(process: asyncio.subprocess.Process) -> tuple[bytes, bool]:
    assert process.stdout is not None
    output = b""
    while len(output) < _MOST:
        piece = await process.stdout.read(_MOST - len(output))
        if not piece:
            await process.wait()
            return output, True
        output += piece
    return output, False
