"""What goes into the newest user message of a run: all sources at once, each with a limit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from arriero.agent.gathering import ambient
from arriero.agent.gathering.ask import Ask
from arriero.agent.gathering.budget import Budget
from arriero.agent.gathering.fitting import Estimate, fit
from arriero.agent.gathering.known import Known
from arriero.agent.gathering.offer import Gathered, Offer, Sourced
from arriero.agent.gathering.references import MOST_REFERENCES, Reference, references
from arriero.agent.gathering.referred import referred
from arriero.agent.gathering.shapes import Lines
from arriero.agent.gathering.spot import Spot
from arriero.agent.request import ContextItem
from arriero.index.map import Focus
from arriero.within import within
from arriero.workspace.buffers import Buffers
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.excerpt import plain_lines
from arriero.workspace.problem import Problem
from arriero.workspace.view import WorkspaceView

log = logging.getLogger(__name__)
T = TypeVar("T")
Source = Callable[[], tuple[Offer, ...]]

_LOCATE_SECONDS = 0.05
_AMBIENT_SECONDS = 0.22
_TOO_MANY = (
    f"Only the first {MOST_REFERENCES} references are followed: give others in the next prompt."
)
_REFERRED_SECONDS = 3.0  # what the user asked for may take a moment


class Side(Protocol):
    """The part of an `Editor` that is asked."""

    @property
    def buffers(self) -> Buffers:
        """The open documents."""

    def problems(self, path: str | None = None) -> Sequence[Problem]:
        """Return the known diagnostics, of one file or of all."""


async def gather(
    ask: Ask,
    view: WorkspaceView,
    editor: Side,
    known: Known | None,
    budget: Budget,
    estimate: Estimate,
) -> Gathered:
    """Return what is put beside a prompt, the most useful first.

    `known` is the workspace's searcher, None where there is no index. A source that takes too long
    is left out, and so is one that fails; only what the user refers to in the prompt is waited for
    longer than some 0.3 s, and never more than 4 s.
    """
    asked = await asyncio.to_thread(references, ask.prompt, MOST_REFERENCES + 1)
    too_many, asked = len(asked) > MOST_REFERENCES, asked[:MOST_REFERENCES]
    spot = await _located(view, ask.spot)
    collecting = _Collecting(ask, asked, spot, view, editor, known, budget, estimate)
    sourced, around = await asyncio.gather(collecting.referred(), collecting.ambient())
    offers = [*(offer for one in sourced for offer in one.offers), *around.offers]

    def chosen() -> Gathered:
        attached = [_attached(item) for item in ask.attachments]
        return fit([*attached, *offers], budget, ask.said, estimate)

    fitted = await asyncio.to_thread(chosen)
    return replace(
        fitted,
        left_out=(*fitted.left_out, *around.notices),
        notices=tuple(dict.fromkeys(notice for one in sourced for notice in one.notices))
        + (_TOO_MANY,) * too_many,
    )


def _attached(item: ContextItem) -> Offer:
    return Offer(item.title, "you attached it", item.title, Lines(plain_lines(item.text)))


async def _located(view: WorkspaceView, spot: Spot | None) -> Spot | None:
    """Return the spot with its canonical path."""
    if spot is None:
        return None
    try:
        path = await _within(_LOCATE_SECONDS, view.locate, spot.path)
    except WorkspaceError as error:
        log.info("the document in front of the user is not of the workspace: %s", error)
        return None
    return replace(spot, path=path) if path else None


@dataclass(frozen=True)
class _Collecting:
    ask: Ask
    asked: tuple[Reference, ...]
    spot: Spot | None
    view: WorkspaceView
    editor: Side
    known: Known | None
    budget: Budget
    estimate: Estimate

    async def referred(self) -> list[Sourced]:
        """Return what the references in the prompt stand for, in their order."""
        wants_problems = any(one.kind == "problems" for one in self.asked)
        problems = tuple(self.editor.problems()) if wants_problems else ()

        async def one(reference: Reference) -> Sourced:
            work = _within(_REFERRED_SECONDS, referred, reference, self.view, self.known, problems)
            late = f"{reference.written} could not be read in time, and is left out."
            return await _guarded(work) or Sourced((), (late,))

        return list(await asyncio.gather(*map(one, self.asked)))

    async def ambient(self) -> Sourced:
        """Return what each source offers; those that took too long are named in the notices."""
        sources = list(self._sources()) if self.ask.ambient else []
        found = await asyncio.gather(
            *(_guarded(_within(_AMBIENT_SECONDS, source)) for _, source in sources)
        )
        late = [
            f"{name}: not known in time."
            for (name, _), offers in zip(sources, found, strict=True)
            if offers is None
        ]
        return Sourced(tuple(offer for offers in found for offer in offers or ()), tuple(late))

    def _sources(self) -> list[tuple[str, Source]]:
        """Return what may be given without being asked for, the most useful first."""
        view, ask, spot, known = self.view, self.ask, self.spot, self.known
        sources: list[tuple[str, Source]] = []
        if spot is not None:
            texts = [item.text for item in ask.attachments]
            problems = tuple(self.editor.problems(spot.path))
            sources.append(("the file in front of you", lambda: ambient.near(view, spot, texts)))
            if not any(one.kind == "problems" for one in self.asked):
                sources.append(("problems", lambda: ambient.problems(view, problems, spot)))
        if broken := self._broken():
            sources.append(("problems", lambda: ambient.broken(view, broken)))
        if known is not None:
            focus = Focus(
                open_files=tuple(sorted(buffer.path for buffer in self.editor.buffers.all())),
                selected=spot.path if spot is not None else "",
                words=ask.query or ask.prompt,
            )
            tier, said = self.budget.tier, ask.said
            sources.append((
                "places found",
                lambda: ambient.hits(view, known, focus.words, tier, self._beside(), said),
            ))  # fmt: skip
            if ask.first:
                sources.append((
                    "map of the workspace",
                    lambda: ambient.outline(known, self.budget, self.estimate, focus),
                ))  # fmt: skip
        if not any(one.kind == "git" for one in self.asked):
            sources.append(("state of Git", lambda: ambient.git(view)))
        sources.append(("project facts", lambda: ambient.facts(view)))
        return sources

    def _broken(self) -> tuple[Problem, ...]:
        """Return the errors in files that the model edited, but for the one in front."""
        front = self.spot.path if self.spot is not None else ""
        return tuple(
            problem
            for path in dict.fromkeys(self.ask.edited)
            if path != front
            for problem in self.editor.problems(path)
            if problem.severity == "error"
        )

    def _beside(self) -> set[str]:
        """Return the files of which the prompt has a part anyway."""
        paths = {self.spot.path} if self.spot is not None else set()
        for one in self.asked:
            if one.kind == "path":
                try:
                    paths.add(self.view.locate(one.name))
                except WorkspaceError as error:
                    log.debug("%s is no path: %s", one.written, error)
        return paths


async def _within(seconds: float, function: Callable[..., T], *arguments: object) -> T | None:
    """Return what a thread says, None if not in time; the thread ends by its own limits."""
    try:
        return await within(asyncio.to_thread(function, *arguments), seconds)
    except asyncio.TimeoutError:
        log.info("not waited for: %s", getattr(function, "__qualname__", function))
        return None


async def _guarded(work: Awaitable[T | None]) -> T | None:
    """Return None for what failed: a run does not end for what stands beside its prompt."""
    try:
        return await work
    except Exception:
        log.exception("a source of context failed")
        return None
