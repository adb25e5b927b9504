"""What is told of a session's context, folded from its events."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.agent.cached_share import CachedShare
from arriero.agent.report import ContextReport, ReportFold, Totals, percent, report, short
from arriero.models.ollama import OllamaProvider
from arriero.models.rehearsal import SimulatedModel, Simulator, Turn
from arriero.models.types import ChatRequest, Finished, Message, RunnerOptions
from arriero.sessions.events import (
    Compacted,
    Event,
    EventBody,
    Given,
    Notice,
    RunEnded,
    RunStarted,
    StepEnded,
    StepRetried,
    Text,
)


def stored(*bodies: EventBody) -> list[Event]:
    return [Event(seq, "ses_1", "run_1", 1000.0, body) for seq, body in enumerate(bodies, 1)]


def started(model: str = "qwen3") -> RunStarted:
    return RunStarted("Do it", "Do it", "agent", model, "ollama")


STEP = StepEnded(1, 5800, 300, 0, 900, 9677, 5452, 16_384, "prompted")


def test_a_report_of_a_step() -> None:
    told = report(stored(started(), Text(1, "Hm."), STEP, RunEnded("end_turn", "Done.")))
    assert told == ContextReport(
        model="qwen3",
        provider="ollama",
        rung="prompted",
        window=16_384,
        prompt_tokens=5800,
        answer_tokens=300,
        cached_tokens=5452,
        tokens_per_second=300 * 1000 / 9677,
        prompt_ms=900,
        steps=1,
        totals=Totals(5800, 300, 0, 900, 9677),
    )
    assert told.line() == "qwen3 · 6.1k of 16k tokens · 94 % cached · 31 tokens/s"


def test_the_model_that_took_over_is_told() -> None:
    other = replace(STEP, window=8192, cached_tokens=None)
    told = report(
        stored(
            started(),
            STEP,
            Notice("warning", "small of lab answers from now on: busy", "small", "lab"),
            Notice("info", "Something else."),
            other,
        )
    )
    assert (told.model, told.provider, told.window) == ("small", "lab", 8192)
    assert told.cached_tokens is None  # what the other one has in its cache says nothing


def test_what_stands_beside_the_newest_prompt_is_listed() -> None:
    first = replace(started(), given=(Given("a | b.py", "it is selected", 1200),))
    newest = replace(
        started(), given=(Given("map", "it is first", 5),), not_given=("b.py: there is no room.",)
    )
    failed = replace(started(), model="", given=())
    page = report(stored(first, STEP)).markdown()
    assert "was given:\n\n- a \\| b.py: it is selected (1,200 tokens)\n\nNothing is" in page
    told = report(stored(first, STEP, newest, STEP, failed))
    assert (told.given, told.not_given) == (newest.given, newest.not_given)
    assert (
        "- map: it is first (5 tokens)\n- not given: b.py: there is no room.\n" in told.markdown()
    )
    assert "was given" not in report(stored(first, STEP, started(), STEP)).markdown()


def test_what_the_system_message_has_no_room_for_is_told_as_long_as_the_session_lives() -> None:
    begun = replace(started(), system="You are", system_left_out=("60 % of AGENTS.md is not sent",))
    newest = replace(started(), not_given=("b.py: there is no room.",))
    page = report(stored(begun, STEP, newest, STEP)).markdown()
    assert "- not given: 60 % of AGENTS.md is not sent\n- not given: b.py: there is no" in page


def test_what_is_left_out_is_listed() -> None:
    left_out = ("3 earlier messages", "2,000 of 9,000 characters of a result of read_file")
    events = stored(
        started(),
        STEP,
        Compacted(2, {}, ("older",), 1),
        Compacted(2, {}, left_out, 2),
        StepRetried(2, "the answer was empty"),
        STEP,
    )
    told = report(events)
    assert (told.left_out, told.compactions, told.retries, told.steps) == (left_out, 2, 1, 2)
    assert told.line().endswith("some left out")
    page = told.markdown()
    for words in (
        "| Window | 6,100 of 16,384 tokens (37 %) |",
        "| Newest prompt | 5,800 tokens, 94 % of it cached |",
        "| Newest answer | 300 tokens, 31 tokens/s |",
        "| Steps | 2, 1 asked again |",
        "| In all | 11,600 tokens read, 600 answered |",
        "| Shortened | 2 times, to fit the window |",
        "- 3 earlier messages\n- 2,000 of 9,000 characters of a result of read_file",
    ):
        assert words in page


def test_a_session_without_a_step_has_nothing_to_tell() -> None:
    told = report(stored(started(), RunEnded("error", "Start Ollama.")))
    assert told.line() == ""
    assert told.markdown() == "Nothing was sent to a model in this session yet.\n"


def test_what_the_server_does_not_tell_is_not_told() -> None:
    told = report(stored(started("a|b"), StepEnded(1)))
    assert told.line() == "a|b"
    page = told.markdown()
    assert "a\\|b (ollama)" in page
    assert "does not tell its window" in page
    assert "tokens/s" not in page
    assert "cached" not in page


def test_another_model_has_another_window_and_speed() -> None:
    told = report(stored(started(), STEP, started(""), started("big"), StepEnded(1, 100, 10)))
    assert (told.model, told.window, told.tokens_per_second) == ("big", 0, None)


def test_a_fold_is_the_same_as_the_whole() -> None:
    events = stored(started(), STEP, StepRetried(1, "again"), STEP)
    fold = ReportFold()
    for event in events:
        fold.add(event.body)
    assert fold.report == report(events)


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0"), (999, "999"), (1000, "1k"), (6100, "6.1k"), (6140, "6.1k"), (16_384, "16k"),
     (8192, "8k"), (40_960, "40k"), (99_949, "99.9k"), (99_950, "100k"), (131_072, "128k"),
     (9_960, "10k")],
)  # fmt: skip
def test_short(count: int, words: str) -> None:
    assert short(count) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0 %"), (1, "100 %"), (0.999, "99 %"), (0.001, "1 %"), (0.5, "50 %")]
)
def test_percent(share: float, words: str) -> None:
    assert percent(share) == words


# -- the estimate of what was cached


def test_after_a_load_nothing_is_cached() -> None:
    share = CachedShare()
    assert share.add(StepEnded(1, 2000, 100, load_ms=3000, prompt_ms=2000)) == 0
    # One token a millisecond is known now: 2,400 tokens in 300 ms are 300 new ones.
    assert share.add(StepEnded(2, 2400, 100, prompt_ms=300)) == 2100


@pytest.mark.parametrize(
    "step",
    [StepEnded(1), StepEnded(1, 5000, 10), StepEnded(1, 5000, 10, prompt_ms=40)],
    ids=["no counts", "no time", "a first prompt"],
)
def test_what_cannot_be_known_is_not_told(step: StepEnded) -> None:
    told = CachedShare().add(step)
    assert told in (None, 0)  # never that something was cached


@given(st.integers(0, 2**32), st.booleans(), st.floats(0.05, 20))
def test_the_estimate_is_near_the_truth(seed: int, loads: bool, speed: float) -> None:
    """A server whose speed is constant; now and then its cache is lost."""
    chance = random.Random(seed)
    share, told = CachedShare(), []
    prompt, kept = chance.randint(1000, 4000), 0 if loads else chance.randint(0, 900)
    for number in range(12):
        lost = number > 0 and chance.random() < 0.15
        cached = 0 if lost else kept
        took = max(1, round((prompt - cached) / speed))
        answer = chance.randint(10, 300)
        load_ms = 4000 if loads and number == 0 else 30
        estimate = share.add(StepEnded(number, prompt, answer, load_ms, took))
        if estimate is not None and prompt / speed > 200:  # else a millisecond is too coarse
            told.append(abs(estimate - cached) / prompt)
        kept = prompt + answer
        prompt = kept + chance.choice((70, 400, 3000))
    if loads:
        assert max(told, default=0) <= 0.05
    else:
        assert max(told, default=0) <= 0.3


@given(st.integers(0, 2**32))
def test_a_cache_that_never_works_is_not_told_to_work(seed: int) -> None:
    chance = random.Random(seed)
    share, prompt = CachedShare(), 3000
    for number in range(12):
        took = round(prompt * chance.uniform(0.97, 1.03))
        told = share.add(StepEnded(number, prompt, 50, 30, took))
        assert told is None or told <= prompt * 0.2
        prompt += 50 + chance.choice((80, 500, 2500))


async def test_the_share_of_a_rehearsed_server() -> None:
    messages = [Message("system", "You help. " * 300), Message("user", "Look.")]
    fold = ReportFold()
    fold.add(started("m"))
    async with Simulator([Turn("I look.")] * 5, models=[SimulatedModel("m")]) as simulator:
        provider = OllamaProvider("ollama", simulator.base_url)
        for number in range(4):
            request = ChatRequest("m", tuple(messages), runner=RunnerOptions(16_384))
            async for chunk in provider.chat(request):
                if isinstance(chunk, Finished):
                    told = chunk.usage
            fold.add(
                StepEnded(
                    number, told.prompt_tokens, told.answer_tokens, told.load_ms, told.prompt_ms
                )
            )
            messages += [Message("assistant", "I look."), Message("user", "And there? " * 40)]
        await provider.aclose()
    share = fold.report.cached_share
    assert fold.report.cached_estimated
    assert share is not None
    assert 0.7 < share < 1
