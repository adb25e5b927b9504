"""Random conversations of a coding agent, as they grow step by step."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from arriero.models.types import Message, ToolCall, ToolSpec

TOOLS = (
    ToolSpec("read_file", "Read a file.", {"type": "object", "properties": {"path": {}}}),
    ToolSpec("run_command", "Run a command.", {"type": "object", "properties": {"command": {}}}),
)
SYSTEM = Message("system", "You are a coding agent. " * 20)
_PIECES = (
    "def add(a, b):\n    return a + b\n",
    "the quick brown fox ",
    "0123456789abcdef",
    "Größe — 漢字 🙂 ",
    "{}[]();",
    "\n",
    "\udcff",
)
_LENGTHS = (0, 1, 40, 400, 3000, 3000, 16_000, 60_000, 5_000_000)
_SHORT = (0, 3, 60, 60, 300, 300, 2000, 40_000)


def text(length: int, piece: int) -> str:
    one = _PIECES[piece % len(_PIECES)]
    return (one * (length // len(one) + 1))[:length]


def texts(lengths: tuple[int, ...]) -> st.SearchStrategy[str]:
    return st.builds(text, st.sampled_from(lengths), st.integers(0, len(_PIECES) - 1))


@dataclass(frozen=True)
class Round:
    """What the model says, with thinking, and the arguments and results of its calls."""

    said: str
    thinking: str
    calls: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Turn:
    asked: str
    rounds: tuple[Round, ...]
    answer: str


ROUNDS = st.builds(
    Round,
    texts((0, 0, 60)),
    texts((0, 0, 300)),
    st.lists(st.tuples(texts(_SHORT[:-1]), texts(_LENGTHS)), min_size=1, max_size=3).map(tuple),
)
TURNS = st.lists(
    st.builds(Turn, texts(_SHORT), st.lists(ROUNDS, max_size=8).map(tuple), texts(_SHORT)),
    min_size=1,
    max_size=5,
)


def prompts(turns: list[Turn]) -> list[list[Message]]:
    """Return the history at each moment in which the model is asked; each extends the last."""
    messages, asked, number = [SYSTEM], [], 0
    for turn in turns:
        messages.append(Message("user", turn.asked))
        asked.append(list(messages))
        for one in turn.rounds:
            calls = []
            for argument, _ in one.calls:
                number += 1
                calls.append(ToolCall(f"c{number}", "run_command", {"command": argument}))
            messages.append(Message("assistant", one.said, one.thinking, tuple(calls)))
            messages += [
                Message("tool", result, tool_name="run_command", tool_call_id=call.id)
                for call, (_, result) in zip(calls, one.calls, strict=True)
            ]
            asked.append(list(messages))
        messages.append(Message("assistant", turn.answer or "Done."))
    return asked
