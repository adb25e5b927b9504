"""What finding printed calls costs: against a plain copy of the stream's chunks."""

from __future__ import annotations

import statistics
import time
from itertools import pairwise
from pathlib import Path

import pytest

from agent.toolcalls.corpus import OFFERED
from arriero.agent.toolcalls import TextCallReader
from arriero.models.types import TextChunk

pytestmark = pytest.mark.benchmark

MIN_MEGABYTES_PER_SECOND = 5.0
MAX_MICROSECONDS = 50.0
ROUNDS = 4  # the machine may be busy with something else in one of them
# Prose as models write it about code: headings, lists, inline code and blocks.
_DOCUMENT = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text(encoding="utf-8")
TEXT = _DOCUMENT * (2_000_000 // len(_DOCUMENT))
WRITE = (
    '<tool_call>{"name": "write_file", "arguments": {"path": "a", "content": "'
    + "x = {'a': [1]}  # <tool_call>\\n" * 3_000
    + '"}}</tool_call>'
)


def chunks(text: str, size: int) -> list[str]:
    places = [*range(0, len(text), size), len(text)]
    return [text[a:b] for a, b in pairwise(places)]


@pytest.mark.parametrize("size", [1024, 64 * 1024])
def test_megabytes_per_second(size: int) -> None:
    parts = chunks(TEXT, size)
    rate = max(_megabytes_per_second(parts) for _ in range(ROUNDS))
    print(f"\nreader: {rate:.1f} MB/s in chunks of {size}, best of {ROUNDS}")
    assert rate >= MIN_MEGABYTES_PER_SECOND


def _megabytes_per_second(parts: list[str]) -> float:
    reader = TextCallReader(OFFERED)
    said = 0
    began = time.perf_counter()
    for part in parts:
        said += sum(len(p.text) for p in reader.feed(part) if isinstance(p, TextChunk))
    reader.finish()
    seconds = time.perf_counter() - began
    assert said > len(TEXT) * 0.99
    return len(TEXT.encode()) / 1e6 / seconds


@pytest.mark.parametrize("text", [TEXT[:400_000], WRITE], ids=["prose", "a write"])
def test_microseconds_per_chunk(text: str) -> None:
    parts = chunks(text, 4)
    reader = TextCallReader(OFFERED)
    reading, copying = [], []
    copied: list[TextChunk] = []
    for part in parts:
        began = time.perf_counter()
        reader.feed(part)
        between = time.perf_counter()
        copied.append(TextChunk(part))
        reading.append(between - began)
        copying.append(time.perf_counter() - between)
    added = 1e6 * (statistics.median(reading) - statistics.median(copying))
    print(f"\nreader adds {added:.1f} us a chunk at the median, worst {1e3 * max(reading):.1f} ms")
    assert added <= MAX_MICROSECONDS
