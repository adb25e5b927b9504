"""What a simulated model is to say: turns, and where an answer waits or breaks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

FaultKind = Literal["error", "cut", "no_done", "rubbish", "status", "hang", "crash"]


@dataclass(frozen=True)
class Call:
    """A tool call. `id` and `index` None: as Ollama makes them; `id` empty: left out."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    index: int | None = None


class Hold:
    """A place in an answer where the simulator waits until it is let go.

    `after` counts the pieces sent before; 0 is before the headers, as while a prompt is read.
    A test awaits `reached` and calls `release`.
    """

    def __init__(self, after: int = 0) -> None:
        self.after = after
        self.reached = asyncio.Event()
        self._released = asyncio.Event()

    def release(self) -> None:
        """Let the answer go on."""
        self._released.set()

    async def wait(self) -> None:
        """Called by the simulator at the place."""
        self.reached.set()
        await self._released.wait()


@dataclass(frozen=True)
class Fault:
    """How an answer goes wrong once `after` pieces of it were sent.

    - `error`: a line `{"error": text}`; before the first piece a 500 with it.
    - `cut`: the connection is reset.
    - `no_done`: the answer ends properly, but without its last line.
    - `rubbish`: `data` is sent, and the answer goes on.
    - `status`: an answer with `status` and `text` instead of a stream (`after` is not used).
    - `hang`: nothing more comes until the client leaves.
    - `crash`: as when the process that runs the model dies: an error line (before the first
      piece and without a stream a 500), and the model is no longer loaded.
    """

    kind: FaultKind
    after: int = 0
    text: str = "an error was encountered while running the model"
    status: int = 500
    data: bytes = b"\x00\xff rubbish\n"


@dataclass(frozen=True)
class Turn:
    """One answer. Text and thinking are cut into tokens, or sent in the pieces given.

    `delay` is in seconds between two pieces; None takes the simulator's `pace`.
    """

    text: str | Sequence[str] = ""
    thinking: str | Sequence[str] = ""
    calls: Sequence[Call] = ()
    holds: Sequence[Hold] = ()
    fault: Fault | None = None
    delay: float | None = None


@dataclass(frozen=True)
class ToolResult:
    """A tool's result as the model is sent it, with the arguments of the call it answers."""

    name: str
    arguments: Mapping[str, Any]
    content: str


@dataclass(frozen=True)
class Asked:
    """A request to answer, as a script sees it; `messages` are as they came over the wire.

    For `/api/generate` there is one user message with the prompt.
    """

    model: str
    messages: Sequence[Mapping[str, Any]]
    tools: tuple[str, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def last_user(self) -> str:
        """The newest user message, empty if there is none."""
        return self._content(self._last_user_index())

    @property
    def results(self) -> list[ToolResult]:
        """The tool results since the newest user message, in their order."""
        waiting: list[tuple[str, Mapping[str, Any]]] = []
        found: list[ToolResult] = []
        for message in self.messages[self._last_user_index() + 1 :]:
            for call in message.get("tool_calls") or ():
                function = call["function"]
                waiting.append((function["name"], function.get("arguments") or {}))
            if message.get("role") == "tool":
                name = message.get("tool_name") or ""
                none: tuple[str, Mapping[str, Any]] = (name, {})
                match = next((one for one in waiting if not name or one[0] == name), none)
                if match in waiting:
                    waiting.remove(match)
                found.append(ToolResult(match[0], match[1], message.get("content") or ""))
        return found

    def _last_user_index(self) -> int:
        users = [i for i, message in enumerate(self.messages) if message.get("role") == "user"]
        return users[-1] if users else -1

    def _content(self, index: int) -> str:
        return str(self.messages[index].get("content") or "") if index >= 0 else ""


Reply = Turn | Callable[[Asked], Turn]

NOTHING_LEFT = Turn("The script has no further turn.")


class Script:
    """Queues of replies, one for all models and one per model, which goes first.

    A queue that is empty answers with `otherwise`.
    """

    def __init__(self, replies: Iterable[Reply] = (), otherwise: Reply = NOTHING_LEFT) -> None:
        self._replies = deque(replies)
        self._of_model: dict[str, deque[Reply]] = {}
        self._otherwise = otherwise

    def add(self, *replies: Reply, model: str | None = None) -> None:
        """Append replies, for every model or for one (by its name without `:latest`)."""
        queue = self._replies if model is None else self._of_model.setdefault(model, deque())
        queue.extend(replies)

    @property
    def left(self) -> int:
        """How many replies wait in all queues."""
        return len(self._replies) + sum(len(queue) for queue in self._of_model.values())

    def next(self, asked: Asked) -> Turn:
        """Take the next reply for a request."""
        queue = self._of_model.get(asked.model.removesuffix(":latest")) or self._replies
        reply = queue.popleft() if queue else self._otherwise
        return reply if isinstance(reply, Turn) else reply(asked)
