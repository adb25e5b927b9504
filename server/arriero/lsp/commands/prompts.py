"""The words of each command: what the model is asked, and what is put beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arriero.agent.request import ContextItem
from arriero.workspace.problem import Problem

_MOST_TEXT = 40_000  # characters of a selection; the model can read the rest of the file itself

_MOST_LISTED = 8  # problems in the words of a command; words are never cut by a budget


@dataclass(frozen=True)
class Place:
    """Where a command was given: a file as shown to the user, and lines from 1 (0: no lines).

    `text` is the selected text, or the whole file's where `whole` says so.
    """

    shown: str
    first: int = 0
    last: int = 0
    text: str = ""
    whole: bool = False

    @property
    def named(self) -> str:
        """The place in words, as in "src/a.py, lines 3 to 8"."""
        if not self.first or self.whole:
            return self.shown
        if self.first == self.last:
            return f"{self.shown}, line {self.first}"
        return f"{self.shown}, lines {self.first} to {self.last}"


def context(place: Place | None) -> tuple[ContextItem, ...]:
    """Return what is put beside a prompt that was given at a place."""
    if place is None:
        return ()
    if not place.text.strip():
        return (ContextItem("The file in front of the user", place.named),)
    cut = place.text[:_MOST_TEXT]
    part = "" if cut == place.text else f", its first {_MOST_TEXT:,} characters"
    title = f"{place.named} (as it is in the editor{part})"
    return (ContextItem(title if place.whole else f"Selected: {title}", cut),)


def problems(found: Sequence[Problem]) -> tuple[ContextItem, ...]:
    """Return the problems as one item, none where there are none."""
    if not found:
        return ()
    lines = "\n".join(problem_line(one) for one in found)
    return (ContextItem("Problems that the editor reports", lines),)


def problem_line(one: Problem) -> str:
    """Return a problem as a line of a list."""
    source = " ".join(part for part in (one.source, one.code) if part)
    return f"- line {one.line}: {one.severity}: {one.words}{f' ({source})' if source else ''}"


def _worst(found: Sequence[Problem]) -> list[Problem]:
    """Return the problems, the worst ones first."""
    return sorted(found, key=lambda one: one.badness)


def fix(place: Place, found: Sequence[Problem], wish: str) -> str:
    """Ask to mend the problems at a place."""
    if found:
        listed = "\n".join(problem_line(one) for one in _worst(found)[:_MOST_LISTED])
        others = len(found) - _MOST_LISTED
        more = f"\n- and {others} more that stand beside this" if others > 0 else ""
        task = f"Fix this in {place.shown}:\n{listed}{more}"
    else:
        task = f"Find out what is wrong in {place.named} and fix it."
    return _with_wish(
        f"{task}\nMend the cause with the smallest change that is right, and check that it works.",
        wish,
    )


def beside_fix(place: Place, found: Sequence[Problem]) -> tuple[ContextItem, ...]:
    """Return the place, and the problems that `fix` does not list: a budget can cut these."""
    return context(place) + problems(_worst(found)[_MOST_LISTED:])


def explain(place: Place, wish: str) -> str:
    """Ask for an explanation."""
    return _with_wish(
        f"Explain {place.named}: what it is for, how it works, and what is surprising about it. "
        "Read what it uses before you explain it. Answer in Markdown, shortest form first.",
        wish,
    )


def document(place: Place, wish: str) -> str:
    """Ask for documentation comments."""
    return _with_wish(
        f"Add documentation to the code in {place.named}, in the comment or docstring style that "
        "this project uses. Say what a reader cannot see at once; change no code.",
        wish,
    )


def tests(place: Place, wish: str) -> str:
    """Ask for tests."""
    return _with_wish(
        f"Write tests for {place.named}. Find the project's existing tests first and follow their "
        "framework, folder and style. Cover the ordinary case, the edges and the errors. "
        "Do not change the code under test.",
        wish,
    )


def review(place: Place, wish: str) -> str:
    """Ask for a review."""
    return _with_wish(
        f"Review {place.named}. Look for bugs, wrong assumptions, missing cases and unsafe code. "
        "List what you find in Markdown, worst first, each with its line and what to do; leave "
        "matters of taste out. Say so plainly if you find nothing.",
        wish,
    )


def follow_comment(place: Place, request: str) -> str:
    """Ask for what a comment says."""
    return f"A comment in {place.named} asks for this:\n{request}\nDo it, and remove that comment."


def answer_comment(place: Place, question: str) -> str:
    """Ask for an answer to a comment."""
    return f"A comment in {place.named} asks:\n{question}\nRead what you need, then answer."


def commit_message(diff: str, staged: bool, wish: str) -> tuple[str, ContextItem]:
    """Ask for a commit message; the diff is put beside the prompt."""
    prompt = _with_wish(
        "Write a Git commit message for the changes below: a subject of at most 72 characters in "
        "the imperative, and where it helps an empty line and a short body that says why. "
        "Answer with the message only, no quotes, no code fence.",
        wish,
    )
    return prompt, ContextItem("Staged changes" if staged else "Uncommitted changes", diff)


def _with_wish(prompt: str, wish: str) -> str:
    return f"{prompt}\nThe user adds: {wish}" if wish else prompt
