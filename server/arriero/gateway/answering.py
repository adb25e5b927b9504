"""Which way a request is answered: passed on to the model, or by a run with our tools."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from arriero.gateway import prompting
from arriero.gateway.asked import Asked
from arriero.gateway.choosing import Agents, Inject
from arriero.gateway.relay import Relay
from arriero.gateway.runs import GatewayRuns
from arriero.gateway.served import Served
from arriero.gateway.succession import Succession
from arriero.models.batching import Batch
from arriero.models.types import Message
from arriero.settings.model import Settings

_BEGINNING = 2000  # characters of a conversation that tell it from others


@dataclass(frozen=True)
class Place:
    """Where a request belongs: its workspace (absolute, canonical), and its session's name.

    `owner` is the name of its key: what one key has said is not for another. `inject` is what the
    client says of our tools.
    """

    folder: str
    session: str = ""
    owner: str = ""
    inject: Inject | None = None


class Answering:
    """Answers requests; `settings` are those of the moment."""

    def __init__(self, relay: Relay, runs: GatewayRuns, settings: Callable[[], Settings]) -> None:
        self._relay = relay
        self._runs = runs
        self._settings = settings
        self._agents = Agents()

    def is_run(self, asked: Asked, place: Place) -> bool:
        """Tell whether a request is answered by a run.

        What a run cannot give is passed on: another form than words, chances of tokens, a look at
        pictures, the rest of an answer that the client has begun. So is what a client with tools of
        its own wants words for, and a prompt that stands alone, which says of itself that it wants
        no tools.
        """
        own = self._settings().gateway.inject_tools
        if own == "never":
            return False
        inject = place.inject or own
        if asked.tools:
            self._agents.saw(place.owner, asked)
        elif place.inject is None and self._agents.wants_words(place.owner, asked):
            return False
        if asked.suffix is not None or not _asks(asked.messages):
            return False
        if inject == "never" or asked.tool_choice == "none" or asked.format is not None:
            return False
        if asked.top_logprobs is not None or any(one.images for one in asked.messages):
            return False
        # A call that is demanded can be demanded of the model alone.
        return not asked.tools or (inject == "always" and asked.tool_choice == "auto")

    def answer(
        self, asked: Asked, models: Succession, place: Place, *, run: bool
    ) -> AsyncGenerator[Batch, None]:
        """Stream an answer in batches; closing it ends everything that was done for it.

        `run` is what `is_run` told. Raises ModelError, `Refused`.
        """
        if not asked.messages:
            return prompting.keep(asked, models.served)
        if run:
            return self._runs.answer(asked, models, place.folder, place.owner)
        return models.answer(lambda served: self._passed_on(asked, served, place))

    def _passed_on(self, asked: Asked, served: Served, place: Place) -> AsyncGenerator[Batch, None]:
        settings = self._settings().agent
        if _is_prompt(asked, served, place):
            return prompting.go_on(asked, served, settings)
        affinity = place.session or _conversation(asked)
        return self._relay.answer(asked, served, settings, affinity)


def _asks(messages: Sequence[Message]) -> bool:
    """Tell whether a conversation ends with something to answer: not with the model's own words."""
    last = next((one.role for one in reversed(messages) if one.role != "system"), "")
    return last in ("user", "tool")


def _is_prompt(asked: Asked, served: Served, place: Place) -> bool:
    return asked.suffix is not None or prompting.stands_alone(asked, served, place.session)


def _conversation(asked: Asked) -> str:
    """Return what names a conversation that has no session: how it began.

    Where several hosts serve a model, its requests then go to the one that has it cached.
    """
    first = next((one.content for one in asked.messages if one.role == "user"), "")
    return f"{hash(first[:_BEGINNING]):x}"  # which host that is, each process knows for itself
