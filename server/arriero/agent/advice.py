"""What the model is told beside a result: that it repeats itself, or to try another way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arriero.agent.editing.strategy import EditStrategy
from arriero.agent.guard import LoopGuard
from arriero.sessions.events import ToolStatus


class Advisor:
    """Sees every call of a run with its result. `stop` says why the run cannot go on, once it is
    certain.
    """

    def __init__(self, strategy: EditStrategy) -> None:
        self.strategy = strategy
        self.stop = ""
        self._guard = LoopGuard()

    def begin_anew(self) -> None:
        """Forget what was repeated."""
        self.stop = ""
        self._guard = LoopGuard()

    def after(
        self,
        name: str,
        arguments: Mapping[str, Any],
        status: ToolStatus,
        result: str,
        lines: int | None,
    ) -> str:
        """Return the result with what else the model should know.

        `lines`: of the file that a failed call names, None where that is not known.
        """
        verdict = self._guard.saw(name, arguments, result, failed=status == "error")
        if verdict.action == "stop":
            self.stop = verdict.words
        words = [self.strategy.saw(name, arguments, status, result, lines)]
        if verdict.action == "warn":
            words.append(verdict.words)
        return "\n\n".join([result, *filter(None, words)])
