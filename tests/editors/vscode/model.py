"""The simulated model server of a flow: says what the flow tells it to, and writes down who asked.

    python model.py <log.jsonl>

Prints its address, then reads commands from standard input, one JSON object a line, and answers
each with a line `{}`: `{"say": [turn, …], "model": name}` appends turns, `{"release": name}` lets
the answer go on that waits at the hold of this name, `{"sample": true}` lets the model that mends
the demo's sample project answer what no turn is left for. A turn has the fields of
`arriero.models.rehearsal.Turn`; a hold is `{"name": …, "after": pieces}`. Each request that is
answered by a turn is a line of the log: `{model, tools, user, results}`. Ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from arriero.models.rehearsal import (
    Asked,
    Call,
    Fault,
    Hold,
    Script,
    SimulatedModel,
    Simulator,
    Turn,
)
from arriero.models.rehearsal.sample_script import sample_turn

MODELS = (
    SimulatedModel("coder", trained_window=32_768, num_ctx=32_768),
    SimulatedModel("filler", path="rendered", capabilities=("completion", "insert")),
)
PULLABLE = (SimulatedModel("another:1b", trained_window=8_192, num_ctx=8_192),)


class Model:
    """Turns commands into a script's replies."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._holds: dict[str, Hold] = {}
        self._plays_sample = False
        self.script = Script(otherwise=self._otherwise)

    def obey(self, command: Mapping[str, Any]) -> None:
        """Do what a line of the input says."""
        if "release" in command:
            self._holds[command["release"]].release()
            return
        if "sample" in command:
            self._plays_sample = True
            return
        for turn in command["say"]:
            self.script.add(self._told(self._turn(turn)), model=command.get("model", "coder"))

    def _otherwise(self, asked: Asked) -> Turn:
        if self._plays_sample:
            return sample_turn(asked)
        return self._told(Turn("The flow has told me nothing more."))(asked)

    def _turn(self, told: Mapping[str, Any]) -> Turn:
        holds = {one["name"]: Hold(one.get("after", 0)) for one in told.get("holds", ())}
        self._holds.update(holds)
        fault = told.get("fault")
        return Turn(
            told.get("text", ""),
            told.get("thinking", ""),
            [Call(one["name"], one["arguments"]) for one in told.get("calls", ())],
            list(holds.values()),
            Fault(**fault) if fault else None,
            told.get("delay"),
        )

    def _told(self, turn: Turn) -> Callable[[Asked], Turn]:
        def reply(asked: Asked) -> Turn:
            line = {
                "model": asked.model,
                "tools": asked.tools,
                "user": asked.last_user,
                "results": [one.content for one in asked.results],
            }
            with self._log.open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
            return turn

        return reply


async def main(log: Path) -> None:
    """Serve until the input ends."""
    model = Model(log)
    async with Simulator(model.script, models=MODELS, pullable=PULLABLE) as simulator:
        print(simulator.base_url, flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            model.obey(json.loads(line))
            print("{}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
