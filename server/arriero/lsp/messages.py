"""Params and results of Arriero's own methods; on the wire the names are camelCase.

docs/protocol.md describes them for writers of clients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from lsprotocol import types

from arriero.lsp.completion_messages import CompletionMessage
from arriero.lsp.context_messages import ContextMessage, ResidenceMessage
from arriero.lsp.index_messages import IndexSummary

# -- arriero/attach, a notification of the forwarder, before `initialize`


@attrs.frozen
class AttachParams:
    """Whose the connection is: the editor's environment, the forwarder's pid and folder."""

    env: Mapping[str, str] | None = None
    pid: int | None = None
    cwd: str | None = None
    version: str | None = None


# -- arriero/stop


@attrs.frozen
class StopParams:
    """Ends a run, or with null everything: runs of all connections, completions, embeddings."""

    run_id: str | None = None


@attrs.frozen
class StoppedRun:
    """A run that was told to end; `ended` is false where that takes longer than two seconds."""

    run_id: str
    label: str
    ended: bool


@attrs.frozen
class StopMessage:
    """The runs that were going on."""

    runs: Sequence[StoppedRun]


# -- arriero/proposal


@attrs.frozen
class RunParams:
    """Names a run."""

    run_id: str


@attrs.frozen
class HunkMessage:
    """Whole lines of `oldText` from `line` (from 0) that become `newLines`, line ends included."""

    id: str
    state: str
    line: int
    old_lines: Sequence[str]
    new_lines: Sequence[str]


@attrs.frozen
class FileMessage:
    """One file of a proposal; a text is null where there is no file."""

    uri: str
    kind: str
    new_uri: str | None
    old_text: str | None
    new_text: str | None
    hunks: Sequence[HunkMessage]


@attrs.frozen
class ProposalMessage:
    """A proposal; `edit` does its open hunks to the texts as they are now, null if nothing can."""

    run_id: str
    session_id: str
    label: str
    files: Sequence[FileMessage]
    edit: types.WorkspaceEdit | None = None


# -- arriero/sessions


@attrs.frozen
class SessionsParams:
    """Nothing lists the sessions; the others show, delete, fork or rename one.

    `before` goes with `fork`: a run of that session, from which on nothing is copied; `title` goes
    with `rename`.
    """

    session_id: str | None = None
    delete: str | None = None
    fork: str | None = None
    before: str | None = None
    rename: str | None = None
    title: str | None = None


@attrs.frozen
class ContextParams:
    """The session whose context is asked for."""

    session_id: str


@attrs.frozen
class RunMessage:
    """One run of a session; `stopReason` is null while it goes on."""

    run_id: str
    label: str
    stop_reason: str | None


@attrs.frozen
class SessionMessage:
    """A session; times are Unix seconds."""

    session_id: str
    title: str
    mode: str
    model: str | None
    created_at: float
    updated_at: float
    runs: Sequence[RunMessage]


@attrs.frozen
class EventMessage:
    """A stored event; `data` has the fields of its kind, in snake_case as they are stored."""

    seq: int
    run_id: str
    kind: str
    at: float
    data: Mapping[str, Any]


@attrs.frozen
class SessionsMessage:
    """The answer to every form of `arriero/sessions`; `events` only where one session was asked."""

    sessions: Sequence[SessionMessage]
    events: Sequence[EventMessage] | None = None


# -- arriero/diagnostics, a notification


@attrs.frozen
class FileDiagnostics:
    """All problems of one file; an empty list clears them."""

    uri: str
    diagnostics: Sequence[types.Diagnostic]


@attrs.frozen
class DiagnosticsParams:
    """The problems of some files, of all servers of the editor."""

    files: Sequence[FileDiagnostics]


# -- arriero/status and arriero/statusChanged


@attrs.frozen
class StatusParams:
    """Nothing."""


@attrs.frozen
class RunStatus:
    """A run that goes on ("running"), or whose proposal waits for a verdict ("review").

    `step` counts the answers of the model in a run that goes on.
    """

    run_id: str
    session_id: str
    label: str
    state: str
    step: int


@attrs.frozen
class WorkspaceStatus:
    """The open folders (paths), how many connections share them, and whether all are watched."""

    folders: Sequence[str]
    connections: int
    watching: bool


@attrs.frozen
class StatusMessage:
    """What an editor shows in its status bar.

    `providerState` is "ready", "unavailable" or "unknown" (not asked yet); `message` is one
    sentence that says what to do, empty when all is well. `shadow` is the kind of shadow in which
    the newest session's commands run, the setting `shadow.kind` where none has been made yet;
    `boundary` is one line on what that confines, empty where none has been made. `context` is null
    before the first answer of a model in these folders, `residence` where no model is known yet,
    `index` where no folder is open, `completion` where the client shows no inline completions.
    """

    version: str
    model: str | None
    provider: str
    provider_state: str
    message: str
    connections: int
    workspace: WorkspaceStatus
    runs: Sequence[RunStatus]
    shadow: str
    boundary: str = ""
    context: ContextMessage | None = None
    residence: ResidenceMessage | None = None
    index: IndexSummary | None = None
    completion: CompletionMessage | None = None


@attrs.frozen
class ProposalChangedParams:
    """A proposal has new hunks, or some were accepted, rejected or undone."""

    run_id: str
    session_id: str
    uris: Sequence[str]
    open_hunks: int
