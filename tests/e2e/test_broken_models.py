"""Models that break in many ways still mend the demo's sample, and say why where they do not.

`sample_bench` says what of a run is real here and what is not.
"""

from __future__ import annotations

import multiprocessing
import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest

from arriero.models.rehearsal import Asked, Call, Fault, Script, SimulatedModel, Simulator, Turn
from arriero.models.rehearsal.broken import KINDS
from arriero.models.rehearsal.broken.moment import Moment
from arriero.models.rehearsal.broken.reading import read
from arriero.models.rehearsal.broken.solver import Answer
from arriero.models.rehearsal.sample_script import SAMPLE_MODEL
from arriero.models.rehearsal.script import FaultKind
from e2e.sample_bench import LIMITS, Verdict, play, verdicts
from scale import by_scale

# All hundred runs of each kind take ten minutes: `ARRIERO_TEST_SCALE=long` does them.
RUNS = by_scale(1, full=20, long=100)
WORKERS = min(RUNS, 4, os.cpu_count() or 1)
# In a single run a habit may last longer than anybody would go on asking.
ENOUGH = 0.95


Play = Callable[[str, Sequence[range]], list[Verdict]]


@pytest.fixture(scope="module")
def play_all() -> Iterator[Play]:
    """Play shares of a kind's runs, in processes of their own where there are many."""
    if RUNS == 1:  # a process would cost more than the run
        yield lambda kind, shares: [one for share in shares for one in verdicts(kind, share)]
        return
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn")) as pool:
        yield lambda kind, shares: [
            one for part in pool.map(verdicts, [kind] * len(shares), shares) for one in part
        ]


def check_the_end(verdict: Verdict) -> None:
    """A run ends once, and if it did not mend the sample, with a sentence that names the cause."""
    assert verdict.ends == 1
    assert verdict.message.strip()
    if not verdict.green:
        assert re.search(r"\S\.$", verdict.message), verdict.message
        assert len(verdict.message) > 30, verdict.message


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", list(KINDS))
def test_a_broken_model_mends_the_sample(kind: str, play_all: Play) -> None:
    found = play_all(kind, [range(first, RUNS, WORKERS) for first in range(WORKERS)])
    assert len(found) == RUNS
    for verdict in found:
        check_the_end(verdict)
    failures = [verdict for verdict in found if not verdict.green]
    assert RUNS - len(failures) >= ENOUGH * RUNS, failures
    if KINDS[kind].share and RUNS >= 20:
        assert sum(one.broke for one in found), "the habit never showed"


def always(**fields: Any) -> Simulator:
    """Return a simulator whose model gives one answer for ever."""
    return Simulator(Script(otherwise=Turn(**fields)), models=[SAMPLE_MODEL])


def fails(kind: FaultKind, after: int = 1, **fields: Any) -> Simulator:
    return always(text="a b c", fault=Fault(kind, after, **fields))


def calling(*calls: Call) -> Simulator:
    """Return a simulator whose model makes the same calls for ever, in every form."""

    def answer(asked: Asked) -> Turn:
        return Moment(read(asked), Answer("I look.\n", calls), Random(1), lambda _: None).say()

    return Simulator(Script(otherwise=answer), models=[SAMPLE_MODEL])


LINE = "Let me look at the ledger once more, and then at the amounts.\n"
LOOK = Call("list_directory", {"path": "."})
HOPELESS = {
    "empty answers": (always(), "empty answer"),
    "thinking only": (always(thinking="Hm. But wait. " * 9999), "thinking|empty answer"),
    "one line for ever": (always(text=LINE * 999), "repeat"),
    "the same call": (calling(LOOK), "list_directory .*same result"),
    "the same mistake": (calling(Call("read_file")), "read_file .*failed each time"),
    "unknown tools": (calling(Call("fly")), "fly"),
    "cut": (fails("cut"), "stopped in the middle"),
    "no last line": (fails("no_done"), "stopped in the middle"),
    "rubbish": (fails("rubbish"), "stopped in the middle"),
    "silence": (fails("hang"), "sent nothing for"),
    "a runner that dies": (fails("crash"), "crashed in Ollama"),
    "a full queue": (fails("status", status=503, text="busy"), "too many requests"),
    "no memory": (
        fails("status", text="model requires more system memory (9 GiB) than is available"),
        "not enough memory",
    ),
    "unreadable calls": (fails("status", text="error parsing tool call: raw='{'"), "not read"),
    "no model": (Simulator(models=[]), "ollama pull"),
    "a tiny window": (
        Simulator(models=[SimulatedModel("tiny", trained_window=600)]),
        r"window.*window\.num_ctx",
    ),
}


@pytest.mark.parametrize("why", list(HOPELESS))
async def test_what_cannot_succeed_says_why(
    why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arriero.models.ollama.client._FIRST_PAUSE", 0.001)
    simulator, told = HOPELESS[why]
    played = await play(tmp_path, simulator, agent=LIMITS)
    assert not played.green
    message = played.result.message
    assert re.search(told, message), message
    assert re.fullmatch(r"\S[^\n]*\.", message), message
    assert played.kinds.count("run_ended") == 1
    assert len(simulator.chats) <= 20, "it is given up"


def test_there_are_many_kinds() -> None:
    assert len(KINDS) >= 24
