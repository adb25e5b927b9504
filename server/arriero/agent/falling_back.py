"""The answers of a run by the first model of a chain that gives any.

Whichever request of the loop fails before its first word, the next model of the chain takes it, and
the rest of the run with it. Once words of a step were shown, the step is that model's.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from arriero.agent.answer import Answer
from arriero.agent.ladder import Ladder
from arriero.agent.model_profile import ModelProfile
from arriero.agent.step import Emit, Steps
from arriero.models.errors import (
    ModelError,
    ModelNotFound,
    NoMemory,
    ProviderUnavailable,
    ServerBusy,
    StreamBroken,
)
from arriero.models.types import ChatRequest
from arriero.sessions.events import Notice

log = logging.getLogger(__name__)

# With these another model may do better. What says that the request itself is wrong is not among
# them, but for what servers say in words of their own, which is a plain ModelError.
_ELSEWHERE = (ProviderUnavailable, ServerBusy, NoMemory, StreamBroken, ModelNotFound)


@dataclass(frozen=True)
class Stand:
    """One model, ready to answer.

    `adapt` has a request as this model is to get it, `profile` is what was known of it before.
    """

    model: str
    provider: str
    steps: Steps
    adapt: Callable[[ChatRequest], ChatRequest]
    profile: ModelProfile

    @property
    def name(self) -> str:
        """How the person is told of it."""
        return f"{self.model} of {self.provider}"


class FallingBack:
    """Gets the answers of one run, as `Steps` does for one model.

    `following` makes the next model of the chain ready, None if none is left that is there.
    """

    def __init__(
        self, first: Stand, following: Callable[[], Awaitable[Stand | None]], emit: Emit
    ) -> None:
        self._stands = [first]
        self._following = following
        self._emit = emit

    @property
    def ladder(self) -> Ladder:
        """The rungs of the model that answers now."""
        return self._stands[-1].steps.ladder

    @property
    def stands(self) -> Sequence[Stand]:
        """The models that were asked, the one that answers now last."""
        return self._stands

    async def ask(self, wanted: ChatRequest, step: int) -> Answer:
        """Return the answer that counts; raises the ModelError of the last model that was asked."""
        while True:
            now = self._stands[-1]
            try:
                return await now.steps.ask(now.adapt(wanted), step)
            except ModelError as error:
                if now.steps.said or not another_helps(error):
                    raise
                following = await self._following()
                if following is None:
                    raise
                log.info("step %d: %s fails: %s (%s)", step, now.name, error, error.cause)
                told = f"{following.name} answers from now on: {error}"
                await self._emit(Notice("warning", told, following.model, following.provider))
                self._stands.append(following)


def another_helps(error: ModelError) -> bool:
    """Tell whether another model may answer where one failed so."""
    return isinstance(error, _ELSEWHERE) or type(error) is ModelError
