"""What can happen in a run: the value types that are stored first and shown then.

Every door shows the same events in its own way. An event is immutable, and JSON-able through
`sessions.event_codec`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

StopReason = Literal[
    "end_turn",  # the model said that it is done
    "max_tokens",  # the model's answer reached its length limit
    "max_turn_requests",  # the step limit of the run was reached
    "refusal",  # the user refused a permission and the model could not go on
    "cancelled",  # the user cancelled
    "error",  # the run could not go on; the message says why and what to do
    "interrupted",  # the daemon ended in the middle of the run
]
ToolKind = Literal["read", "search", "edit", "delete", "move", "execute", "think", "fetch", "other"]
ToolStatus = Literal["ok", "error", "refused", "cancelled"]


@dataclass(frozen=True)
class EventBody:
    """The common base; `kind` is the name under which an event is stored and sent."""

    kind: ClassVar[str] = ""


@dataclass(frozen=True)
class Given:
    """Something that stands beside the user's words in a message: its size in tokens, estimated."""

    what: str
    why: str
    tokens: int


@dataclass(frozen=True)
class RunStarted(EventBody):
    """The user's words (`prompt`, shown) and what the model is sent for them (`message`).

    `given` is what of the workspace stands in the message, `not_given` a line for each thing for
    which there was no room, `images` the pictures that the model is shown, in base64. The first run
    of a session that reaches a model sets what must not change while the session lives: the
    `system` message, a line for each thing that it has no room for, the `tier` that it was written
    for, and the `edit_format`.
    """

    kind: ClassVar[str] = "run_started"
    prompt: str
    message: str
    mode: str
    model: str
    provider: str
    system: str = ""
    tier: str = ""
    edit_format: str = ""
    given: tuple[Given, ...] = ()
    not_given: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    system_left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Text(EventBody):
    """A piece of the model's answer in step `step` (steps count from 1)."""

    kind: ClassVar[str] = "text"
    step: int
    text: str


@dataclass(frozen=True)
class Thought(EventBody):
    """A piece of the model's thinking."""

    kind: ClassVar[str] = "thought"
    step: int
    text: str


@dataclass(frozen=True)
class Location:
    """A place in a file: absolute path and, where known, line (from 1)."""

    path: str
    line: int | None = None


@dataclass(frozen=True)
class FileDiff:
    """What one tool call changed in one file; `None` stands for a file that is not there."""

    path: str
    old_text: str | None
    new_text: str | None


@dataclass(frozen=True)
class ToolStarted(EventBody):
    """A tool call was accepted and begins. `call_id` is unique in the session."""

    kind: ClassVar[str] = "tool_started"
    step: int
    call_id: str
    name: str
    arguments: dict[str, Any]
    title: str
    tool_kind: ToolKind
    locations: tuple[Location, ...] = ()


@dataclass(frozen=True)
class ToolEnded(EventBody):
    """The result that the model is given, as it is given, and how long the call took."""

    kind: ClassVar[str] = "tool_ended"
    step: int
    call_id: str
    name: str
    status: ToolStatus
    result: str
    duration_ms: int
    locations: tuple[Location, ...] = ()
    diffs: tuple[FileDiff, ...] = ()


@dataclass(frozen=True)
class StepEnded(EventBody):
    """One answer of the model is complete. Counts are tokens, durations milliseconds.

    `cached_tokens` are those of the prompt that were not read again (None: not known), `window` is
    the model's real window (0: not known), `rung` the form in which it was given its tools.
    """

    kind: ClassVar[str] = "step_ended"
    step: int
    prompt_tokens: int = 0
    answer_tokens: int = 0
    load_ms: int = 0
    prompt_ms: int = 0
    answer_ms: int = 0
    cached_tokens: int | None = None
    window: int = 0
    rung: str = "native"


@dataclass(frozen=True)
class StepRetried(EventBody):
    """What this step has said so far does not count: the model is asked again, for this reason."""

    kind: ClassVar[str] = "step_retried"
    step: int
    reason: str


@dataclass(frozen=True)
class Nudged(EventBody):
    """The model ended its turn without doing what it announced, and was sent this message."""

    kind: ClassVar[str] = "nudged"
    step: int
    message: str


@dataclass(frozen=True)
class Compacted(EventBody):
    """From this step on the model is not sent all of the history; the store keeps it.

    `state` is what the next run goes on with, `left_out` a line for the user per thing, and
    `compactions` counts how often the server had to read the session's prompt anew.
    """

    kind: ClassVar[str] = "compacted"
    step: int
    state: dict[str, Any]
    left_out: tuple[str, ...]
    compactions: int


@dataclass(frozen=True)
class PermissionDecided(EventBody):
    """What the settings and earlier answers say of a call: "allow", "ask" or "deny".

    `because` is the reason in words, `rule` the rule that decided, empty where none did. Calls
    that only read or edit, and that no rule is about, have none.
    """

    kind: ClassVar[str] = "permission_decided"
    call_id: str
    verdict: str
    because: str
    rule: str = ""


@dataclass(frozen=True)
class PermissionAsked(EventBody):
    """The user is asked; the answer follows as `PermissionAnswered` with the same call_id."""

    kind: ClassVar[str] = "permission_asked"
    call_id: str
    question: str


@dataclass(frozen=True)
class PermissionAnswered(EventBody):
    """What the user answered; see `agent.editor.Answer`."""

    kind: ClassVar[str] = "permission_answered"
    call_id: str
    answer: str


@dataclass(frozen=True)
class Notice(EventBody):
    """Something the user should know that is not the model's words.

    `model` and `provider` are set where it says that another model answers from now on.
    """

    kind: ClassVar[str] = "notice"
    level: Literal["info", "warning", "error"]
    text: str
    model: str = ""
    provider: str = ""


@dataclass(frozen=True)
class ProposalChanged(EventBody):
    """The run's proposal now touches these files (absolute paths) with so many open hunks."""

    kind: ClassVar[str] = "proposal_changed"
    paths: tuple[str, ...]
    open_hunks: int


@dataclass(frozen=True)
class Applied(EventBody):
    """Hunks of the proposal reached the user's editor (`hunks`: ids)."""

    kind: ClassVar[str] = "applied"
    paths: tuple[str, ...]
    hunks: tuple[str, ...]


@dataclass(frozen=True)
class Rejected(EventBody):
    """The user rejected these hunks."""

    kind: ClassVar[str] = "rejected"
    hunks: tuple[str, ...]


@dataclass(frozen=True)
class Undone(EventBody):
    """The run's applied edits were taken back in these files; `kept` could not be."""

    kind: ClassVar[str] = "undone"
    paths: tuple[str, ...]
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunEnded(EventBody):
    """The last event of a run. `message` is the final answer, or the sentence of an error.

    A question is `withdrawn` where it was too long to be sent: the next one stands without it.
    """

    kind: ClassVar[str] = "run_ended"
    stop_reason: StopReason
    message: str
    withdrawn: bool = False


@dataclass(frozen=True)
class Unknown(EventBody):
    """An event of a kind that a newer version wrote."""

    kind: ClassVar[str] = "unknown"
    name: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """A stored event: `seq` grows over all sessions of a store, `at` is Unix time in seconds."""

    seq: int
    session_id: str
    run_id: str
    at: float
    body: EventBody
