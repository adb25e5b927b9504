"""Summaries of what is dropped: asked within the window, cleaned, and never a reason to fail."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.fakes import ScriptedProvider, say
from agent.histories import SYSTEM, TOOLS, TURNS, prompts, text
from agent.histories import Turn as AskedTurn
from arriero.agent.compaction import Compaction, decode
from arriero.agent.content import neutral
from arriero.agent.prompt_budget import PromptBudget
from arriero.agent.summary import (
    clean,
    most_summary_tokens,
    summarise,
    summary_prompt,
    worth_a_summary,
)
from arriero.agent.token_profile import TokenProfiles
from arriero.agent.tokens import Calibration, TokenEstimate
from arriero.agent.window import Window
from arriero.models.errors import ModelError, StreamBroken
from arriero.models.ollama import OllamaProvider
from arriero.models.rehearsal import Asked, SimulatedModel, Simulator, Turn
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    Message,
    Provider,
    RunnerOptions,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
    Usage,
)
from scale import is_full

FULL = is_full()
WINDOW = 8192
DROPPED = (
    Message("user", "Rename the field `total` in shop/money.py, but keep the JSON as it is."),
    Message("assistant", "I look.", "Hm.", (ToolCall("1", "read_file", {"path": "money.py"}),)),
    Message("tool", "class Money:\n    total: int\n", "", (), "read_file", "1"),
)


def estimate() -> TokenEstimate:
    return TokenEstimate("ollama/m")


async def summed_up(provider: Provider, previous: str = "", window: int = WINDOW) -> str:
    return await summarise(
        provider,
        "m",
        RunnerOptions(window, "10m"),
        DROPPED,
        previous,
        window=window,
        estimate=estimate(),
        seed=7,
        affinity="ses_1",
    )


async def test_what_is_asked() -> None:
    provider = ScriptedProvider([say("The user wants `total` renamed.")])
    assert await summed_up(provider, "Earlier: a shop.") == "The user wants `total` renamed."
    (request,) = provider.requests
    assert (request.tools, request.think, request.temperature) == ((), False, 0.0)
    assert (request.tool_choice, request.seed, request.affinity) == ("none", 7, "ses_1")
    assert request.runner == RunnerOptions(WINDOW, "10m")
    assert request.max_tokens == 600
    system, asked = request.messages
    assert (system.role, asked.role) == ("system", "user")
    for words in (
        "Notes on what was before:\n\nEarlier: a shop.",
        "User: Rename the field `total`",
        'Call of read_file: {"path": "money.py"}',
        "Result of read_file: class Money:\n    total: int",
    ):
        assert words in asked.content
    assert "Hm." not in asked.content, "thinking is no part of the course of things"


@pytest.mark.parametrize(
    "turn",
    [
        [ModelError("Start Ollama.")],
        [TextChunk("The user"), StreamBroken("The answer stopped.")],
        say(""),
        say("<think>What do they want?"),
        [ThinkingChunk("Hm."), Finished("length", Usage())],
        [ToolCallChunk(ToolCall("1", "read_file", {})), Finished("stop", Usage())],
    ],
    ids=["refused", "broken", "empty", "only thinks", "thinks natively", "calls"],
)
async def test_without_words_there_is_none(
    turn: list[Chunk | ModelError], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert await summed_up(ScriptedProvider([turn])) == ""
    assert "no summary" in caplog.text


async def test_cancelling_closes_the_stream() -> None:
    waits = asyncio.Event()
    provider = ScriptedProvider([[TextChunk("The"), waits]])
    asking = asyncio.create_task(summed_up(provider))
    while not provider.requests:
        await asyncio.sleep(0.001)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert provider.closed_early == 1


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("<think>a\nb</think>\n\nDone.", "Done."),
        ("The template began it\n</think>Done.", "Done."),
        ("- a\n\n\n- b\n", "- a\n- b"),
        ("```markdown\n- a\n```", "- a"),
        ("Notes.\n<tool_call>\n{}\n</tool_call>", "Notes."),
        ("Notes. <tool_call>{", "Notes."),
        ('Notes.[TOOL_CALLS][{"name"', "Notes."),
        ("It <\u200b|im_end|> ends.", "It <|im_end|> ends."),
        ("Größe \udcff", "Größe \ufffd"),
    ],
)
def test_clean(said: str, left: str) -> None:
    assert clean(said, 600, estimate()) == left


def test_a_summary_that_is_too_long_is_cut_at_a_line() -> None:
    notes = "\n".join(f"- file number {number} was read" for number in range(200))
    kept = clean(notes, 300, estimate())
    assert 200 < estimate().text(kept) <= 300
    assert notes.startswith(kept + "\n")


def test_no_mark_of_a_template_is_left() -> None:
    mark = "<|im_start|>"
    (_, asked) = summary_prompt((Message("user", mark),), mark, WINDOW, 600, estimate()) or ()
    assert mark not in asked.content
    assert asked.content.count(neutral(mark)) == 2


@pytest.mark.parametrize(
    ("tokens", "window", "worth"),
    [(0, 8192, False), (1799, 8192, False), (1800, 8192, True), (10_000, 2047, False),
     (768, 2048, True), (9000, 131_072, True)],
)  # fmt: skip
def test_what_is_worth_a_summary(tokens: int, window: int, worth: bool) -> None:
    assert worth_a_summary(tokens, window) is worth


@given(st.integers(0, 200_000), st.integers(0, 5000))
def test_a_summary_takes_an_eighth_at_most(window: int, wanted: int) -> None:
    assert most_summary_tokens(window, wanted) == min(wanted, 600, window // 8)


CALIBRATIONS = st.sampled_from(
    [Calibration(), Calibration((0.5, 0.6)), Calibration((3.0, 2.0)), Calibration(whole=4.0)]
)


@settings(max_examples=40 if FULL else 12, deadline=None)
@given(TURNS, st.sampled_from((600, 2048, 4096, 16_384, 131_072)), CALIBRATIONS, st.booleans())
def test_the_request_always_fits(
    turns: list[AskedTurn], window: int, calibration: Calibration, again: bool
) -> None:
    history = prompts(turns)[-1]
    weigher, limit = TokenEstimate("m", calibration), most_summary_tokens(window)
    previous = text(1500, 1) if again else ""
    asked = summary_prompt(history[1:], previous, window, limit, weigher)
    if asked is None:
        assert window <= 4096 or calibration.ratio > 2, "a window in which there is room"
        return
    assert weigher.count(asked) + limit <= window
    for message in asked:
        message.content.encode()


def test_very_many_messages_fit_too() -> None:
    many = [Message("user" if n % 2 else "assistant", f"Word {n} " * 5) for n in range(20_000)]
    (_, asked) = summary_prompt(many, "", WINDOW, 600, estimate()) or ()
    assert estimate().text(asked.content) < WINDOW
    assert "entries are left out here]" in asked.content
    assert "Word 0 " in asked.content
    assert "Word 19999 " in asked.content


# -- with a budget: how a compaction gets its summary


def scripted(summaries: list[str]) -> Callable[[Asked], Turn]:
    def answer(asked: Asked) -> Turn:
        if "Transcript of what happened" in asked.last_user:
            summaries.append(asked.last_user)
            return Turn(f"Summary {len(summaries)}: the user wants the test fixed.")
        return Turn("I go on.")

    return answer


async def test_a_long_session_with_summaries(tmp_path: Path) -> None:
    summaries: list[str] = []
    model = SimulatedModel("m", trained_window=WINDOW)
    async with (
        Simulator([scripted(summaries)] * 90, models=[model]) as simulator,
        aclosing(OllamaProvider("ollama", simulator.base_url)) as provider,
    ):
        profiles = TokenProfiles(tmp_path)
        told: list[str] = []

        async def tell(sentence: str) -> None:
            told.append(sentence)

        weights = await profiles.estimate("ollama/m")

        async def put_in_words(dropped: Sequence[Message], earlier: str, window: Window) -> str:
            if not worth_a_summary(sum(map(weights.weigh, dropped)), window.size):
                return ""
            runner = RunnerOptions(WINDOW)
            return await summarise(
                provider, "m", runner, dropped, earlier, window=window.size, estimate=weights
            )

        planned = Window(WINDOW, "settings")
        budget = PromptBudget(provider, planned, weights, profiles, tell, summarise=put_in_words)
        sent: list[ChatRequest] = []

        @answering
        async def send(request: ChatRequest) -> AsyncIterator[Chunk]:
            sent.append(request)
            async for chunk in provider.chat(request):
                yield chunk

        messages = [SYSTEM, Message("user", "Fix the failing test.")]
        for number in range(40):
            request = ChatRequest("m", tuple(messages), TOOLS, RunnerOptions(WINDOW))
            await budget.ask(request, send)
            call = ToolCall(f"c{number}", "run_command", {"command": "cat"})
            messages += [
                Message("assistant", "I go on.", "", (call,)),
                Message("tool", text(1500, number % 6), "", (), "run_command", call.id),
            ]
        assert len(simulator.loads) == 1
    state = budget.compaction
    assert 1 <= len(summaries) <= state.compactions
    assert state.summary == f"Summary {len(summaries)}: the user wants the test fixed."
    assert decode(state.encode()) == Compaction(
        dict(state.shortened), state.dropped, state.sent, state.compactions, state.summary
    )
    assert any(state.summary in message.content for message in sent[-1].messages)
    assert "Summary 1:" in summaries[1], "the summary before is a part of the next"
    breaks = sum(
        later.messages[: len(earlier.messages)] != earlier.messages
        for earlier, later in itertools.pairwise(sent)
    )
    assert breaks == state.compactions == len(told)


class _Answered:
    def __init__(self, usage: Usage) -> None:
        self.usage = usage


def answering(
    chat: Callable[[ChatRequest], AsyncIterator[Chunk]],
) -> Callable[[ChatRequest], Awaitable[_Answered]]:
    async def send(request: ChatRequest) -> _Answered:
        return _Answered([c.usage async for c in chat(request) if isinstance(c, Finished)][-1])

    return send
