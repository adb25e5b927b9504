"""Requests that are answered by a run with our tools."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence

from arriero.agent.request import ContextItem, RunRequest, Sampling
from arriero.daemon.hub import Hub
from arriero.daemon.runs import RunHandle, RunRefused
from arriero.gateway.asked import Asked
from arriero.gateway.continuing import Continuing
from arriero.gateway.dialect import Refused
from arriero.gateway.foreign import foreign_tool
from arriero.gateway.steps import Steps
from arriero.gateway.succession import Succession
from arriero.gateway.workplaces import Workplace, Workplaces
from arriero.models.batching import Batch
from arriero.models.types import Chunk, Finished, Message, ThinkingChunk
from arriero.sessions.events import Event, EventBody, Notice, RunStarted
from arriero.sessions.session import UnknownSession
from arriero.settings.gateway import GatewaySettings
from arriero.settings.model import Settings
from arriero.tools.registry import TOOLS

_LABEL = 60  # characters of a prompt that name its run

log = logging.getLogger(__name__)


class GatewayRuns:
    """Starts runs in the hub, and follows them; `settings` are those of the moment."""

    def __init__(self, hub: Hub, places: Workplaces, settings: Callable[[], Settings]) -> None:
        self._hub = hub
        self._places = places
        self._settings = settings
        self._continuing = Continuing()

    async def answer(
        self, asked: Asked, models: Succession, folder: str, owner: str = ""
    ) -> AsyncGenerator[Batch, None]:
        """Stream what a run in a folder does and says; closing it cancels the run.

        A conversation goes on only in a session that the same `owner` began.

        Raises `Refused`.
        """
        own = self._settings().gateway
        async with self._places.use(folder) as place:
            run = await self._start(asked, models, place, own, owner)
            events = place.follow(run.run_id)
            steps = Steps(show=own.show_steps, foreign=frozenset(tool.name for tool in asked.tools))
            try:
                while not steps.over:
                    chunks: list[Chunk] = []
                    for event in await _all(events):
                        _note_model(event.body, models)
                        chunks.extend(steps.take(event.body))
                    if chunks:
                        yield chunks
                yield await self._end(run, steps, own)
            finally:
                run.cancel()
                place.leave(run.run_id)
            whose, said = _whose(owner, folder), (steps.said, steps.calls, run.session_id)
            await asyncio.to_thread(self._continuing.remember, whose, asked.messages, *said)

    async def _start(
        self, asked: Asked, models: Succession, place: Workplace, own: GatewaySettings, owner: str
    ) -> RunHandle:
        whose = _whose(owner, place.folder)
        session, known = await asyncio.to_thread(self._continuing.find, whose, asked.messages)
        request = _run_request(asked, models, own, asked.messages[known:], session)
        try:
            return await place.attachment.start(request)
        except (UnknownSession, RunRefused) as error:
            if session is None:
                raise Refused("overloaded", str(error), retry_after=1.0) from error
            log.info("session %s cannot go on: %s", session, error)
        request = _run_request(asked, models, own, asked.messages, None)
        try:
            return await place.attachment.start(request)
        except RunRefused as error:
            raise Refused("failed", str(error)) from error

    async def _end(self, run: RunHandle, steps: Steps, own: GatewaySettings) -> Sequence[Chunk]:
        """Wait until the run's edits are where they belong, and return the last chunks."""
        result = await run.wait()
        last: list[Chunk] = []
        if result.change is not None and not result.applied and own.show_steps:
            last.append(
                ThinkingChunk(
                    "\n(The changes wait as a proposal: accept them in an editor.)\n"
                    if own.apply == "never"
                    else "\n(The changes could not be applied; they wait as a proposal.)\n"
                )
            )
        return [*last, Finished(steps.reason, steps.usage)]


def _run_request(
    asked: Asked,
    models: Succession,
    own: GatewaySettings,
    messages: Sequence[Message],
    session: str | None,
) -> RunRequest:
    prompt, earlier = _prompt(messages)
    if not prompt.strip():
        raise Refused("invalid", "The last message is empty.", parameter="messages")
    tools = None
    if not own.commands:
        tools = frozenset(name for name, tool in TOOLS.items() if tool.kind != "execute")
    return RunRequest(
        prompt,
        "agent",
        f"HTTP: {' '.join(prompt.split())[:_LABEL]}",
        session,
        model=models.chain(),
        provider=models.served.provider.name,
        apply=own.apply,
        attachments=tuple(earlier),
        tools=tools,
        own_tools=tuple(foreign_tool(tool) for tool in asked.tools),
        sampling=Sampling(
            asked.max_tokens, asked.temperature, asked.seed, asked.stop, asked.sampling
        ),
    )


def _note_model(body: EventBody, models: Succession) -> None:
    """Hear who answers the run."""
    if isinstance(body, RunStarted | Notice) and body.model:
        models.taken_over(body.provider, body.model)


def _prompt(messages: Sequence[Message]) -> tuple[str, list[ContextItem]]:
    """Return what is asked now, and what was said before as something to read."""
    last = next((n for n in reversed(range(len(messages))) if messages[n].role == "assistant"), -1)
    before, now = messages[: last + 1], messages[last + 1 :]
    items = []
    if system := "\n\n".join(one.content for one in messages if one.role == "system"):
        items.append(ContextItem("Instructions of the user's program:", system))
    if said := "\n\n".join(_told(one) for one in before if one.role != "system"):
        items.append(ContextItem("The conversation so far:", said))
    prompt = "\n\n".join(
        _told(one) if one.role == "tool" else one.content for one in now if one.role != "system"
    )
    return prompt, items


def _told(message: Message) -> str:
    if message.role == "tool":
        return f"Result of {message.tool_name or 'the call'}:\n{message.content}"
    calls = "".join(f"\n(calls {call.name} {dict(call.arguments)})" for call in message.tool_calls)
    return f"{'Assistant' if message.role == 'assistant' else 'User'}: {message.content}{calls}"


def _whose(owner: str, folder: str) -> str:
    return f"{owner}\0{folder}"


async def _all(events: asyncio.Queue[Event]) -> list[Event]:
    found = [await events.get()]
    while not events.empty():
        found.append(events.get_nowait())
    return found
