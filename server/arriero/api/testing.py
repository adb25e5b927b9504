"""Testing programs that use the agent: a model whose words are given, behind Ollama's protocol.

    from arriero.api.testing import Call, Rehearsal, Turn

    read = Turn(calls=[Call("read_file", {"path": "a.txt"})])
    with Rehearsal(read, Turn("It says hi.")) as model:
        with Agent(folder, settings=model.settings, state=tmp_path) as agent:
            assert agent.run("What does a.txt say?").text == "It says hi."

As a fixture of pytest it is three lines: see docs/python.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from arriero.api.closing import Closing
from arriero.api.engine import Engine
from arriero.models.rehearsal import Call, Fault, Received, Simulator, Turn

if TYPE_CHECKING:
    from arriero.models.rehearsal.script import Reply

__all__ = ["Call", "Fault", "Rehearsal", "Turn"]


class Rehearsal(Closing):
    """A server that listens on the loopback interface until `close` or the end of a `with` block.

    Its one model, `rehearsal`, says the turns in their order, whoever asks.
    """

    def __init__(self, *turns: Reply) -> None:
        self._engine = Engine()
        self._simulator = Simulator(turns)
        try:
            self.base_url = self._engine.call(self._simulator.start())
        except BaseException:
            self._engine.close()
            raise

    def close(self) -> None:
        """Stop listening."""
        if not self._engine.closed:
            self._engine.call(self._simulator.stop())
            self._engine.close()

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings by which an agent uses this model and no other, and loads none ahead."""
        return {
            "provider": "rehearsal",
            "model": "rehearsal",
            "providers": {"rehearsal": {"kind": "ollama", "base_url": self.base_url}},
            "agent": {"probe": False},
            "window": {"preload": False},
        }

    @property
    def chats(self) -> Sequence[Received]:
        """The requests for an answer so far; `body` has messages and tools as they were sent."""
        return self._simulator.chats

    def say(self, *turns: Reply) -> None:
        """Append turns."""
        self._simulator.say(*turns)
