from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from agent.histories import SYSTEM, TOOLS
from arriero.agent.token_profile import TokenProfiles, model_key
from arriero.agent.tokens import FIRST_RATIO, Calibration, TokenEstimate
from arriero.models.ollama import wire
from arriero.models.rehearsal import tokens as rehearsal
from arriero.models.types import ChatRequest, Message, ToolCall

PROSE = "The quick brown fox jumps over the lazy dog, and then it sleeps. "
CODE = Path(rehearsal.__file__).read_text(encoding="utf-8")


def user(text: str) -> Message:
    return Message("user", text)


def counted(messages: list[Message]) -> int:
    """Return the count of the simulated model for what the provider would send."""
    fields = wire.chat_body(ChatRequest("m", messages, TOOLS))
    return rehearsal.render(fields["messages"], fields["tools"]).count


SAMPLES = json.loads((Path(__file__).parent / "token_samples.json").read_text(encoding="utf-8"))
OLD = "mistral-v3"  # 32,000 tokens, of which few are code: not bounded, but not far above
TIGHT = {"english", "python", "python deep", "typescript", "lua", "rust", "diff", "minified"}


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample["kind"] for sample in SAMPLES])
def test_the_first_estimate_is_careful_and_close(sample: dict[str, Any]) -> None:
    """The counts of real tokenizers, recorded."""
    tokens = dict(sample["tokens"])
    old = tokens.pop(OLD)
    estimate = TokenEstimate("p/m")
    first = estimate.text(sample["text"])
    assert first >= max(tokens.values())
    assert first >= old * 0.8
    if sample["kind"] in TIGHT:
        assert first <= max(tokens.values()) * 1.45
    assert estimate.least([user(sample["text"])]) <= min(*tokens.values(), old) + 10


@pytest.mark.parametrize(
    ("text", "most_characters_per_token"),
    [("🙂🚀" * 100, 0.5), ("deadBEEF0123" * 100, 1.8), ("\n\t" * 100, 2.0), ("\udcff" * 99, 0.9)],
)
def test_rare_texts_weigh_much(text: str, most_characters_per_token: float) -> None:
    assert len(text) / TokenEstimate("p/m").text(text) <= most_characters_per_token


@pytest.mark.parametrize(
    "message",
    [
        Message("assistant", "", "I think so. " * 20),
        Message("assistant", "", "", (ToolCall("1", "write_file", {"text": PROSE, "n": [1]}),)),
        Message("tool", "", tool_name="read_file", tool_call_id="call_12345678"),
        Message("user", "", images=(b"png",)),
        Message("user", ""),
    ],
)
def test_all_of_a_message_counts(message: Message) -> None:
    estimate = TokenEstimate("p/m")
    one = estimate.count([SYSTEM])
    assert estimate.count([SYSTEM, message]) == one + estimate.weigh(message)
    assert estimate.weigh(message) > 8
    assert estimate.count([SYSTEM], TOOLS) > one + 200


def test_the_estimate_comes_near_the_count_and_never_below_it() -> None:
    """A session on the simulator's own rules: words, code, JSON and digits in turn."""
    dice = random.Random(3)
    estimate = TokenEstimate("p/m")
    messages = [SYSTEM, user("Fix the failing test.")]
    lines = CODE.splitlines(keepends=True)
    shares = []
    for step in range(20):
        true = counted(messages)
        # The simulator takes each blank for a token, which no real tokenizer does: until that is
        # learned the count may be a little higher.
        assert true <= estimate.count(messages, TOOLS) * (1 if step > 4 else 1.1)
        assert estimate.least(messages, TOOLS) <= true
        shares.append(estimate.count(messages, TOOLS) / true)
        estimate.learn(messages, TOOLS, true)
        start = dice.randrange(len(lines) - 40)
        call = ToolCall(f"c{step}", "read_file", {"path": "tokens.py", "offset": start})
        messages += [
            Message("assistant", "I look.", "", (call,)),
            Message("tool", "".join(lines[start : start + 40]), "", (), "read_file", call.id),
        ]
    assert shares[-1] < 1.5


