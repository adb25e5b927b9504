"""Lines that are the same but for blank lines between them, which models drop and add."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from arriero.workspace.indentation import reindented


def filled(lines: Sequence[str]) -> list[int]:
    """Return the numbers, from 0, of the lines that are not blank."""
    return [number for number, line in enumerate(lines) if line.strip()]


def with_blank_lines(
    given: Sequence[str], found: Sequence[str], new: Sequence[str]
) -> list[str] | None:
    """Return the lines `new`, written to go with `given`, with the blank lines of `found`.

    `given` and `found` are the same lines but for blank ones and indentation. Between two lines
    that stay or become others, blank lines change only if they differ in `given` and `new`. None if
    the indentation of `new` cannot be told.
    """
    old_at, real_at, new_at = filled(given), filled(found), filled(new)
    moved = reindented([given[n] for n in old_at], [found[n] for n in real_at], new)
    if moved is None or not new_at:
        return moved
    ends, starts = _becomes([given[n].strip() for n in old_at], [new[n].strip() for n in new_at])
    result = [moved[n] for n in range(new_at[0] + 1)]
    for number, (here, following) in enumerate(pairwise(new_at)):
        between = moved[here + 1 : following]
        old = ends.get(number)
        if old is not None and starts.get(number + 1) == old + 1:
            written = old_at[old + 1] - old_at[old] - 1
            if written == len(between):
                between = list(found[real_at[old] + 1 : real_at[old + 1]])
        result += [*between, moved[following]]
    return result + moved[new_at[-1] + 1 :]


def _becomes(old: list[str], new: list[str]) -> tuple[dict[int, int], dict[int, int]]:
    """Return for lines of `new` the numbers of those of `old` that became them.

    First for what follows a line, then for what stands before it: where some lines became more or
    fewer, only the last and the first of them are known.
    """
    ends: dict[int, int] = {}
    starts: dict[int, int] = {}
    for _, a, a_end, b, b_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if a_end - a == b_end - b:
            pairs = {b + n: a + n for n in range(a_end - a)}
            ends |= pairs
            starts |= pairs
        elif a < a_end and b < b_end:
            starts[b], ends[b_end - 1] = a, a_end - 1
    return ends, starts
