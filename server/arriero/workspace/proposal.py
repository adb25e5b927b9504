"""What a run proposes: files, and in them the hunks that a person accepts or rejects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from arriero.workspace.changes import Replacement
from arriero.workspace.diff import apply, line_diff
from arriero.workspace.text import LineIndex, split_lines
from arriero.workspace.unified import unified_diff

HunkKind = Literal["edit", "create", "delete", "rename"]
HunkState = Literal["open", "accepted", "rejected", "stale"]


@dataclass(frozen=True)
class Hunk:
    """The smallest thing that can be accepted alone.

    An edit replaces whole lines: `old_lines`, which begin at `line` (from 1) of the file's base, by
    `new_lines`, all with their line ends. To create or delete a file is one hunk with all its
    lines, to rename one without lines. `id` is unique in the proposal and never changes. A stale
    hunk could not be carried over to what the user has typed.
    """

    id: str
    path: str
    line: int
    old_lines: tuple[str, ...]
    new_lines: tuple[str, ...]
    state: HunkState = "open"
    kind: HunkKind = "edit"

    @property
    def old_text(self) -> str:
        """The lines that it replaces."""
        return "".join(self.old_lines)

    @property
    def new_text(self) -> str:
        """The lines that it proposes."""
        return "".join(self.new_lines)


@dataclass(frozen=True)
class Draft:
    """One file as a view proposes it.

    `base` is the user's text that the proposal is for, None if there is no file; `proposed` is None
    for a file to be deleted; `new_path` is where it is to be renamed to.
    """

    path: str
    base: str | None
    proposed: str | None
    new_path: str | None = None


@dataclass(frozen=True)
class FileProposal:
    """One file: `proposed` is `base` with the open hunks, and None stands for no file.

    A file with a new path is a "rename", with the edits, if any, as hunks of their own.
    """

    path: str
    kind: HunkKind
    base: str | None
    proposed: str | None
    new_path: str | None
    hunks: tuple[Hunk, ...]

    @property
    def open_hunks(self) -> tuple[Hunk, ...]:
        """The hunks that wait for the user's word."""
        return tuple(hunk for hunk in self.hunks if hunk.state == "open")

    @property
    def target(self) -> str:
        """The path that the file has once the open hunks are accepted."""
        moves = any(hunk.kind == "rename" for hunk in self.open_hunks)
        return self.new_path if moves and self.new_path else self.path

    def replacements(self) -> tuple[tuple[Hunk, Replacement], ...]:
        """Return the open edits and what they replace in `base`, in order."""
        index = LineIndex(self.base or "")
        found = []
        for hunk in self.open_hunks:
            if hunk.kind == "edit":
                start = index.line_start(hunk.line - 1)
                part = Replacement(start, start + len(hunk.old_text), hunk.new_text)
                found.append((hunk, part))
        return tuple(sorted(found, key=lambda pair: (pair[1].start, pair[1].end)))

    def with_states(self, states: Mapping[str, HunkState]) -> FileProposal:
        """Return the file with other states of some hunks, by id, and what then is proposed."""
        hunks = tuple(replace(hunk, state=states.get(hunk.id, hunk.state)) for hunk in self.hunks)
        changed = replace(self, hunks=hunks)
        if self.base is None or self.kind == "delete":
            return changed if changed.open_hunks else replace(changed, proposed=self.base)
        parts = [part for _, part in changed.replacements()]
        return replace(changed, proposed=apply(self.base, parts))


@dataclass(frozen=True)
class Proposal:
    """All that a run proposes; `label` is the name of the change that the user sees."""

    run_id: str
    session_id: str
    label: str
    files: tuple[FileProposal, ...]

    @staticmethod
    def of(run_id: str, session_id: str, label: str, drafts: Iterable[Draft]) -> Proposal:
        """Return the proposal of these drafts; those that change nothing are left out."""
        files: list[FileProposal] = []
        count = 0
        for draft in drafts:
            hunks = tuple(
                replace(hunk, id=str(number))
                for number, hunk in enumerate(_hunks(draft), count + 1)
            )
            count += len(hunks)
            if hunks:
                kind = hunks[0].kind
                text = (draft.base, draft.proposed)
                files.append(FileProposal(draft.path, kind, *text, draft.new_path, hunks))
        return Proposal(run_id, session_id, label, tuple(files))

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """All hunks, file by file."""
        return tuple(hunk for file in self.files for hunk in file.hunks)

    @property
    def open_hunks(self) -> tuple[Hunk, ...]:
        """The hunks that wait for the user's word."""
        return tuple(hunk for file in self.files for hunk in file.open_hunks)

    @property
    def paths(self) -> tuple[str, ...]:
        """The absolute paths of the files."""
        return tuple(file.path for file in self.files)

    def with_states(self, states: Mapping[str, HunkState]) -> Proposal:
        """Return the proposal with other states of some hunks, by id."""
        return replace(self, files=tuple(file.with_states(states) for file in self.files))

    def unified(self, display: Callable[[str], str] = str) -> str:
        """Return what is open as a unified diff with paths as `display` shows them."""
        return "".join(
            unified_diff(
                file.base,
                file.proposed,
                display(file.path),
                display(file.target),
            )
            for file in self.files
            if file.open_hunks
        )

    def encode(self) -> dict[str, Any]:
        """Return the proposal as JSON-able values; `decode` is the inverse."""
        return asdict(self)

    @staticmethod
    def decode(data: Mapping[str, Any]) -> Proposal:
        """Return the proposal that `encode` made `data` from."""
        files = []
        for file in data["files"]:
            hunks = tuple(
                Hunk(**{**hunk, **{key: tuple(hunk[key]) for key in ("old_lines", "new_lines")}})
                for hunk in file["hunks"]
            )
            files.append(FileProposal(**{**file, "hunks": hunks}))
        return Proposal(data["run_id"], data["session_id"], data["label"], tuple(files))


def _hunks(draft: Draft) -> list[Hunk]:
    """Return the hunks of a draft, without ids."""
    path, base, proposed = draft.path, draft.base, draft.proposed
    if base is None:
        lines = tuple(split_lines(proposed or ""))
        return [] if proposed is None else [Hunk("", path, 1, (), lines, kind="create")]
    if proposed is None:
        return [Hunk("", path, 1, tuple(split_lines(base)), (), kind="delete")]
    hunks = []
    if draft.new_path is not None and draft.new_path != path:
        hunks.append(Hunk("", path, 1, (), (), kind="rename"))
    index = LineIndex(base)
    for part in line_diff(base, proposed):
        old = tuple(split_lines(base[part.start : part.end]))
        line = index.line_at(part.start) + 1
        hunks.append(Hunk("", path, line, old, tuple(split_lines(part.text))))
    return hunks