def test_an_efficient_tokenizer_is_learned_from_what_is_added() -> None:
    estimate = TokenEstimate("p/m")
    messages = [user(PROSE * 20)]
    true = 300
    assert not estimate.learn(messages, (), true)
    for _ in range(2):
        messages.append(user(PROSE * 20))
        true += 300
        estimate.learn(messages, (), true)
    assert estimate.calibration.ratio < 0.8
    assert true <= estimate.count(messages) <= true * 1.25


def test_one_count_alone_never_lowers_the_estimate() -> None:
    # Templates may leave out most of the tools: the whole prompt tells too little of its texts.
    estimate = TokenEstimate("p/m")
    estimate.learn([user(PROSE)], TOOLS, 20)
    assert estimate.calibration.ratio == FIRST_RATIO


def test_a_higher_count_raises_the_estimate_at_once() -> None:
    estimate = TokenEstimate("p/m", Calibration((0.5, 0.5), 0.5))
    messages = [user(PROSE * 100)]
    before = estimate.count(messages)
    assert estimate.learn(messages, (), before * 2)
    assert estimate.count(messages) >= before * 2


def test_a_count_that_is_not_told_teaches_nothing() -> None:
    estimate = TokenEstimate("p/m")
    assert not estimate.learn([user(PROSE * 100)], (), 0)
    assert estimate.calibration == Calibration()


def test_a_grown_prompt_has_at_least_what_it_had() -> None:
    estimate = TokenEstimate("p/m")
    messages = [SYSTEM, user(PROSE * 30)]
    estimate.learn(messages, TOOLS, 2000)
    assert estimate.least([*messages, user("More")], TOOLS) == 1800
    assert estimate.least([*messages, user("More")]) < 300  # other tools: another prompt
    assert estimate.least([SYSTEM, user("Else")], TOOLS) < 100


def test_a_snapshot_stays_as_it_was() -> None:
    estimate = TokenEstimate("p/m")
    kept = estimate.snapshot()
    estimate.learn([user(PROSE * 10)], (), 5000)
    assert kept.calibration == Calibration()
    assert estimate.calibration != kept.calibration


async def test_what_was_learned_is_kept(tmp_path: Path) -> None:
    key = model_key("ollama", "qwen3:8b", "sha256:12")
    estimate = await TokenProfiles(tmp_path / "profiles").estimate(key)
    assert estimate.learn([user(PROSE * 10)], (), 5000)
    profiles = TokenProfiles(tmp_path / "profiles")
    await profiles.save(estimate)
    again = await profiles.estimate(key)
    assert again.calibration == estimate.calibration
    assert again is await profiles.estimate(key)
    assert (await profiles.estimate(model_key("ollama", "qwen3:8b"))).calibration == Calibration()
    assert [file.suffix for file in (tmp_path / "profiles").iterdir()] == [".json"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[1]",
        b"\xff",
        b'{"format": 1, "model": "p/m", "samples": [], "whole": 1}',
        b'{"format": 2, "model": "p/other", "samples": [], "whole": 1}',
        b'{"format": 2, "model": "p/m", "samples": 3, "whole": 1}',
        b'{"format": 2, "model": "p/m", "samples": ["x"], "whole": 1}',
        b'{"format": 2, "model": "p/m", "samples": [NaN], "whole": 1}',
        b'{"format": 2, "model": "p/m", "samples": [], "whole": -1}',
        b'{"format": 2, "model": "p/m", "samples": []}',
        b"[" * 60_000,
    ],
)
async def test_a_broken_profile_is_as_none(tmp_path: Path, data: bytes) -> None:
    profiles = TokenProfiles(tmp_path)
    profiles.path("p/m").write_bytes(data)
    estimate = await profiles.estimate("p/m")
    assert estimate.calibration == Calibration()
    await profiles.save(estimate)
    assert b'"format": 2' in profiles.path("p/m").read_bytes()


async def test_a_profile_that_cannot_be_written_is_no_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "profiles").write_text("a file")
    profiles = TokenProfiles(tmp_path / "profiles")
    await profiles.save(await profiles.estimate("p/m"))
    assert "cannot be kept" in caplog.text
