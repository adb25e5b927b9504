"""Whether a request without tools is for a run of ours, or only for the model's words.

Agents with tools of their own send some requests without: for the title of a conversation, for a
summary of what was done. A run would answer these with our tools. How they are told:

- the client says so: `X-Arriero-Tools: never` (or `auto`, `always`, as `gateway.inject_tools`;
  where that is `never`, it stays so), or a model's name that ends with `+plain` (or `+tools`);
- the conversation has calls of tools, or began as one that came with tools before;
- the system prompt is for the title of a conversation.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Literal

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Refused
from arriero.models.types import Message

Inject = Literal["auto", "always", "never"]

HEADER = "X-Arriero-Tools"
_ENDINGS: Mapping[str, Inject] = {"+plain": "never", "+tools": "always"}
_HEADERS: Mapping[str, Inject] = {"auto": "auto", "always": "always", "never": "never"}
_MOST = 4096
_BEGINNING = 2000  # characters of a message that tell a conversation from others
_PURPOSE = 300  # characters in which a system prompt says what it is for
_TITLE = re.compile(
    r"\btitle generator\b|\b(?:generate|write|create|come up with|suggest|return)\b[^.\n]{0,60}"
    r"\btitle\b",
    re.IGNORECASE,
)


def split_model(name: str) -> tuple[str, Inject | None]:
    """Return a model's name without what the client says of tools with it, and that."""
    for ending, inject in _ENDINGS.items():
        if name.endswith(ending):
            return name.removesuffix(ending), inject
    return name, None


def read_header(headers: Mapping[str, str]) -> Inject | None:
    """Return what a request's header says of tools; raises `Refused`."""
    value = headers.get(HEADER.lower(), "").strip().lower()
    if not value:
        return None
    if value not in _HEADERS:
        raise Refused("invalid", f"{HEADER} must be auto, always or never.", parameter=HEADER)
    return _HEADERS[value]


class Agents:
    """Remembers the conversations of clients that have tools of their own."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, None] = OrderedDict()

    def saw(self, owner: str, asked: Asked) -> None:
        """Note a request that has tools."""
        key = _beginning(owner, asked)
        if key is not None:
            self._seen[key] = None
            self._seen.move_to_end(key)
        while len(self._seen) > _MOST:
            self._seen.popitem(last=False)

    def wants_words(self, owner: str, asked: Asked) -> bool:
        """Tell whether a request without tools comes from a client that has some."""
        if any(one.role == "tool" or one.tool_calls for one in asked.messages):
            return True
        if self._seen and _beginning(owner, asked) in self._seen:
            return True
        return is_for_title(asked.messages)


def is_for_title(messages: tuple[Message, ...]) -> bool:
    """Tell whether the system prompt wants the title of a conversation."""
    system = next((one.content for one in messages if one.role == "system"), "")
    return _TITLE.search(system[:_PURPOSE]) is not None


def _beginning(owner: str, asked: Asked) -> str | None:
    first = next((one.content.strip() for one in asked.messages if one.role == "user"), "")
    text = f"{owner}\0{asked.model}\0{first[:_BEGINNING]}"
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() if first else None
