"""`arriero/chat`: one answer of a model, for a client that leads the conversation itself.

It is no run: no tool of ours is offered, nothing is stored. The model is used with the options of
the runs, so that it is not loaded anew for it.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, cast, get_args

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from arriero.lsp.chat_messages import (
    ChatCallMessage,
    ChatMessage,
    ChatParams,
    ChatPieceMessage,
    ChatTurnMessage,
)
from arriero.models.errors import ModelError
from arriero.models.types import (
    ChatRequest,
    Finished,
    Message,
    Role,
    TextChunk,
    ToolCall,
    ToolCallChunk,
    ToolSpec,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from arriero.daemon.attachment import Attachment
    from arriero.lsp.connection import Connection
    from arriero.models.types import Chunk

_REQUEST_FAILED = -32803
_ROLES = frozenset(get_args(Role))


async def chat(connection: Connection, params: ChatParams) -> ChatMessage:
    """Stream one answer; a failure's sentence is an error. Cancelling closes the connection."""
    messages = [_message(one) for one in params.messages]
    if not messages:
        raise JsonRpcInvalidParams("`messages` is empty: say something to the model.")
    attachment = await connection.attached()
    finished = Finished("stop", Usage())
    try:
        request = await _request(connection, attachment, params, messages)
        answer = cast("AsyncGenerator[Chunk, None]", attachment.provider.chat(request))
        async with aclosing(answer) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, Finished):
                    finished = chunk
                else:
                    _tell(connection, params, chunk)
    except ModelError as error:
        raise JsonRpcException(str(error), code=_REQUEST_FAILED) from error
    usage = finished.usage
    return ChatMessage(finished.reason, usage.prompt_tokens, usage.answer_tokens)


async def _request(
    connection: Connection, attachment: Attachment, params: ChatParams, messages: list[Message]
) -> ChatRequest:
    provider, settings = attachment.provider, attachment.settings
    details = await provider.show(params.model)
    entry = settings.providers[provider.name]
    plan = connection.hub.plans.plan(provider.name, entry, details, settings.window)
    return ChatRequest(
        model=params.model,
        messages=messages,
        tools=[
            ToolSpec(one.name, one.description, one.parameters or {"type": "object"})
            for one in params.tools
        ],
        runner=plan.runner,
        max_tokens=settings.agent.max_answer_tokens,
    )


def _message(told: ChatTurnMessage) -> Message:
    if told.role not in _ROLES:
        raise JsonRpcInvalidParams(f"`role` is one of {', '.join(sorted(_ROLES))}.")
    return Message(
        cast("Role", told.role),
        told.content,
        tool_calls=tuple(ToolCall(one.id, one.name, one.arguments) for one in told.tool_calls),
        tool_name=told.tool_name,
        tool_call_id=told.tool_call_id,
    )


def _tell(connection: Connection, params: ChatParams, chunk: Chunk) -> None:
    """Send a piece; what the model thinks is not told."""
    if params.partial_result_token is None:
        return
    if isinstance(chunk, TextChunk):
        value = ChatPieceMessage(chunk.text)
    elif isinstance(chunk, ToolCallChunk):
        call = chunk.call
        value = ChatPieceMessage(call=ChatCallMessage(call.id, call.name, call.arguments))
    else:
        return
    connection.notify(types.PROGRESS, types.ProgressParams(params.partial_result_token, value))
