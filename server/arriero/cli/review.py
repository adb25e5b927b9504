"""Judging a proposal hunk by hunk at the terminal."""

from __future__ import annotations

from dataclasses import dataclass

from arriero.cli.diff_view import show_diff, summary
from arriero.cli.one_key import one_key
from arriero.cli.proposals import Proposal
from arriero.cli.terminal import Terminal

_HELP = """\
y  apply this change
n  reject it
a  apply it and all that follow
q  decide nothing more; what is left stays open"""

_ANSWERS = {"y": "yes", "n": "no", "a": "all", "q": "quit"}


@dataclass(frozen=True)
class Decision:
    """The ids of hunks to apply and to reject; the others stay open."""

    accepted: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()


async def review(terminal: Terminal, proposal: Proposal) -> Decision:
    """Show each open hunk and ask; the end of the input decides nothing more."""
    hunks = [(file, hunk) for file in proposal.files for hunk in file.open_hunks]
    terminal.line(f"Proposed: {summary(proposal)}", "bold")
    accepted: list[str] = []
    rejected: list[str] = []
    for number, (file, hunk) in enumerate(hunks, start=1):
        show_diff(terminal, file.diff_of(hunk))
        key = await _key(terminal, f"Apply change {number} of {len(hunks)}? [y/n/a/q/?] ")
        if key == "a":
            accepted += [h.id for _, h in hunks[number - 1 :]]
            break
        if key == "q":
            break
        (accepted if key == "y" else rejected).append(hunk.id)
    return Decision(tuple(accepted), tuple(rejected))


async def _key(terminal: Terminal, question: str) -> str:
    while True:
        try:
            key = one_key(await terminal.ask(question), _ANSWERS)
        except EOFError:
            return "q"
        if key:
            return key
        terminal.line(_HELP, "dim")
