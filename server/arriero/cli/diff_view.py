"""Showing a proposal as a coloured diff."""

from __future__ import annotations

from arriero.cli.proposals import Proposal, ProposedFile
from arriero.cli.terminal import Terminal

_STYLES = {"@": "cyan", "-": "red", "+": "green", "\\": "dim"}
_WORDS = {"create": "new file", "delete": "deleted", "rename": "renamed"}


def show_proposal(terminal: Terminal, proposal: Proposal) -> None:
    """Print the open hunks of all files."""
    for file in proposal.files:
        if file.open_hunks:
            show_diff(terminal, file.diff)


def show_diff(terminal: Terminal, diff: str) -> None:
    """Print the unified diff of one file."""
    in_header = True
    for line in diff.removesuffix("\n").split("\n"):
        in_header = in_header and not line.startswith("@@")
        terminal.line(line, "bold" if in_header else _STYLES.get(line[:1], ""))


def summary(proposal: Proposal) -> str:
    """Return the files in words: `tally/money.py (+3 -3), notes.md (new file, +8)`."""
    return ", ".join(_one(file) for file in proposal.files if file.open_hunks)


def _one(file: ProposedFile) -> str:
    added, removed = file.size
    parts = [_WORDS[file.kind]] if file.kind in _WORDS else []
    numbers = [f"+{added}"] if added else []
    numbers += [f"-{removed}"] if removed and file.kind != "delete" else []
    parts += [" ".join(numbers)] if numbers else []
    return f"{file.new_name} ({', '.join(parts)})" if parts else file.new_name
