"""Whole runs of prompts against the simulator: none is refused twice, cut, or read in vain."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from agent.fakes import ScriptedProvider, say
from agent.fakes import Turn as ScriptedTurn
from agent.histories import SYSTEM, TOOLS, text
from arriero.agent.ladder import Rung, render
from arriero.agent.prompt_budget import PromptBudget
from arriero.agent.token_profile import TokenProfiles
from arriero.agent.window import Window
from arriero.models.errors import ModelError, ProviderUnavailable, WindowExceeded
from arriero.models.ollama import OllamaProvider
from arriero.models.rehearsal import SimulatedModel, Simulator, Turn
from arriero.models.rehearsal.catalog import Path as RenderingPath
from arriero.models.types import (
    ChatRequest,
    Finished,
    LoadedModel,
    Message,
    Provider,
    RunnerOptions,
    TextChunk,
    ToolCall,
    Usage,
)


@dataclass
class Answer:
    usage: Usage
    text: str = ""


@dataclass
class Run:
    """Asks step by step, as the loop does, and keeps what was sent and told."""

    provider: Provider
    budget: PromptBudget
    sent: list[ChatRequest] = field(default_factory=list)
    answers: list[Usage] = field(default_factory=list)

    async def send(self, request: ChatRequest) -> Answer:
        self.sent.append(request)
        answer = Answer(Usage())
        async for chunk in self.provider.chat(request):
            match chunk:
                case TextChunk(said):
                    answer.text += said
                case Finished(_, usage):
                    answer.usage = usage
        self.answers.append(answer.usage)
        return answer

    async def steps(self, results: Sequence[str], num_ctx: int) -> None:
        messages = [SYSTEM, Message("user", "Fix the failing test.")]
        for number, result in enumerate(results):
            request = ChatRequest("m", tuple(messages), TOOLS, RunnerOptions(num_ctx))
            answer = await self.budget.ask(request, self.send)
            call = ToolCall(f"c{number}", "run_command", {"command": "cat"})
            messages += [
                Message("assistant", answer.text, "", (call,)),
                Message("tool", result, "", (), "run_command", call.id),
            ]


def ollama(simulator: Simulator) -> aclosing[OllamaProvider]:
    return aclosing(OllamaProvider("ollama", simulator.base_url))


@dataclass
class Told:
    sentences: list[str] = field(default_factory=list)

    async def tell(self, sentence: str) -> None:
        self.sentences.append(sentence)


async def made(provider: Provider, planned: int, folder: Path) -> tuple[Run, Told]:
    profiles, told = TokenProfiles(folder), Told()
    estimate = await profiles.estimate("ollama/m")
    budget = PromptBudget(provider, Window(planned, "settings"), estimate, profiles, told.tell)
    return Run(provider, budget), told


def question(num_ctx: int | None = None) -> ChatRequest:
    return ChatRequest("m", [SYSTEM, Message("user", "a")], runner=RunnerOptions(num_ctx))


RESULTS = [text(1000, number % 6) for number in range(30)]  # prose, code, digits, signs …


@pytest.mark.parametrize("path", ["native", "rendered"])
async def test_a_long_run_stays_within_a_small_window(path: RenderingPath, tmp_path: Path) -> None:
    model = SimulatedModel("m", path=path, trained_window=8192)
    async with (
        Simulator([Turn("I go on.")] * 60, models=[model]) as simulator,
        ollama(simulator) as provider,
    ):
        run, told = await made(provider, 8192, tmp_path)
        await run.steps(RESULTS, 8192)
        assert len(simulator.loads) == 1
    assert len(run.sent) == len(RESULTS)  # not one was refused
    assert all(usage.prompt_tokens <= 8192 for usage in run.answers)
    assert run.budget.compaction.compactions in range(1, 20)
    assert run.budget.left_out
    breaks = 0
    for earlier, later in zip(run.sent, run.sent[1:], strict=False):
        breaks += later.messages[: len(earlier.messages)] != earlier.messages
    assert breaks == run.budget.compaction.compactions
    assert sum("outgrew the window" in sentence for sentence in told.sentences) == breaks
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("path", ["native", "rendered"])
async def test_a_window_smaller_than_told_is_found_out(path: RenderingPath, tmp_path: Path) -> None:
    model = SimulatedModel("m", path=path, trained_window=4096, size_vram=1_000_000_000)
    async with (
        Simulator([Turn("I go on.")] * 60, models=[model]) as simulator,
        ollama(simulator) as provider,
    ):
        run, told = await made(provider, 32_768, tmp_path)
        await run.steps(["x y " * 6000, *RESULTS[:5]], 32_768)
    assert run.budget.window.size == 4096
    assert run.budget.window.source == "loaded"
    assert "4,096 tokens instead of 32,768" in told.sentences[0]
    assert "50 %" in told.sentences[1]
    assert len(run.answers) == 6


@pytest.mark.parametrize("path", ["native", "rendered"])
async def test_a_first_prompt_that_is_refused_is_shortened(
    path: RenderingPath, tmp_path: Path
) -> None:
    model = SimulatedModel("m", path=path, trained_window=4096)
    messages = [SYSTEM]
    for number in range(8):
        messages += [Message("user", f"Question {number}"), Message("assistant", "x y " * 700)]
    messages.append(Message("user", "And now?"))
    async with (
        Simulator([Turn("Done.")], models=[model]) as simulator,
        ollama(simulator) as provider,
    ):
        run, _ = await made(provider, 32_768, tmp_path)
        answer = await run.budget.ask(ChatRequest("m", messages, TOOLS), run.send)
    assert answer.text == "Done."
    assert len(run.sent) == 2
    assert run.sent[1].messages[-1].content == "And now?"
    assert run.budget.tokens == answer.usage.prompt_tokens


async def test_a_cut_ends_the_step(tmp_path: Path) -> None:
    provider = ScriptedProvider([[TextChunk("Fine."), Finished("stop", Usage(300, 3))]])
    run, _ = await made(provider, 8192, tmp_path)
    request = ChatRequest("m", [SYSTEM, Message("user", "x y " * 2600)])
    with pytest.raises(ModelError, match="cut the prompt without saying so"):
        await run.budget.ask(request, run.send)
    assert not list(tmp_path.iterdir())  # nothing was learned from it


@pytest.mark.parametrize(
    ("before", "after"), list(itertools.permutations(("native", "prompted", "constrained"), 2))
)
async def test_another_form_of_tools_is_no_cut(before: Rung, after: Rung, tmp_path: Path) -> None:
    """The same history has far fewer tokens on one rung than on another."""
    counts = (3000, 400)
    turns: list[ScriptedTurn] = [[TextChunk("A."), Finished("stop", Usage(n, 3))] for n in counts]
    run, _ = await made(ScriptedProvider(turns), 8192, tmp_path)
    request = ChatRequest("m", [SYSTEM, Message("user", "a")], TOOLS)
    for rung in (before, after):
        await run.budget.ask(request, run.send, partial(render, rung=rung))
    assert [usage.prompt_tokens for usage in run.answers] == list(counts)


async def test_refusals_without_end_are_passed_on(tmp_path: Path) -> None:
    provider = ScriptedProvider([[WindowExceeded("too long")]] * 3)
    run, _ = await made(provider, 8192, tmp_path)
    with pytest.raises(ModelError):
        await run.budget.ask(question(), run.send)
    assert len(run.sent) <= 3


@dataclass
class Untelling(ScriptedProvider):
    async def loaded(self) -> list[LoadedModel]:
        raise ProviderUnavailable("gone")


async def test_a_window_that_cannot_be_read_back_stays_as_planned(tmp_path: Path) -> None:
    run, told = await made(Untelling([say("Hello.")]), 8192, tmp_path)
    answer = await run.budget.ask(question(), run.send)
    assert answer.text == "Hello."
    assert run.budget.window == Window(8192, "settings")
    assert told.sentences == []


async def test_what_was_told_is_not_told_again(tmp_path: Path) -> None:
    model = SimulatedModel("m", trained_window=8192, size_vram=0)
    already: set[str] = set()
    told = Told()
    async with (
        Simulator([Turn("a"), Turn("b")], models=[model]) as simulator,
        ollama(simulator) as provider,
    ):
        profiles = TokenProfiles(tmp_path)
        for _ in range(2):
            budget = PromptBudget(
                provider,
                Window(8192, "default"),
                await profiles.estimate("ollama/m"),
                profiles,
                told.tell,
                told=already,
            )
            run = Run(provider, budget)
            await budget.ask(question(8192), run.send)
    assert told.sentences == ["m runs on the CPU alone: answers will be slow."]
