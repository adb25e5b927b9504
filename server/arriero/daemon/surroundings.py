"""What a run is put together from, and its surroundings from start to end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from arriero.agent.editor import Editor
from arriero.agent.model_profile import ModelProfiles
from arriero.agent.permissions import Permissions
from arriero.agent.proposals import Proposals
from arriero.agent.request import RunRequest
from arriero.agent.run_limits import RunLimits
from arriero.agent.token_profile import TokenProfiles
from arriero.daemon.indexes import Indexes
from arriero.daemon.runs import RunHandle, Runs
from arriero.daemon.shadows import Shadows
from arriero.models.residency import Plans
from arriero.models.types import Provider
from arriero.sessions.events import EventBody
from arriero.sessions.session import Session
from arriero.sessions.store import SessionStore
from arriero.settings.model import Settings
from arriero.workspace.proposal import Proposal
from arriero.workspace.view import WorkspaceView

Emit = Callable[[EventBody], Awaitable[None]]


@dataclass(frozen=True)
class Parts:
    """What all runs share; `told` is what the user was told of the models already.

    `provider` returns the one in use for the run (None), or that of a name; raises ModelError.
    """

    store: SessionStore
    proposals: Proposals
    shadows: Shadows
    runs: Runs
    permissions: Permissions
    token_profiles: TokenProfiles
    model_profiles: ModelProfiles
    plans: Plans
    told: set[str]
    indexes: Indexes
    provider: Callable[[str | None], Provider]


@dataclass
class Surroundings:
    """One run's surroundings; `proposed` is the proposal that was shown last.

    `unstored`: the user was told that it cannot be stored.
    """

    run: RunHandle
    request: RunRequest
    session: Session
    settings: Settings
    editor: Editor
    emit: Emit
    parts: Parts
    view: WorkspaceView
    limits: RunLimits
    proposed: Proposal | None = None
    unstored: bool = False
