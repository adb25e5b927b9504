"""What is kept of a run: its proposal, what of it is in the user's files, what was taken back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from arriero.workspace.changeset import FileEffect
from arriero.workspace.proposal import Proposal
from arriero.workspace.steps import Move, Share, Step, moves_of, next_number

ChangeKind = Literal["accept", "undo", "redo"]

_VERSION = 2
UNKNOWN = "?"  # stands for the hunks of a step of which not even the ids were written down


@dataclass(frozen=True)
class Sending:
    """A change that was sent to an editor, and what the record says once it is applied.

    `effects` are those of the whole change, which may be of several runs; `at` is Unix time in
    seconds.
    """

    kind: ChangeKind
    at: float
    effects: tuple[FileEffect, ...]
    proposal: Proposal
    applied: tuple[Step, ...] = ()
    taken_back: tuple[Step, ...] = ()
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True)
class RunRecord:
    """A run's proposal and what became of it.

    `folders` are those that its paths lie in. `applied` is what can be taken back, oldest first.
    `taken_back` are the steps that took something back: to take these back is to do it again.
    `moves` are all renames so far. `at` is when the files were last changed by it, in Unix time; 0:
    never. `applying` is a change of which it is not known whether it was applied.
    """

    proposal: Proposal
    folders: tuple[str, ...]
    applied: tuple[Step, ...] = ()
    taken_back: tuple[Step, ...] = ()
    moves: tuple[Move, ...] = ()
    at: float = 0.0
    applying: Sending | None = None

    @property
    def next_step(self) -> int:
        """A number for a step after all that were."""
        return next_number(self.applied, self.taken_back, self.moves)

    @property
    def highest_hunk(self) -> int:
        """The highest number that a hunk of these steps has; 0: there is none."""
        steps = (*self.applied, *self.taken_back, *(self.applying.applied if self.applying else ()))
        return max((int(h) for step in steps for h in step.hunks if h != UNKNOWN), default=0)

    def encode(self) -> dict[str, Any]:
        """Return the record as JSON-able values; `decode` is the inverse."""
        return {"version": _VERSION, **asdict(self)}

    @staticmethod
    def decode(data: Mapping[str, Any]) -> RunRecord:
        """Return the record that `encode` made `data` from, or an earlier version's `encode`.

        Raises ValueError, KeyError or TypeError for what is none.
        """
        if data["version"] == 1:
            return _first_version(data)
        if data["version"] != _VERSION:
            raise ValueError(f"version {data['version']}")
        return RunRecord(
            Proposal.decode(data["proposal"]),
            tuple(data["folders"]),
            tuple(map(_step, data["applied"])),
            tuple(map(_step, data["taken_back"])),
            tuple(Move(**move) for move in data["moves"]),
            data["at"],
            _sending(data["applying"]) if data["applying"] else None,
        )


def packed(data: Mapping[str, Any]) -> bytes:
    """Return JSON-able values as they are written to the disk: compressed."""
    return zlib.compress(json.dumps(data).encode())


def unpacked(data: bytes) -> Any:
    """Return the values of a file, which earlier versions did not compress; raises ValueError."""
    try:
        return json.loads(data if data[:1] in (b"{", b"[") else zlib.decompress(data))
    except zlib.error as error:
        raise ValueError(str(error)) from error


def _sending(data: Mapping[str, Any]) -> Sending:
    return Sending(
        data["kind"],
        data["at"],
        tuple(FileEffect(**effect) for effect in data["effects"]),
        Proposal.decode(data["proposal"]),
        tuple(map(_step, data["applied"])),
        tuple(map(_step, data["taken_back"])),
        tuple(Move(**move) for move in data["moves"]),
    )


def _step(data: Mapping[str, Any]) -> Step:
    shares = (Share(**{**share, "hunks": tuple(share["hunks"])}) for share in data["shares"])
    return Step(**{**data, "shares": tuple(shares), "together": tuple(data["together"])})


def _first_version(data: Mapping[str, Any]) -> RunRecord:
    """Read a record that tells what was applied by file, and nothing of what was taken back.

    Of an undo on its way nothing is kept: what the user has taken back is not taken back twice.
    """
    proposal = Proposal.decode(data["proposal"])
    then = Proposal.decode(data["then"]) if data["then"] else None
    applied: list[Step] = []
    for change in data["applied"]:
        applied += _steps(change, proposal, len(applied) + 1)
    sending, change = None, data["applying"]
    if change and then and change["kind"] == "accept":
        effects = tuple(FileEffect(**effect) for effect in change["effects"])
        steps = (*applied, *_steps(change, then, len(applied) + 1))
        sending = Sending("accept", change["at"], effects, then, steps, (), moves_of(steps))
    at = max((change["at"] for change in data["applied"]), default=0.0)
    return RunRecord(
        proposal, tuple(data["folders"]), tuple(applied), (), moves_of(applied), at, sending
    )


def _steps(change: Mapping[str, Any], proposal: Proposal, number: int) -> list[Step]:
    """Return the steps of a change by file; `number` is that of the first."""
    accepted = [hunk for hunk in proposal.hunks if hunk.state == "accepted"]
    steps: list[Step] = []
    for effect in (FileEffect(**effect) for effect in change["effects"]):
        path, new_path, text = effect.path, effect.new_path, effect.after
        hunks = tuple(hunk.id for hunk in accepted if hunk.path in (path, new_path)) or (UNKNOWN,)
        if new_path is None or effect.before != text:
            at = number + len(steps)
            steps.append(Step(at, path, effect.before, text, together=hunks))
        if new_path is not None:
            steps.append(Step(number + len(steps), path, text, text, new_path, together=hunks))
    return steps
