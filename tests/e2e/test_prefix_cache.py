"""What a session costs a server that keeps its prompt: new tokens only, and one load."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from arriero.agent.request import RunRequest
from arriero.models.rehearsal import Asked, Call, Script, SimulatedModel, Simulator, Turn
from arriero.models.rehearsal.broken.moment import Moment
from arriero.models.rehearsal.broken.reading import read
from arriero.models.rehearsal.broken.solver import Answer
from arriero.models.rehearsal.tokens import render
from e2e.sample_bench import opened
from models.asking import client

STEPS = 20
LARGEST_SHARE = 1.05  # of the new tokens
MODEL = SimulatedModel("rehearsal", trained_window=65_536, num_ctx=65_536)

Plan = Callable[[int], tuple[Call, ...]]


def looks_and_edits(step: int) -> tuple[Call, ...]:
    """Return the calls of a step: reading, an edit now and then, a command, two calls at once."""
    look = Call("read_file", {"path": "notes.txt", "offset": 1 + 10 * step, "limit": 10})
    if step % 5 == 3:
        old, new = f"line {step} of", f"line {step} (read) of"
        return (Call("edit_file", {"path": "notes.txt", "old_string": old, "new_string": new}),)
    if step % 7 == 4:
        return (Call("run_command", {"command": f"echo {step}"}),)
    return (look, Call("list_directory", {"path": "tally"})) if step % 6 == 2 else (look,)


class Worker:
    """A model that makes `steps` steps in each run, in whatever form it is asked in."""

    def __init__(self, plan: Plan, steps: int) -> None:
        self._plan, self._steps, self._step = plan, steps, 0
        self.forms: set[str] = set()

    def answer(self, asked: Asked) -> Turn:
        seen = read(asked)
        self.forms.add(seen.form)
        self._step += 1
        done = self._step % self._steps == 0
        answer = (
            Answer("That is all: it is done.")
            if done
            else Answer(f"Step {self._step}. ", self._plan(self._step)[: self._most(seen.form)])
        )
        return Moment(seen, answer, Random(1), lambda _: None).say()

    def _most(self, form: str) -> int:
        return 1 if form == "constrained" else 2


@pytest.mark.parametrize(
    ("tools", "form"), [("native", "native"), ("text", "prompted"), ("schema", "constrained")]
)
@pytest.mark.parametrize("runs", [1, 4])
async def test_only_new_tokens_are_read(tools: str, form: str, runs: int, tmp_path: Path) -> None:
    """Over all steps of a session, also over several runs; each prompt extends the one before."""
    worker = Worker(looks_and_edits, STEPS // runs)
    simulator = Simulator(Script(otherwise=worker.answer), models=[MODEL])
    async with opened(tmp_path, simulator, tools=tools) as (attachment, _, root):
        text = "".join(f"line {number} of the notes\n" for number in range(400))
        (root / "notes.txt").write_text(text)
        session = None
        for number in range(runs):
            request = RunRequest(f"Task {number}", "agent", "Work", session, apply="auto")
            run = await attachment.start(request)
            result = await asyncio.wait_for(run.wait(), 60)
            assert (result.stop_reason, result.message) == ("end_turn", "That is all: it is done.")
            session = result.session_id
    assert worker.forms == {form}
    assert len(simulator.evaluations) == STEPS
    assert len(simulator.loads) == 1
    check_the_cost(simulator)
    check_the_bytes(simulator)


def check_the_cost(simulator: Simulator) -> None:
    prompts = simulator.evaluations
    new = prompts[0].tokens + sum(b.tokens - a.tokens for a, b in pairwise(prompts))
    evaluated = sum(prompt.evaluated for prompt in prompts)
    assert new == prompts[-1].tokens
    assert evaluated <= LARGEST_SHARE * new, (evaluated, new)
    assert new > 3000, "a session that is long enough to show something"


def check_the_bytes(simulator: Simulator) -> None:
    bodies = [request.body for request in simulator.chats]
    fixed = [{k: v for k, v in body.items() if k != "messages"} for body in bodies]
    assert all(one == fixed[0] for one in fixed), "tools, options and format never change"
    rendered = ["".join(render(b["messages"], b.get("tools") or ()).tokens) for b in bodies]
    for earlier, later in pairwise(rendered):
        assert later.startswith(earlier)


async def test_a_prompt_that_changes_early_would_be_seen() -> None:
    """The measure itself: a server reads everything anew when the system message changes."""
    simulator = Simulator(Script(otherwise=Turn("a")), models=[MODEL])
    async with simulator, client(simulator) as http:
        for number in range(STEPS):
            messages = [
                {"role": "system", "content": f"It is {number} o'clock."},
                {"role": "user", "content": "word " * 200 * (number + 1)},
            ]
            await http.post("/api/chat", json={"model": "rehearsal", "messages": messages})
    with pytest.raises(AssertionError):
        check_the_cost(simulator)
    with pytest.raises(AssertionError):
        check_the_bytes(simulator)
