"""Facts in the few lines that a model is told; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from arriero.agent.gathering.facts import Facts

_MOST_TOOLS = 10
_MOST_COMMANDS = 3
_MOST_OF_A_PART = 2  # commands: there are several parts


def told(found: Sequence[tuple[str, Facts]]) -> list[str]:
    """Return lines of the facts of folders; '' stands for the root, which needs no name.

    What is said last is left out first where there is little room, so tests go before lints.
    """
    lines = [_made_of(folder, facts) for folder, facts in found if facts.languages]
    lines += [_commands("Test", folder, facts.test) for folder, facts in found if facts.test]
    lines += [_commands("Lint", folder, facts.lint) for folder, facts in found if facts.lint]
    lines += [_commands("Build", folder, facts.build) for folder, facts in found if facts.build]
    return lines


def _made_of(folder: str, facts: Facts) -> str:
    used = _distinct(facts.tools)
    tools = f" ({', '.join(used[:_MOST_TOOLS])})" if used else ""
    begin = f"{folder}: " if folder else ""
    return f"{begin}{', '.join(_distinct(facts.languages))}{tools}"


def _commands(kind: str, folder: str, commands: Iterable[str]) -> str:
    most = _MOST_OF_A_PART if folder else _MOST_COMMANDS
    where = f" ({folder})" if folder else ""
    return f"{kind}{where}: {' | '.join(_distinct(commands)[:most])}"


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
