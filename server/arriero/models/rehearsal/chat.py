"""`POST /api/chat`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arriero.models.rehearsal import decode
from arriero.models.rehearsal.answer import Question, answer
from arriero.models.rehearsal.catalog import Path
from arriero.models.rehearsal.http import Received, Responder
from arriero.models.rehearsal.residency import RunnerOptions
from arriero.models.rehearsal.state import State
from arriero.models.rehearsal.tokens import Prompt, fit


async def chat(state: State, request: Received, respond: Responder) -> None:
    """Answer a conversation; without messages load the model, or unload it."""
    body = decode.decode(request.raw, "ChatRequest", decode.CHAT)
    messages, tools = body.get("messages") or [], body.get("tools") or []

    def fitted(path: Path, runner: RunnerOptions) -> Prompt:
        truncate = body.get("truncate") is not False
        return fit(messages, tools, runner.window, path=path, truncate=truncate, shift=runner.shift)

    names = tuple(str((tool.get("function") or {}).get("name") or "") for tool in tools)
    await answer(state, Question(body, ChatShape(), messages, fitted, tools=names), respond)


class ChatShape:
    """An answer's parts are messages."""

    verb = "chat"

    def part(
        self, *, text: str = "", thinking: str = "", calls: Sequence[Mapping[str, Any]] = ()
    ) -> dict[str, Any]:
        """Return a message."""
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if thinking:
            message["thinking"] = thinking
        if calls:
            message["tool_calls"] = list(calls)
        return {"message": message}
