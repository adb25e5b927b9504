from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from agent.histories import SYSTEM, TOOLS, TURNS, Round, Turn, prompts, text
from arriero.agent.budget import CannotFit, Fitted, fit, reserve
from arriero.agent.compaction import Compaction, decode
from arriero.agent.tokens import Calibration, TokenEstimate
from arriero.agent.window import Window
from arriero.models.types import Message, ToolCall
from scale import by_scale

WINDOWS = st.one_of(
    st.integers(2048, 131_072), st.sampled_from((2048, 4096, 8192, 16_384, 32_768, 131_072))
)
EXAMPLES = by_scale(8, full=400)


def window(size: int) -> Window:
    return Window(size, "loaded")


def check_pairs(messages: Sequence[Message]) -> None:
    """Check order and pairing: templates refuse anything else."""
    waiting: list[str | None] = []
    before = ""
    for message in messages:
        if message.role == "tool":
            assert waiting.pop(0) == message.tool_call_id
        else:
            assert not waiting, f"a call without its result before {message.role}"
            waiting = [call.id for call in message.tool_calls]
            assert (before, message.role) not in (("user", "user"), ("assistant", "assistant"))
        before = message.role
    assert not waiting


def check(messages: Sequence[Message], fitted: Fitted, size: int, estimate: TokenEstimate) -> None:
    sent = fitted.messages
    counted = estimate.count(sent, TOOLS)
    assert counted == fitted.tokens <= size - reserve(window(size), 4096)
    assert fitted.tokens + fitted.answer_tokens <= size
    check_pairs(sent)
    users = [message for message in messages if message.role == "user"]
    assert sent[0] == SYSTEM
    assert sent[1] == users[0]
    assert [m for m in sent if m.role == "user"][-1] == users[-1]
    if messages[-1].role == "tool":  # the open round: its calls whole, its results there
        start = max(i for i, m in enumerate(messages) if m.role == "assistant")
        opened = sent[-(len(messages) - start) :]
        assert opened[0].tool_calls == messages[start].tool_calls
        for now, whole in zip(opened[1:], messages[start + 1 :], strict=True):
            assert now.tool_call_id == whole.tool_call_id
            assert now.content == whole.content or "left out" in now.content
    if [*sent] != [*messages]:
        assert fitted.left_out
        assert all(one.what for one in fitted.left_out)


@pytest.mark.timeout(600)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(TURNS, WINDOWS, st.sampled_from((0.0, 0.5, 1.3)))
def test_no_prompt_exceeds_the_window_and_each_extends_the_last(
    turns: list[Turn], size: int, ratio: float
) -> None:
    calibration = Calibration((ratio, ratio), ratio) if ratio else Calibration()
    estimate = TokenEstimate("p/m", calibration)
    state, last = Compaction(), None
    for messages in prompts(turns):
        try:
            fitted = fit(messages, TOOLS, window(size), 4096, estimate, state)
        except CannotFit:
            event("cannot fit")
            check_cannot(messages, size, estimate)
            continue
        check(messages, fitted, size, estimate)
        assert fit(messages, TOOLS, window(size), 4096, estimate, state) == fitted
        if last is not None and fitted.compaction.compactions == state.compactions:
            assert fitted.messages[: len(last)] == last
        if fitted.compaction.compactions > state.compactions:
            event("compacted")
        assert decode(json.loads(json.dumps(fitted.compaction.encode()))) == fitted.compaction
        state, last = fitted.compaction, fitted.messages


def check_cannot(messages: Sequence[Message], size: int, estimate: TokenEstimate) -> None:
    """Check that it truly cannot: what is never left out takes nearly all of the room."""
    users = [message for message in messages if message.role == "user"]
    least = [SYSTEM, users[0], *users[1:][-1:]]
    if messages[-1].role == "tool":
        start = max(i for i, m in enumerate(messages) if m.role == "assistant")
        least.append(messages[start])
        least += [
            Message("tool", "x" * 300, tool_name=m.tool_name, tool_call_id=m.tool_call_id)
            for m in messages[start + 1 :]
        ]
    notes = estimate.text("12 earlier messages left out to fit the window: run_command (12)") * 2
    margin = notes + 200 * len(least) * 2  # 200 characters of a result may be a token each
    assert estimate.count(least, TOOLS) + margin > size - reserve(window(size), 4096)


def steps(count: int, characters: int) -> list[list[Message]]:
    one = Round("", "", (("ls", text(characters, 0)),))
    return prompts([Turn("Fix the failing test.", (one,) * count, "Done.")])


