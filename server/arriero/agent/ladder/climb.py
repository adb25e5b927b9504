"""Which rung a session is on, and when it moves to the next: by what the model has shown."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from arriero.agent.model_profile import ModelProfile, Rung
from arriero.models.errors import CallUnreadable, ModelError, ToolsUnsupported
from arriero.settings.provider import ToolCalling

log = logging.getLogger(__name__)

AnswerKind = Literal[
    "call",  # at least one call that could be executed
    "text",  # words and no call
    "bad_call",  # calls, and none of them could be read, was of an offered tool, and valid
    "empty",  # neither words nor calls
]

_PATIENCE = 2  # answers in a row that are of no use
_FIXED: Mapping[ToolCalling, Rung] = {
    "native": "native", "text": "prompted", "schema": "constrained", "off": "off",
}  # fmt: skip
# What a server may answer to a schema; its other errors have types of their own.
_UNFIT = (ModelError, ToolsUnsupported)
_MOVED: Mapping[Rung, str] = {
    "prompted": "its tools are described in the prompt from now on.",
    "constrained": "from now on the server makes it answer in JSON.",
}


class Ladder:
    """The rungs of one model in one session, from `native` over `prompted` to `constrained`.

    `tools` is the provider's setting: all but `auto` fix the rung. `can_use_tools`: the server
    says that the model has its own form of calls; without it the ladder begins at `prompted`.
    A session begins where the model worked before. `told` tells the person of a move; where there
    is none to make, it is None.
    """

    def __init__(self, tools: ToolCalling, profile: ModelProfile, can_use_tools: bool) -> None:
        self._profile = profile
        self._fixed = _FIXED.get(tools)
        order: tuple[Rung, ...] = ("prompted", "constrained")
        self._order: tuple[Rung, ...] = ("native", *order) if can_use_tools else order
        self._rung = self._fixed or self._first()
        self._refused: set[Rung] = set()
        self._bad = 0
        self._empty = 0

    @property
    def rung(self) -> Rung:
        """The form in which the next request is rendered."""
        return self._rung

    @property
    def profile(self) -> ModelProfile:
        """The model's profile with what it has shown here; to be saved when it changed."""
        return self._profile

    def answered(self, kind: AnswerKind) -> str | None:
        """Take in a complete answer; return a sentence for the person if the rung changed."""
        if kind == "call":
            self._worked()
        self._bad = self._bad + 1 if kind == "bad_call" else 0
        self._empty = self._empty + 1 if kind == "empty" else 0
        if self._bad >= _PATIENCE:
            return self._next("The model's tool calls could not be used twice in a row")
        if self._empty >= _PATIENCE:
            return self._next("The model gave an empty answer twice in a row")
        return None

    def refused(self, error: ModelError, *, said: bool = False) -> str | None:
        """Take in a request that failed; a sentence means: send it again, on the new rung.

        `said`: the model had already said something. None: the error is no matter of the rung, or
        there is no other rung to go to.
        """
        if isinstance(error, ToolsUnsupported) and self._rung == "native":
            why = "The server cannot give this model tools"
            if error.mend:
                why = f"{why} ({error.mend} to change that)"
            else:
                self._learn("native", works=False)
            return self._next(why, anyway=True)
        if self._rung == "constrained":
            # Servers say in many words that they know no schema, or not this one. What the server
            # cannot read is no call here, but JSON that is not whole.
            unfit = type(error) in _UNFIT and not said
            return self._back(error) if unfit or isinstance(error, CallUnreadable) else None
        if isinstance(error, CallUnreadable):
            return self._next("The server could not read the model's tool call")
        return None

    def _first(self) -> Rung:
        known = self._profile.rung
        if known in self._order:
            return known
        for rung in self._order:
            if self._profile.works(rung) is not False:
                return rung
        return self._order[0]

    def _next(self, why: str, *, anyway: bool = False) -> str | None:
        """Move on, past what is known not to work; `anyway`: also to that, if there is no other."""
        if self._fixed is not None:
            return None
        after = self._order[self._order.index(self._rung) + 1 :]
        hopeful = [rung for rung in after if self._may_work(rung)] or list(after if anyway else ())
        return self._move(hopeful[0], f"{why}: {_MOVED[hopeful[0]]}") if hopeful else None

    def _may_work(self, rung: Rung) -> bool:
        return rung not in self._refused and self._profile.works(rung) is not False

    def _back(self, error: ModelError) -> str | None:
        """Leave `constrained`, for good in this session: the server cannot enforce a schema."""
        if self._fixed is not None:
            return None
        log.info("constrained output failed: %s (%s)", error, error.cause)
        self._refused.add("constrained")
        why = "The server could not make the model answer in JSON"
        return self._move("prompted", f"{why}: {_MOVED['prompted']}")

    def _move(self, rung: Rung, sentence: str) -> str:
        self._rung, self._bad, self._empty = rung, 0, 0
        return sentence

    def _worked(self) -> None:
        self._learn(self._rung, works=True)
        if "constrained" in self._refused:
            # The same request went well without the schema, so that was what failed.
            self._learn("constrained", works=False)
        if self._fixed is None:
            self._profile = replace(self._profile, rung=self._rung)

    def _learn(self, rung: Rung, *, works: bool) -> None:
        fields: Mapping[Rung, dict[str, Any]] = {
            "native": {"native_works": works},
            "prompted": {"prompted_works": works},
            "constrained": {"constrained_works": works},
        }
        self._profile = replace(self._profile, **fields.get(rung, {}))
