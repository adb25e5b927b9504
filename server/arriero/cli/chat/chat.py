"""The chat itself: prompts one after the other, over a connection that may have to be made anew."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from arriero.cli.chat import table
from arriero.cli.chat.front import Front
from arriero.cli.chat.mentions import read_prompt
from arriero.cli.conversation import Apply, Conversation
from arriero.cli.door import Door, open_door
from arriero.cli.failure import Failure
from arriero.cli.surroundings import Surroundings
from arriero.cli.turn import Outcome
from arriero.daemon.client import DaemonGone, RemoteError
from arriero.daemon.launch import LaunchFailed

Json = Mapping[str, Any]

_AGAIN = "The connection to the daemon is lost; your next prompt makes it anew, in this session."


class Chat:
    """One for a program. Its commands (`table`) use what is public here.

    `names` are what the input line completes: models and sessions, as they were last told.
    `last` is what became of the newest prompt.
    """

    def __init__(
        self, front: Front, surroundings: Surroundings, *, apply: Apply, mode: str | None
    ) -> None:
        self.front = front
        self.folder = surroundings.folder
        self.providers = surroundings.loaded.settings.providers
        self.last: Outcome | None = None
        self.last_prompt = ""
        self.models: tuple[str, ...] = ()
        self.model = ""
        self.ended = False
        self._chosen: str | None = surroundings.given.get("model")
        self._given = surroundings.given
        self._allowed = surroundings.loaded.settings.allowed_dirs
        self._apply: Apply = apply
        self._mode = mode
        self._open = contextlib.AsyncExitStack()
        self._door: Door | None = None
        self._conversation: Conversation | None = None
        self._session_id: str | None = None
        self._listing: asyncio.Task[None] | None = None

    async def converse(self, session_id: str | None) -> bool:
        """Take prompts until there are none; return whether the last one was done."""
        self._session_id = session_id
        done = True
        async with self.front.opened(self._interrupted):
            try:
                if self.front.asks:
                    self.say("info", f"Arriero in {self.folder}. /help lists what can be typed.")
                await self._guarded(self._begin())
                while not self.ended:
                    try:
                        line = await self.front.next()
                    except EOFError:
                        break
                    if line.strip():
                        done = await self._guarded(self.take(line.strip()))
            finally:
                if self._listing is not None:
                    self._listing.cancel()
                if self.running and self._conversation is not None:
                    self._conversation.cancel()
                await self._open.aclose()
        return done

    async def take(self, line: str) -> bool:
        """Do a command or ask a prompt; return whether it was done."""
        if (command := table.find(line)) is not None:
            return await command.run(self, line.partition(" ")[2].strip()) is not False
        if table.looks_like_command(line):
            self.say("warning", table.refusal(line))
            return False
        return await self.ask(line)

    async def ask(self, prompt: str) -> bool:
        """Ask a prompt as it was typed."""
        blocks: Sequence[Json] = [{"type": "text", "text": prompt}]
        if self.front.asks:  # a script's lines are not typed: `@` names nothing in them
            typed = await asyncio.to_thread(read_prompt, prompt, self.folder)
            blocks = typed.blocks
            for problem in typed.problems:
                self.say("warning", problem)
        conversation = await self.conversation()
        self.last_prompt = prompt
        self.last = await conversation.ask(blocks)
        self.show_footer()
        return not self.last.end.failed and not self.last.refused

    async def conversation(self) -> Conversation:
        """Return the session, over a connection that stands."""
        if self._conversation is None or self._door is None or self._door.gone:
            await self._begin()
        assert self._conversation is not None
        return self._conversation

    async def door(self) -> Door:
        """Return the connection."""
        await self.conversation()
        assert self._door is not None
        return self._door

    async def enter(self, session_id: str | None) -> None:
        """Go on in another session, or in a new one."""
        door, mode = await self.door(), self._conversation.mode if self._conversation else None
        self._session_id = session_id
        await self._join(door, mode if session_id is None else None)
        self.last = None
        self.show_footer()  # the window of the other session is not this one's

    async def choose_model(self, name: str) -> None:
        """Use a model from the next prompt on, in new sessions too."""
        told = await (await self.conversation()).set_model(name)
        if told:
            self.say("warning", told)
        self.model = self._chosen = name
        self.show_footer()

    def say(self, level: str, text: str) -> None:
        """Say a sentence that is not the model's; what went wrong gets into no pipe's answers."""
        if level != "info" and not self.front.terminal.is_terminal:
            self.front.terminal.say(level, text)
            return
        style = {"error": "bold red", "warning": "yellow"}.get(level, "dim")
        self.front.terminal.sentence(text, style)

    def show_footer(self) -> None:
        """Show what the next prompt will use."""
        mode = self._conversation.mode if self._conversation else self._mode
        window = self.last.end.context if self.last is not None else ""
        self.front.footer(" · ".join(part for part in (window or self.model, mode) if part))

    @property
    def running(self) -> bool:
        """Whether a prompt is being answered."""
        return self._conversation is not None and self._conversation.running

    # -- below

    def _interrupted(self) -> bool:
        if not self.running:
            return False
        dropped = self.front.forget()
        if dropped:
            self.say("info", f"What was typed ahead is dropped ({dropped}).")
        assert self._conversation is not None
        self._conversation.cancel()
        return True

    async def _guarded(self, work: Awaitable[object]) -> bool:
        """Do some work; what goes wrong is said, and the chat goes on."""
        try:
            return await work is not False
        except (RemoteError, LaunchFailed) as error:
            self.say("error", str(error))
        except (Failure, DaemonGone) as error:
            gone = self._door is not None and self._door.gone
            self.say("error", _AGAIN if gone else str(error))
        return False

    async def _begin(self) -> None:
        again = self._door is not None
        self.front.footer("connecting")
        await self._open.aclose()
        self._door = await self._open.enter_async_context(
            open_door(
                self.folder,
                self.say,
                # The terminal applies what it was allowed to; the daemon does not by itself.
                settings={**self._given, "apply": "review"},
                folders=self._allowed,
            )
        )
        await self._join(self._door, None if again else self._mode)
        if again:
            self.say("info", "Connected again.")
        if self._listing is not None:
            self._listing.cancel()
        self._listing = asyncio.ensure_future(self._list_models(self._door))

    async def _join(self, door: Door, mode: str | None) -> None:
        terminal = self.front.terminal if self.front.asks else None
        conversation = Conversation(door, self.front.show, terminal, apply=self._apply)
        known = self._conversation
        is_new = self._session_id is None
        await conversation.begin(self._session_id, mode=mode)
        if not conversation.mode:
            same = known is not None and known.session_id == conversation.session_id
            conversation.mode = (
                known.mode if known and same else await _mode_of(door, conversation.session_id)
            )
        self._conversation, self._session_id = conversation, conversation.session_id
        if is_new and self._chosen is not None:
            await self._choose_again(conversation, self._chosen)
        self.show_footer()

    async def _choose_again(self, conversation: Conversation, name: str) -> None:
        """Use the model that was chosen before; one that is not there keeps nobody out."""
        try:
            told = await conversation.set_model(name)
        except RemoteError as error:
            self._chosen = None
            self.say("error", str(error))
        else:
            if told:
                self.say("warning", told)

    async def _list_models(self, door: Door) -> None:
        """Find out what can be chosen; without a provider that answers that is nothing."""
        with contextlib.suppress(RemoteError, Failure, DaemonGone):
            told = await door.request("arriero/models")
            self.models = tuple(str(model["name"]) for model in told["models"])
            if not self.model:
                self.model = str(told["selected"]["model"] or "")
                self.show_footer()


async def _mode_of(door: Door, session_id: str) -> str:
    sessions = (await door.request("arriero/sessions"))["sessions"]
    return next((str(s["mode"]) for s in sessions if s["sessionId"] == session_id), "")
