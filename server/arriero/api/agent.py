"""`Agent`: the agent that stands behind the editors, for a program."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, get_args

from arriero.agent.request import ApplyPolicy, ContextItem, RunRequest
from arriero.api.closing import Closing
from arriero.api.own_tools import as_tool
from arriero.api.permission import Permission
from arriero.api.result import Result
from arriero.api.stream import Stream
from arriero.api.turns import Turns
from arriero.api.workspace import Follow, Workspace
from arriero.tools.base import Tool
from arriero.tools.registry import MODES, TOOLS, Mode

_LABEL = 60  # characters of a prompt that name its run in lists


class Agent(Closing):
    """An agent in some folder, with one conversation that goes on from run to run.

    `workspace` is a folder, or a `Workspace` that several agents share; one that was made for this
    agent is closed with it. `provider` and `model` are names as in the settings; None takes theirs.
    `tools` are names of ours, functions and `@tool`s; None offers all of the mode. Edits are
    proposed (`apply="never"`) unless they are to be applied at once (`"auto"`). `settings`,
    `permission` and `state` are as in `Workspace`. `session` goes on with an earlier conversation.
    Raises ValueError for a tool or mode that does not exist, and WorkspaceError.
    """

    def __init__(
        self,
        workspace: str | os.PathLike[str] | Workspace = os.curdir,
        *,
        provider: str | None = None,
        model: str | None = None,
        mode: Mode = "agent",
        tools: Iterable[str | Tool | Callable[..., Any]] | None = None,
        apply: ApplyPolicy = "never",
        settings: Mapping[str, Any] | None = None,
        permission: Permission | None = None,
        session: str | None = None,
        state: str | os.PathLike[str] | None = None,
    ) -> None:
        if mode not in MODES:
            raise ValueError(f"There is no mode '{mode}'; the modes are: {', '.join(MODES)}.")
        if apply not in (policies := get_args(ApplyPolicy)):
            raise ValueError(f"apply cannot be '{apply}'; it is one of {', '.join(policies)}.")
        chosen = None if tools is None else [as_tool(one) for one in tools]
        if isinstance(workspace, Workspace):
            if settings or permission or state:
                raise ValueError(
                    "settings, permission and state belong to the Workspace; give them to it."
                )
            self.workspace, self._owned = workspace, False
        else:
            self.workspace = Workspace(
                workspace, settings=settings, permission=permission, state=state
            )
            self._owned = True
        self.session_id = session
        self._turns = Turns()
        self._provider = provider
        self._model = model
        self._mode: Mode = mode
        self._apply: ApplyPolicy = apply
        self._names = None if chosen is None else frozenset(t.name for t in chosen if _ours(t))
        self._own = tuple(t for t in chosen or () if not _ours(t))

    def close(self) -> None:
        """End; a workspace that was given stays open."""
        if self._owned:
            self.workspace.close()

    def run(self, prompt: str, *, files: Mapping[str, str] | None = None) -> Result:
        """Do what a prompt asks, and return what came of it.

        `files` are texts to put beside it, by a title. Raises daemon.runs.RunRefused where the run
        cannot begin, as while another of this agent goes on; what goes wrong in it is told by the
        result.
        """
        return self.workspace.engine.call(self._work(self._request(prompt, files)))

    async def arun(self, prompt: str, *, files: Mapping[str, str] | None = None) -> Result:
        """As `run`."""
        return await self.workspace.engine.acall(self._work(self._request(prompt, files)))

    def stream(self, prompt: str, *, files: Mapping[str, str] | None = None) -> Stream:
        """Do what a prompt asks, event by event, for `for` or for `async for`."""
        return Stream(self.workspace.engine, self._work, self._request(prompt, files))

    def new_session(self) -> None:
        """Begin a new conversation with the next run."""
        self.session_id = None

    def apply(self, result: Result) -> bool:
        """Write what a run proposes to the files; tell whether all of it is there.

        False too for a run that proposes nothing.
        """
        if result.proposal is None:
            return False
        return self.workspace.accept(result.run_id).applied

    async def aapply(self, result: Result) -> bool:
        """As `apply`."""
        if result.proposal is None:
            return False
        return (await self.workspace.aaccept(result.run_id)).applied

    def undo(self, result: Result) -> bool:
        """Take back what was applied of a run; tell whether all of it was, and anything at all."""
        if result.proposal is None:
            return False
        outcome = self.workspace.undo(result.run_id)
        return outcome.applied and not outcome.kept

    async def aundo(self, result: Result) -> bool:
        """As `undo`."""
        if result.proposal is None:
            return False
        outcome = await self.workspace.aundo(result.run_id)
        return outcome.applied and not outcome.kept

    async def _work(self, request: RunRequest, follow: Follow = lambda _: None) -> Result:
        async def work() -> Result:
            # The conversation is known by now: runs may have ended since this one was asked for.
            asked = replace(request, session_id=self.session_id)
            result = await self.workspace.work(asked, follow)
            self.session_id = result.session_id
            return result

        return await self._turns.take(request.label, work)

    def _request(self, prompt: str, files: Mapping[str, str] | None) -> RunRequest:
        if not isinstance(prompt, str):
            raise TypeError(
                f"A prompt is a text, and this is of type {type(prompt).__name__}; give a text."
            )
        label = " ".join(prompt.split())
        return RunRequest(
            prompt,
            self._mode,
            label if len(label) <= _LABEL else f"{label[:_LABEL]}…",
            model=self._model,
            provider=self._provider,
            apply=self._apply,
            attachments=tuple(ContextItem(title, text) for title, text in (files or {}).items()),
            tools=self._names,
            own_tools=self._own,
        )


def _ours(tool: Tool) -> bool:
    return TOOLS.get(tool.name) is tool
