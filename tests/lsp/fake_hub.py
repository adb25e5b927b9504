"""A hub that does what a test scripts: real events, real run handles, no model and no disk."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from arriero.agent.changed_runs import ChangedRun
from arriero.agent.editor import Editor
from arriero.agent.model_profile import ModelProfile
from arriero.agent.proposals import UnknownRun
from arriero.agent.request import RunRequest, RunResult
from arriero.agent.window import choose_window
from arriero.daemon.choosing import look_for
from arriero.daemon.index_progress import IndexState
from arriero.daemon.runs import RunHandle, RunRefused
from arriero.daemon.waiting import WaitingRun
from arriero.models.errors import ModelError, ModelNotFound
from arriero.models.residency import Plans, Residence
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    ModelDetails,
    ModelInfo,
    Provider,
    PullProgress,
    ToolCall,
    ToolCallChunk,
    Usage,
)
from arriero.sessions.events import Event, EventBody, RunEnded, RunStarted, StopReason
from arriero.sessions.session import RunSummary, Session, UnknownSession
from arriero.settings.model import Settings
from arriero.shadow.types import Shadow
from arriero.workspace.changed import Changed
from arriero.workspace.changes import WorkspaceChange
from arriero.workspace.proposal import Proposal
from arriero.workspace.takeback import Selection

Script = Callable[["FakeRun"], Awaitable[RunResult]]


@dataclass
class FakeRun:
    """What a script sees of the run that it plays."""

    hub: FakeHub
    handle: RunHandle
    request: RunRequest
    editor: Editor

    async def emit(self, body: EventBody) -> None:
        """Store an event and show it to every connection."""
        await self.hub.emit(self.handle.session_id, self.handle.run_id, body)

    async def end(
        self,
        message: str = "Done.",
        reason: StopReason = "end_turn",
        *,
        applied: bool = False,
        change: WorkspaceChange | None = None,
    ) -> RunResult:
        """The result of a run, after its last event."""
        await self.emit(RunEnded(reason, message))
        return RunResult(
            self.handle.session_id, self.handle.run_id, reason, message, applied, change
        )


async def simply_answer(run: FakeRun) -> RunResult:
    """The script of a run about which a test wants to know nothing else."""
    return await run.end("An answer.")


@dataclass
class FakeProvider:
    """A provider that has two models."""

    name: str = "ollama"
    problem: str = ""
    details: dict[str, ModelDetails] = field(default_factory=dict)
    pulled: list[str] = field(default_factory=list)
    asked: list[ChatRequest] = field(default_factory=list)
    pulling: asyncio.Event = field(default_factory=asyncio.Event)

    async def models(self) -> list[ModelInfo]:
        if self.problem:
            raise ModelError(self.problem)
        names = ["qwen3:8b", "gemma3:4b", *self.pulled]
        return [ModelInfo(name, size=5, parameter_size="8B", quantization="Q4") for name in names]

    async def show(self, model: str) -> ModelDetails:
        if model not in [one.name for one in await self.models()]:
            raise ModelNotFound(f"There is no model {model}; pull it first.")
        return ModelDetails(model, frozenset({"tools", "completion"}), trained_window=40960)

    async def version(self) -> str:
        if self.problem:
            raise ModelError(self.problem)
        return "0.12.0"

    async def chat(self, request: ChatRequest) -> AsyncIterator[Chunk]:
        """Make the call that a probe asks for; an endless model never does."""
        self.asked.append(request)
        if request.model == "endless":
            await self.pulling.wait()
        yield ToolCallChunk(ToolCall("a", "read_file", {"path": "notes.txt"}))
        yield Finished("stop", Usage(100, 20, prompt_ms=500, answer_ms=1000))

    async def pull(self, model: str):  # type: ignore[no-untyped-def]
        yield PullProgress("pulling manifest")
        yield PullProgress("downloading", 50, 100)
        if model == "endless":
            await self.pulling.wait()
        self.pulled.append(model)


@dataclass
class FakeProposals:
    """The proposals that a test put there."""

    known: dict[str, Proposal] = field(default_factory=dict)
    changes: dict[str, WorkspaceChange] = field(default_factory=dict)

    async def get(self, run_id: str) -> Proposal:
        if run_id not in self.known:
            raise UnknownRun(f"There is no proposal of run '{run_id}'.")
        return self.known[run_id]

    async def change(self, run_id: str, _: Editor) -> WorkspaceChange:
        return self.changes[run_id]


@dataclass
class FakeShadows:
    """The shadows that a test says were made, by session."""

    known: dict[str | None, Shadow] = field(default_factory=dict)

    def made(self, session_id: str | None) -> Shadow | None:
        return self.known.get(session_id)


@dataclass
class FakeResidency:
    """Where a test says that the model is, once the server was asked."""

    told: Residence = field(default_factory=lambda: Residence("ollama", ""))
    seen: Residence = field(default_factory=lambda: Residence("ollama", ""))

    def known(self, attachment: object) -> Residence:
        return self.seen

    async def state(self, attachment: object) -> Residence:
        self.seen = self.told
        return self.seen


@dataclass
class FakeIndexes:
    """What a test says of the indexes; nothing is searched."""

    told: list[IndexState] = field(default_factory=list)

    def states(self, roots: Sequence[str]) -> list[IndexState]:
        return [one for one in self.told if one.root in roots]


@dataclass
class FakeProfiles:
    """What is known of models, for as long as the test lasts."""

    known: dict[str, ModelProfile] = field(default_factory=dict)

    async def get(self, key: str) -> ModelProfile | None:
        return self.known.get(key)

    async def save(self, profile: ModelProfile) -> None:
        self.known[profile.key] = profile


class FakeHub:
    """Stands in for `daemon.hub.Hub`."""

    def __init__(self) -> None:
        self.script: Script = simply_answer
        self.provider = FakeProvider()
        self.proposals = FakeProposals()
        self.shadows = FakeShadows()
        self.residency = FakeResidency()
        self.indexes = FakeIndexes()
        self.plans = Plans(choose_window)
        self.model_profiles = FakeProfiles()
        self.stopping = asyncio.Event()
        self.attachments: list[FakeAttachment] = []
        self.sessions: dict[str, Session] = {}
        self.events: list[Event] = []
        self.runs: dict[str, RunHandle] = {}
        self.requests: list[RunRequest] = []
        self.outcome: Any = None  # of accept, undo and redo
        self.confirmed: list[bool] = []  # of each accept, whether it was to be looked at first
        self.meant: Selection | None = None  # what was to be taken back, or done again
        self.turned: list[str] = []  # the runs, in the order that was asked for
        self.changed: list[ChangedRun] = []
        self.problem: Exception | None = None
        self.numbers = itertools.count(1)

    @property
    def connections(self) -> int:
        return len(self.attachments)

    async def attach(self, folders: Sequence[str], editor: Editor) -> FakeAttachment:
        if self.problem is not None:
            raise self.problem
        attachment = FakeAttachment(self, editor)
        await attachment.set_folders(folders)
        self.attachments.append(attachment)
        return attachment

    def status(self) -> dict[str, Any]:
        return {"version": "0", "pid": 1, "connections": self.connections}

    async def emit(self, session_id: str, run_id: str, body: EventBody) -> None:
        event = Event(next(self.numbers), session_id, run_id, 1_000.0, body)
        self.events.append(event)
        for attachment in list(self.attachments):
            await attachment.editor.event(event)

    def last(self) -> RunHandle:
        return list(self.runs.values())[-1]


@dataclass
class FakeWatcher:
    """A watcher that watches, and notes what it hears."""

    def __init__(self, heard: list[Changed] | None = None) -> None:
        self.heard = [] if heard is None else heard

    def hear(self, changes: Iterable[Changed]) -> None:
        self.heard += changes

    @property
    def status(self) -> Any:
        @dataclass
        class Status:
            folders: int = 3
            problem: str = ""

        return Status()


@dataclass
class FakeWorkspace:
    root: str
    connections: int = 1
    watcher: FakeWatcher = field(default_factory=FakeWatcher)


class FakeAttachment:
    """Stands in for `daemon.attachment.Attachment`."""

    def __init__(self, hub: FakeHub, editor: Editor) -> None:
        self.hub = hub
        self.editor = editor
        self.settings = Settings()
        self.settings_problem = ""
        self.on_change: Callable[[], None] = lambda: None
        self.roots: tuple[str, ...] = ()
        self.editor_settings: Mapping[str, Any] = {}
        self.trusted = False
        self.selected_model: str | None = None
        self.detached = asyncio.Event()
        self.heard: list[Changed] = []

    # -- the workspace

    @property
    def workspaces(self) -> list[FakeWorkspace]:
        return [FakeWorkspace(root, watcher=FakeWatcher(self.heard)) for root in self.roots]

    async def set_folders(self, folders: Sequence[str]) -> None:
        self.roots = tuple(folders)

    async def set_editor_settings(self, values: Mapping[str, Any], *, trusted: bool) -> None:
        self.editor_settings = values
        self.trusted = trusted

    async def detach(self) -> None:
        self.detached.set()
        self.hub.attachments.remove(self)

    # -- runs

    async def start(self, request: RunRequest) -> RunHandle:
        hub = self.hub
        if self.settings_problem:
            raise RunRefused(self.settings_problem)
        session_id = request.session_id or (await self.new_session(request.mode)).session_id
        session = await self.session(session_id)
        run_id = f"run_{next(hub.numbers)}"
        summary = RunSummary(run_id, request.label, None, 1_000.0)
        hub.sessions[session_id] = replace(session, runs=(*session.runs, summary))
        handle = hub.runs[run_id] = RunHandle(run_id, session_id, request.label, self.roots)
        hub.requests.append(request)
        run = FakeRun(hub, handle, request, self.editor)

        async def work() -> RunResult:
            model = request.model or "qwen3:8b"
            started = RunStarted(request.prompt, request.prompt, request.mode, model, "ollama")
            await run.emit(started)
            try:
                result: RunResult = await handle.cancellable(_played(hub.script, run))
            except asyncio.CancelledError:
                result = await run.end("Cancelled.", "cancelled")
            finally:
                handle.state = "done"
            return result

        handle.begin(work())
        return handle

    @property
    def runs(self) -> list[RunHandle]:
        return [run for run in self.hub.runs.values() if run.state != "done"]

    @property
    def waiting(self) -> list[WaitingRun]:
        return []

    async def cancel(self, run_id: str) -> bool:
        run = self.hub.runs.get(run_id)
        return run is not None and run.cancel()

    # -- proposals

    async def proposal(self, run_id: str) -> Proposal:
        return await self.hub.proposals.get(run_id)

    async def accept(
        self, run_id: str, hunks: Sequence[str] | None, *, confirm: bool = False
    ) -> Any:
        self.hub.confirmed.append(confirm)
        await self.proposal(run_id)
        return self.hub.outcome

    async def reject(self, run_id: str, hunks: Sequence[str] | None) -> list[str]:
        proposal = await self.proposal(run_id)
        return list(hunks) if hunks is not None else [hunk.id for hunk in proposal.open_hunks]

    async def undo(self, runs: Sequence[str], meant: Selection) -> Any:
        for run_id in runs:
            await self.proposal(run_id)
        self.hub.meant, self.hub.turned = meant, list(runs)
        return self.hub.outcome

    async def redo(self, runs: Sequence[str], meant: Selection) -> Any:
        return await self.undo(runs, meant)

    async def changed_runs(self, session_id: str | None = None) -> list[ChangedRun]:
        return self.hub.changed

    # -- sessions

    async def new_session(self, mode: str | None = None) -> Session:
        session_id = f"ses_{next(self.hub.numbers)}"
        session = Session(session_id, self.roots, "", mode or "agent", None, None, 1_000.0, 1_000.0)
        self.hub.sessions[session_id] = session
        return session

    async def sessions(self) -> list[Session]:
        return list(self.hub.sessions.values())

    async def newest_session(self) -> Session | None:
        return next((one for one in self.hub.sessions.values() if one.runs), None)

    async def session(self, session_id: str) -> Session:
        if session_id not in self.hub.sessions:
            raise UnknownSession(
                f"There is no session '{session_id}': ask for the list of them, or begin a new one."
            )
        return self.hub.sessions[session_id]

    async def events(self, session_id: str) -> list[Event]:
        found = [event for event in self.hub.events if event.session_id == session_id]
        if not found:
            await self.session(session_id)  # raises where there is none
        return found

    async def set_mode(self, session_id: str, mode: str) -> None:
        self.hub.sessions[session_id] = replace(await self.session(session_id), mode=mode)

    async def set_model(self, session_id: str, model: str) -> str:
        await self.session(session_id)
        told = await self._look_for(model)
        self.hub.sessions[session_id] = replace(await self.session(session_id), model=model)
        return told

    async def fork_session(self, session_id: str, before: str | None = None) -> Session:
        copy = replace(await self.session(session_id), session_id=f"{session_id}_fork")
        if before is not None:
            copy = replace(copy, title=f"before {before}")
        self.hub.sessions[copy.session_id] = copy
        return copy

    async def rename_session(self, session_id: str, title: str) -> Session:
        self.hub.sessions[session_id] = replace(await self.session(session_id), title=title)
        return self.hub.sessions[session_id]

    async def delete_session(self, session_id: str) -> None:
        await self.session(session_id)
        if any(run.session_id == session_id for run in self.runs):
            raise RunRefused("This session is busy; cancel its run first.")
        del self.hub.sessions[session_id]

    # -- models

    @property
    def provider_name(self) -> str:
        return self.hub.provider.name

    @property
    def provider(self) -> FakeProvider:
        return self.hub.provider

    async def models(self) -> list[ModelInfo]:
        return await self.hub.provider.models()

    async def select_model(self, name: str) -> str:
        told = await self._look_for(name)
        self.selected_model = name
        self.on_change()
        return told

    async def _look_for(self, name: str) -> str:
        provider = cast("Provider", self.provider)
        return await look_for(name, lambda _: provider, {self.provider_name})

    async def provider_state(self) -> tuple[str, str]:
        problem = self.hub.provider.problem
        return ("unavailable", problem) if problem else ("ready", "0.12.0")


async def _played(script: Script, run: FakeRun) -> RunResult:
    return await script(run)
