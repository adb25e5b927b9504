"""A run without a daemon: everything real but the model, the editor and the shadow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from agent.fakes import FakeEditor, ScriptedProvider, Turn
from arriero.agent.advice import Advisor
from arriero.agent.calls import Caller
from arriero.agent.context import Context
from arriero.agent.editing import EditStrategy
from arriero.agent.ladder import Ladder
from arriero.agent.loop import Ending, run_loop
from arriero.agent.model_profile import ModelProfile, Rung
from arriero.agent.permissions import Permissions
from arriero.agent.prompt_budget import PromptBudget
from arriero.agent.run_limits import RunLimits
from arriero.agent.step import Steps
from arriero.agent.token_profile import TokenProfiles
from arriero.agent.tokens import TokenEstimate
from arriero.agent.window import Window
from arriero.models.types import (
    ChatRequest,
    Message,
    ToolSpec,
)
from arriero.sessions.events import (
    EventBody,
    Notice,
    Text,
    ToolEnded,
)
from arriero.settings.permissions import CommandPermission, PermissionSettings
from arriero.settings.provider import ToolCalling
from arriero.settings.safety import LimitSettings
from arriero.shadow.types import Command, CommandResult, ShadowKind
from arriero.tools.base import ToolContext
from arriero.tools.registry import Mode, offered
from arriero.workspace.buffers import NoBuffers
from arriero.workspace.view import WorkspaceView

_SETTING: Mapping[Rung, ToolCalling] = {
    "native": "auto", "off": "off",
    "prompted": "text", "constrained": "schema",
}  # fmt: skip


class EchoShadow:
    """Runs nothing; answers with the command."""

    boundary = "nothing runs"

    def __init__(self, kind: ShadowKind) -> None:
        self.kind = kind
        self.confines = kind == "overlay"
        self.started = asyncio.Event()
        self.hang = False

    async def run(self, command: Command) -> CommandResult:
        self.started.set()
        if self.hang:
            await asyncio.Event().wait()
        return CommandResult(0, "exited", command.argv[-1], 0, 0.1, ())

    async def close(self) -> None:
        return None


class Bench:
    """A run without a daemon: everything real but the model, the editor and the shadow."""

    def __init__(
        self,
        root: Path,
        turns: list[Turn],
        *,
        mode: Mode = "agent",
        commands: CommandPermission = "auto",
        kind: ShadowKind = "overlay",
        result_chars: int = 4000,
        max_steps: int = 8,
        rung: Rung = "native",
        limits: LimitSettings | None = None,
        mask_secrets: bool = True,
    ) -> None:
        self.provider = ScriptedProvider(turns)
        self.editor = FakeEditor()
        self.shadow = EchoShadow(kind)
        self.bodies: list[EventBody] = []
        self.view = WorkspaceView([str(root)], NoBuffers())
        self.tools = offered(mode)
        self._max_steps = max_steps
        budget = PromptBudget(
            self.provider,
            Window(100_000, "settings"),
            TokenEstimate("m"),
            TokenProfiles(root.parent / "profiles"),
            self.tell,
        )
        context = Context(budget, self.emit)
        self._caller = Caller(
            self.tools,
            ToolContext(self.view, self.shadow, str(root)),
            Permissions(PermissionSettings(commands=commands)),
            self.editor,
            self.emit,
            Advisor(EditStrategy("replace", can_read_text=True)),
            session_id="s",
            run_id="r",
            result_chars=result_chars,
            limits=RunLimits(limits or LimitSettings()),
            mask_secrets=mask_secrets,
        )
        self.ladder = Ladder(_SETTING[rung], ModelProfile("m"), can_use_tools=True)
        self._steps = Steps(self.provider, context, self.ladder, self._caller.offered, self.emit)

    async def emit(self, body: EventBody) -> None:
        self.bodies.append(body)

    async def tell(self, sentence: str) -> None:
        self.bodies.append(Notice("warning", sentence))

    async def run(self) -> Ending:
        """Do the run, 10 s at most."""
        messages = (Message("system", "sys"), Message("user", "do it"))
        tools = [ToolSpec(tool.name, tool.description, tool.schema) for tool in self.tools]
        request = ChatRequest("m", messages, tools)
        return await asyncio.wait_for(
            run_loop(self._steps, request, self._caller, self.emit, max_steps=self._max_steps),
            10,
        )

    @property
    def said(self) -> str:
        """All that the model said, also what does not count."""
        return "".join(body.text for body in self.bodies if isinstance(body, Text))

    @property
    def ends(self) -> list[ToolEnded]:
        return [body for body in self.bodies if isinstance(body, ToolEnded)]
