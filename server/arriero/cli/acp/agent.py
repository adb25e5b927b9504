"""ACP's methods for one client on stdio: each goes to the daemon by the door of its folder.

The daemon speaks ACP on an editor's connection. What a plain client lacks of an editor is added
here: folders are opened as its sessions need them, and proposals are asked about and applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arriero.acp.greeting import initialize_answer
from arriero.cli import verdicts
from arriero.cli.acp.folders import Folders
from arriero.cli.acp.review import Review
from arriero.cli.acp.wire import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    Json,
    Method,
    Wire,
    WireError,
)
from arriero.cli.door import Door
from arriero.cli.failure import Failure
from arriero.daemon.client import RemoteError

_REVIEWED = ("end_turn", "max_tokens", "max_turn_requests")
_BY_SESSION = ("session/set_mode", "session/set_model", "session/set_config_option")
_CANCELLED = {"outcome": {"outcome": "cancelled"}}


class StdioAgent:
    """Serves one client; `close` leaves the daemon."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._folders = Folders(self._prepare)
        self._sessions: dict[str, str] = {}  # their folders
        self._reads = False
        self.methods: dict[str, Method] = {
            "initialize": self._initialize,
            "authenticate": self._authenticate,
            "session/new": self._new,
            "session/load": self._load,
            "session/list": self._list,
            "session/prompt": self._prompt,
            "session/cancel": self._cancel,
            **{name: self._by_session(name) for name in _BY_SESSION},
        }

    async def close(self) -> None:
        """Leave the daemon; what runs goes on."""
        await self._folders.close()

    def _prepare(self, door: Door) -> None:
        door.updates = lambda params: self._wire.notify("session/update", params)
        door.permission = self._permission

    async def _initialize(self, params: Json) -> Any:
        capabilities = params.get("clientCapabilities")
        files = capabilities.get("fs") if isinstance(capabilities, Mapping) else None
        self._reads = isinstance(files, Mapping) and files.get("readTextFile") is True
        return initialize_answer()

    async def _authenticate(self, _: Json) -> Any:
        return {}

    async def _new(self, params: Json) -> Any:
        folder = _folder(params)
        answer = await _asked(await self._folders.door(folder), "session/new", params)
        self._sessions[answer["sessionId"]] = folder
        return answer

    async def _load(self, params: Json) -> Any:
        folder = _folder(params)
        door = await self._folders.door(folder)
        answer = await _asked(door, "session/load", params)
        self._sessions[str(params.get("sessionId"))] = folder
        return answer

    async def _list(self, params: Json) -> Any:
        folder = params.get("cwd") or Path.cwd()
        return await _asked(await self._folders.door(str(folder)), "session/list", params)

    async def _prompt(self, params: Json) -> Any:
        folder = self._folder_of(params)
        door = await self._folders.door(folder)
        answer = await _asked(door, "session/prompt", params)
        run_id = ((answer.get("_meta") or {}).get("arriero") or {}).get("runId")
        if run_id and answer["stopReason"] in _REVIEWED:
            told = await self._settled(door, str(params["sessionId"]), run_id, folder)
            if told:
                self._say(params["sessionId"], told)
        return answer

    async def _cancel(self, params: Json) -> None:
        door = await self._folders.door(self._folder_of(params))
        door.notify("session/cancel", params)

    def _by_session(self, name: str) -> Method:
        async def passed_on(params: Json) -> Any:
            return await _asked(await self._folders.door(self._folder_of(params)), name, params)

        return passed_on

    async def _settled(self, door: Door, session_id: str, run_id: str, folder: str) -> str:
        try:
            proposal = await verdicts.proposal_of(door, run_id)
            if proposal is None or not proposal.open_hunks:
                return ""
            review = Review(self._wire, door, session_id, proposal, self._reads)
            if await self._folders.asks(folder):
                return await review.by_questions()
            return await review.accept_all()
        except (RemoteError, Failure) as error:
            return f"{error} The changes wait in Arriero; `arriero sessions` lists them."

    async def _permission(self, params: Json) -> Json:
        try:
            answer = await self._wire.request("session/request_permission", params)
        except WireError:
            return _CANCELLED
        return answer if isinstance(answer, Mapping) else _CANCELLED

    def _say(self, session_id: str, text: str) -> None:
        content = {"type": "text", "text": f"\n\n{text}"}
        update = {"sessionUpdate": "agent_message_chunk", "content": content}
        self._wire.notify("session/update", {"sessionId": session_id, "update": update})

    def _folder_of(self, params: Json) -> str:
        session_id = params.get("sessionId")
        folder = self._sessions.get(session_id) if isinstance(session_id, str) else None
        if folder is None:
            raise WireError(
                INVALID_PARAMS,
                f"There is no session {session_id!r} on this connection: make one with "
                "`session/new`, or take one up again with `session/load`.",
            )
        return folder


def _folder(params: Json) -> str:
    folder = params.get("cwd")
    if not isinstance(folder, str):
        raise WireError(INVALID_PARAMS, "`cwd` is missing: it is the absolute path of a folder.")
    return folder


async def _asked(door: Door, method: str, params: Json) -> Any:
    """Ask the daemon for as long as it takes; raises WireError."""
    try:
        return await door.request(method, params, timeout=None)
    except RemoteError as error:
        raise WireError(error.code, str(error), error.data) from error
    except Failure as error:
        raise WireError(INTERNAL_ERROR, str(error)) from error
