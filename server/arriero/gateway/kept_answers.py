"""Answers that a later request may go on from, by their ids (OpenAI's `previous_response_id`)."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence

from arriero.gateway import message_codec
from arriero.gateway.conversations import LEASE, MOST_CHARACTERS, Shelf, ShelfFailed
from arriero.gateway.dialect import Refused
from arriero.models.types import Message
from arriero.settings.api_keys import ApiKey

log = logging.getLogger(__name__)

_PARAMETER = "previous_response_id"


class KeptAnswers:
    """Each is kept with the conversation that led to it, for whoever's key asked for it."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def read(self, owner: ApiKey, identity: str) -> tuple[Message, ...]:
        """Return the conversation up to an answer; raises `Refused`."""
        try:
            text = await self._shelf.read(_key(owner, identity))
            kept = () if text is None else await asyncio.to_thread(message_codec.decode, text)
        except ShelfFailed as error:
            raise Refused("unavailable", str(error)) from error
        except ValueError as error:
            log.warning("the answer %s cannot be read: %s", identity, error)
            kept = ()
        if not kept:
            told = (
                f"There is no response {identity[:80]} here; send the whole conversation as input."
            )
            raise Refused("invalid", told, parameter=_PARAMETER)
        return kept

    async def keep(self, owner: ApiKey, identity: str, messages: Sequence[Message]) -> None:
        """Keep a conversation; where that cannot be, its client learns it when it goes on."""
        text = await asyncio.to_thread(message_codec.encode, messages)
        if len(text) > MOST_CHARACTERS:
            log.info("the answer %s is not kept: the conversation is too large", identity)
            return
        key, token = _key(owner, identity), secrets.token_hex(16)
        try:
            await self._shelf.lock(key, token, LEASE)
            await self._shelf.write(key, token, text)
            await self._shelf.unlock(key, token)
        except ShelfFailed as error:
            log.warning("the answer %s is not kept: %s", identity, error)


def _key(owner: ApiKey, identity: str) -> str:
    # No name of a session has a blank.
    return f"{owner.name}: {identity}"
