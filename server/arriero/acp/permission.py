"""Asking for a permission through the ACP client."""

from __future__ import annotations

import asyncio
import logging

from acp import schema
from pydantic import ValidationError
from pygls.exceptions import JsonRpcException

from arriero.acp.peer import Peer
from arriero.acp.updates import printable, to_json
from arriero.agent.editor import Answer, PermissionQuestion

log = logging.getLogger(__name__)

_PATIENCE = 1800.0  # seconds; after that the user is taken to be away
_OPTIONS: tuple[tuple[Answer, schema.PermissionOptionKind, str], ...] = (
    ("allow_once", "allow_once", "Allow once"),
    ("allow_always", "allow_always", "Always in this session"),
    ("allow_here", "allow_always", "Always here"),
    ("reject_here", "reject_always", "Never here"),
    ("reject_once", "reject_once", "Reject"),
)


async def ask(peer: Peer, question: PermissionQuestion) -> Answer:
    """Return the user's answer; "cancelled" when the client is gone or answers nonsense."""
    request = schema.RequestPermissionRequest(
        session_id=question.session_id,
        tool_call=schema.ToolCallUpdate(
            tool_call_id=question.call_id,
            title=printable(question.title),
            status="pending",
            content=[
                schema.ContentToolCallContent(
                    type="content",
                    content=schema.TextContentBlock(type="text", text=printable(question.detail)),
                )
            ],
        ),
        options=[
            schema.PermissionOption(option_id=answer, kind=kind, name=name)
            for answer, kind, name in _OPTIONS
            if answer in question.offers
        ],
    )
    try:
        answer = await peer.request(
            "session/request_permission", to_json(request), timeout=_PATIENCE
        )
        outcome = schema.RequestPermissionResponse.model_validate(answer).outcome
    except (JsonRpcException, OSError, asyncio.TimeoutError, ValidationError) as error:
        log.warning("a permission could not be asked: %s", error)
        return "cancelled"
    if isinstance(outcome, schema.AllowedOutcome):
        for choice, _, _ in _OPTIONS:
            if choice == outcome.option_id:
                return choice
    return "cancelled"
