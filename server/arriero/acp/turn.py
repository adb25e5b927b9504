"""One `session/prompt`: a run from its start to ACP's answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acp import schema
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest

from arriero.acp import commands
from arriero.acp.peer import Peer
from arriero.agent.request import RunRequest, RunResult
from arriero.daemon.runs import RunHandle, RunRefused
from arriero.sessions.events import StepEnded
from arriero.sessions.session import UnknownSession

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment

_RUN_FAILED = -32603
_STOP_REASONS: Mapping[str, schema.StopReason] = {
    "end_turn": "end_turn",
    "max_tokens": "max_tokens",
    "max_turn_requests": "max_turn_requests",
    "refusal": "refusal",
    "cancelled": "cancelled",
}


@dataclass
class Turn:
    """What is known of a prompt while it is answered; counts and `window` are tokens."""

    run_id: str | None = None
    window: int | None = None
    cancelled: bool = False
    prompt_tokens: int = 0
    answer_tokens: int = 0

    async def run(
        self, attachment: Attachment, request: RunRequest, peer: Peer
    ) -> schema.PromptResponse:
        """Do the run and return the answer; raises JsonRpcException with the run's sentence.

        Cancelling this cancels the run, unless it is because the client has gone: then the run
        goes on to its end.
        """
        self.window = attachment.settings.window.num_ctx

        async def begin() -> RunHandle:
            handle = await attachment.start(request)
            self.run_id = handle.run_id  # no await between: the first event finds its turn
            return handle

        starting = asyncio.ensure_future(begin())
        try:
            handle = await asyncio.shield(starting)
            if self.cancelled:
                await attachment.cancel(handle.run_id)
            result = await handle.wait()
            context = await commands.context(attachment, result.session_id)
            return self._response(result, context.line())
        except (RunRefused, UnknownSession) as refused:
            raise JsonRpcInvalidRequest(str(refused)) from refused
        except asyncio.CancelledError:
            if not peer.gone:
                await _cancel(attachment, starting)
            raise

    async def cancel(self, attachment: Attachment) -> None:
        """End the run, also one that is only about to begin."""
        self.cancelled = True
        if self.run_id is not None:
            await attachment.cancel(self.run_id)

    def count(self, step: StepEnded) -> None:
        """Add a step's tokens."""
        self.prompt_tokens += step.prompt_tokens
        self.answer_tokens += step.answer_tokens

    def _response(self, result: RunResult, context: str) -> schema.PromptResponse:
        reason = _STOP_REASONS.get(result.stop_reason)
        if reason is None:
            raise JsonRpcException(result.message, code=_RUN_FAILED, data={"runId": result.run_id})
        told = {
            "runId": result.run_id,
            "message": result.message,
            "applied": result.applied,
            "context": context,
        }
        return schema.PromptResponse(
            stop_reason=reason,
            usage=schema.Usage(
                input_tokens=self.prompt_tokens,
                output_tokens=self.answer_tokens,
                total_tokens=self.prompt_tokens + self.answer_tokens,
            ),
            field_meta={"arriero": told},
        )


async def _cancel(attachment: Attachment, starting: asyncio.Future[RunHandle]) -> None:
    try:
        handle = await starting
    except (RunRefused, UnknownSession):
        return
    await attachment.cancel(handle.run_id)
