"""Counts the tokens of a prompt as the server renders it, where the server can."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from arriero.models.errors import ModelError, ToolsUnsupported
from arriero.models.json_values import an_object, number
from arriero.models.openai import wire
from arriero.models.openai.refusals import NoRoute
from arriero.models.openai.servers import Server
from arriero.models.types import ChatRequest

# A server that does not count is not asked again for a while: a count is worth no delay.
_REST = 60.0  # seconds
_UNCOUNTED = frozenset({"stream", "stream_options"})

# Sends a body to a route beside `/v1` and returns the JSON of the answer; raises ModelError.
Ask = Callable[[str, Mapping[str, Any]], Awaitable[object]]

_log = logging.getLogger(__name__)


class TokenCounter:
    """Asks one server. `clock` tells seconds that never go back.

    llama.cpp renders a whole chat request with `/apply-template`, tools and all, and counts the
    text with `/tokenize`; both flags are those that it reads a chat's prompt with. vLLM's
    `/tokenize` takes messages, tools and the template's arguments, and tells the `count`; before
    0.9 it passed tools over, which is found out once.
    """

    def __init__(self, ask: Ask, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._missing = False
        self._tools_count: bool | None = None
        self._rests_until = -_REST

    async def count(self, request: ChatRequest, server: Server) -> int | None:
        """Return the tokens of the prompt, None where they cannot be had.

        Images are not counted by these routes: a prompt with some has no count.
        """
        ways = {"llamacpp": self._llamacpp, "vllm": self._vllm}
        way = ways.get(server.family)
        if way is None or self._missing or self._clock() < self._rests_until:
            return None
        if any(message.images for message in request.messages):
            return None
        try:
            return await way(wire.chat_body(request, server)) or None
        except NoRoute as error:
            self._missing = True
            _log.info("the server counts no tokens: %s", error.cause)
        except ToolsUnsupported as error:
            # The chat is refused in the same words, and then asked for in another form.
            _log.info("the tokens were not counted: %s", error.cause)
        except ModelError as error:
            self._rests_until = self._clock() + _REST
            _log.info("the tokens were not counted: %s", error.cause)
        return None

    async def _llamacpp(self, body: Mapping[str, Any]) -> int:
        chat = {key: value for key, value in body.items() if key not in _UNCOUNTED}
        prompt = an_object(await self._ask("/apply-template", chat)).get("prompt")
        if not isinstance(prompt, str):
            return 0
        text = {"content": prompt, "add_special": True, "parse_special": True}
        answer = await self._ask("/tokenize", {"model": body["model"], **text})
        tokens = an_object(answer).get("tokens")
        return len(tokens) if isinstance(tokens, list) else 0

    async def _vllm(self, body: Mapping[str, Any]) -> int:
        taken = ("model", "messages", "tools", "chat_template_kwargs")
        chat = {key: body[key] for key in taken if key in body}
        count = await self._vllm_count(chat)
        if "tools" not in chat:
            return count
        if self._tools_count is None:
            bare = {key: value for key, value in chat.items() if key != "tools"}
            self._tools_count = count > await self._vllm_count(bare)
        return count if self._tools_count else 0

    async def _vllm_count(self, chat: Mapping[str, Any]) -> int:
        return number(an_object(await self._ask("/tokenize", chat)).get("count"))