@pytest.mark.parametrize(
    ("size", "characters", "most"),
    [(8192, 2000, 20), (16_384, 4000, 20), (32_768, 4000, 8), (131_072, 4000, 1)],
)
def test_compactions_are_rare(size: int, characters: int, most: int) -> None:
    estimate = TokenEstimate("p/m", Calibration((0.8, 0.8), 0.8))
    state = Compaction()
    for messages in steps(80, characters):
        state = fit(messages, TOOLS, window(size), 4096, estimate, state).compaction
    assert state.compactions <= most


def test_a_short_history_is_sent_as_it_is() -> None:
    messages = steps(3, 100)[-1]
    fitted = fit(messages, TOOLS, window(32_768), 4096, TokenEstimate("p/m"))
    assert list(fitted.messages) == messages
    assert fitted.left_out == ()
    assert fitted.answer_tokens == 4096
    assert fitted.compaction == Compaction(sent=len(messages))


def test_a_huge_new_result_breaks_no_prefix() -> None:
    estimate = TokenEstimate("p/m")
    first, second = prompts(
        [Turn("Go.", (Round("", "", (("ls", "ok"),)), Round("", "", (("cat", "x" * 10**6),))), "")]
    )[1:3]
    before = fit(first, TOOLS, window(16_384), 4096, estimate)
    after = fit(second, TOOLS, window(16_384), 4096, estimate, before.compaction)
    assert after.compaction.compactions == 0
    assert after.messages[: len(before.messages)] == before.messages
    assert after.left_out[0].what.endswith("of 1,000,000 characters of a result of run_command")
    assert after.left_out[0].tokens > 100_000


def test_old_results_go_before_old_messages() -> None:
    one = Round("", "", (("ls", text(9000, 1)),))
    messages = prompts([Turn("a", (one, one, one, one), "b"), Turn("c", (one, one), "d")])[-1]
    fitted = fit(messages, TOOLS, window(16_384), 4096, TokenEstimate("p/m"))
    assert not fitted.compaction.dropped
    results = [m for m in fitted.messages if m.role == "tool"]
    shortened = ["left out" in m.content for m in results]
    assert shortened == sorted(shortened, reverse=True)
    assert True in shortened
    assert not shortened[-1]


def test_dropped_turns_leave_a_note_or_the_summary() -> None:
    turns = [Turn(f"Question {n}", (), text(4000, 1)) for n in range(12)]
    messages = prompts(turns)[-1]
    estimate = TokenEstimate("p/m")
    fitted = fit(messages, TOOLS, window(8192), 2048, estimate)
    assert fitted.dropped
    assert fitted.messages[1].content == "Question 0"
    assert fitted.messages[2].content.startswith(f"[{len(fitted.dropped)} earlier messages are")
    told = Compaction(dropped=fitted.compaction.dropped, summary="The user asked for eleven.")
    again = fit(messages, TOOLS, window(8192), 2048, estimate, told)
    assert again.messages[2].content.endswith("\nThe user asked for eleven.")


def test_the_state_of_another_history_is_not_used() -> None:
    messages = steps(3, 100)[-1]
    for foreign in (
        Compaction(dropped=frozenset({3})),  # a result without its call
        Compaction(dropped=frozenset({1})),  # the task
        Compaction(shortened={1: 2}),
        Compaction(sent=100),
    ):
        fitted = fit(messages, TOOLS, window(32_768), 4096, TokenEstimate("p/m"), foreign)
        assert list(fitted.messages) == messages
        assert fitted.compaction.compactions == 1


BIG = text(60_000, 1)


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([Message("system", BIG), Message("user", "a")], "instructions and tools"),
        ([SYSTEM, Message("user", BIG)], "select less"),
        (
            [SYSTEM, Message("user", BIG), Message("assistant", "b"), Message("user", "c")],
            "start a new session",
        ),
        (
            [
                SYSTEM,
                Message("user", "a"),
                Message("assistant", "", "", (ToolCall("1", "write_file", {"text": BIG}),)),
                Message("tool", "ok", tool_name="write_file", tool_call_id="1"),
            ],
            "smaller step",
        ),
    ],
)
def test_what_cannot_fit_is_said_with_what_to_do(messages: list[Message], words: str) -> None:
    with pytest.raises(CannotFit, match=words) as caught:
        fit(messages, TOOLS, window(8192), 4096, TokenEstimate("p/m"))
    assert "8,192" in str(caught.value)
    assert "num_ctx" in str(caught.value)
