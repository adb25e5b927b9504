"""Which lines of two texts are the same lines.

`align` is for people and editors: it anchors at lines that are unique on both sides ("patience
diff") and is fast on big files. `align_exactly` and `distance` are for deciding: a longest common
subsequence (E. W. Myers, "An O(ND) difference algorithm", 1986), or None where that would take too
long. They work on any hashable items; here these are lines with their line ends.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

_LIMIT = 500  # of differences in one stretch without anchors; the work grows with its square

Pair = tuple[int, int]


@dataclass(frozen=True, order=True)
class Block:
    """Items `[old_start, old_end)` of the old sequence became `[new_start, new_end)` of the new."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def align(old: Sequence[str], new: Sequence[str]) -> tuple[Block, ...]:
    """Return the blocks in which two sequences differ, in order, equal items between any two."""
    pairs: list[Pair] = []
    todo = [(0, 0, old, new)]
    while todo:
        i, j, a, b = todo.pop()
        head, tail = _equal_ends(a, b)
        pairs += [(i + n, j + n) for n in range(head)]
        pairs += [(i + len(a) - n, j + len(b) - n) for n in range(1, tail + 1)]
        a, b, i, j = a[head : len(a) - tail], b[head : len(b) - tail], i + head, j + head
        anchors = unique_pairs(a, b)
        if anchors:
            for gap in blocks_between(anchors, len(a), len(b)):
                part, other = a[gap.old_start : gap.old_end], b[gap.new_start : gap.new_end]
                todo.append((i + gap.old_start, j + gap.new_start, part, other))
        else:
            anchors = _common(a, b, _LIMIT) or []
        pairs += [(i + n, j + m) for n, m in anchors]
    return blocks_between(sorted(pairs), len(old), len(new))


def align_exactly(old: Sequence[str], new: Sequence[str]) -> tuple[Block, ...] | None:
    """Return the blocks of a shortest difference, or None if it is too long to be found."""
    head, tail = _equal_ends(old, new)
    middle = _common(old[head : len(old) - tail], new[head : len(new) - tail], _LIMIT)
    if middle is None:
        return None
    pairs = [(i, i) for i in range(head)]
    pairs += [(i + head, j + head) for i, j in middle]
    pairs += [(len(old) - i, len(new) - i) for i in range(tail, 0, -1)]
    return blocks_between(pairs, len(old), len(new))


def distance(old: Sequence[str], new: Sequence[str]) -> int | None:
    """Return how many items a shortest difference deletes and inserts; None: too many to count."""
    blocks = align_exactly(old, new)
    return None if blocks is None else size(blocks)


def size(blocks: Iterable[Block]) -> int:
    """Return how many items the blocks delete and insert."""
    return sum(b.old_end - b.old_start + b.new_end - b.new_start for b in blocks)


def blocks_between(pairs: Iterable[Pair], old_len: int, new_len: int) -> tuple[Block, ...]:
    """Return the blocks that remain between ordered pairs of equal items."""
    blocks = []
    i = j = 0
    for a, b in (*pairs, (old_len, new_len)):
        if i < a or j < b:
            blocks.append(Block(i, a, j, b))
        i, j = a + 1, b + 1
    return tuple(blocks)


def unique_pairs(
    old: Sequence[str], new: Sequence[str], without: Collection[str] = ()
) -> list[Pair]:
    """Return the longest ordered list of pairs of items that occur once in each sequence.

    Items in `without` are not paired.
    """
    once = {item for item, count in Counter(old).items() if count == 1}
    once &= {item for item, count in Counter(new).items() if count == 1}
    once.difference_update(without)
    if not once:
        return []
    place = {item: j for j, item in enumerate(new) if item in once}
    return _longest_rise([(i, place[item]) for i, item in enumerate(old) if item in once])


def _longest_rise(pairs: list[Pair]) -> list[Pair]:
    """Return a longest subsequence whose second members rise; first members rise already."""
    ends: list[int] = []  # smallest second member that ends a rise of length k + 1
    at: list[int] = []  # the pair which has it
    before: list[int] = []  # for each pair the one before it in its rise, or -1
    for index, (_, j) in enumerate(pairs):
        k = bisect_left(ends, j)
        before.append(at[k - 1] if k else -1)
        ends[k : k + 1] = [j]
        at[k : k + 1] = [index]
    rise = []
    index = at[-1] if at else -1
    while index >= 0:
        rise.append(pairs[index])
        index = before[index]
    return rise[::-1]


def _equal_ends(a: Sequence[str], b: Sequence[str]) -> tuple[int, int]:
    """Return how many items are equal at the start, and of the rest at the end."""
    shorter = min(len(a), len(b))
    head = 0
    while head < shorter and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < shorter - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    return head, tail


def _common(old: Sequence[str], new: Sequence[str], limit: int) -> list[Pair] | None:
    """Return the pairs of a longest common subsequence; None if more than `limit` differ.

    Items that one side alone has are left out first: they are in no common subsequence.
    """
    shared = set(old) & set(new)
    left = [i for i, item in enumerate(old) if item in shared]
    right = [j for j, item in enumerate(new) if item in shared]
    pairs = _myers([old[i] for i in left], [new[j] for j in right], limit)
    return None if pairs is None else [(left[i], right[j]) for i, j in pairs]


def _myers(a: list[str], b: list[str], limit: int) -> list[Pair] | None:
    n, m = len(a), len(b)
    if not n or not m:
        return []
    most = min(n + m, limit)
    reach = [0] * (2 * most + 3)  # the furthest x on each diagonal k = x - y, at index most + 1 + k
    history = []
    for steps in range(most + 1):
        history.append(reach[most - steps : most + steps + 3])
        for at in range(most + 1 - steps, most + 2 + steps, 2):
            k = at - most - 1
            down = k == -steps or (k != steps and reach[at - 1] < reach[at + 1])
            x = reach[at + 1] if down else reach[at - 1] + 1
            while x < n and x - k < m and a[x] == b[x - k]:
                x += 1
            reach[at] = x
            if x >= n and x - k >= m:
                return _walk_back(history, n, m)
    return None


def _walk_back(history: list[list[int]], x: int, y: int) -> list[Pair]:
    pairs = []
    for steps in range(len(history) - 1, -1, -1):
        reach, k = history[steps], x - y
        at = steps + 1 + k
        down = k == -steps or (k != steps and reach[at - 1] < reach[at + 1])
        from_x = reach[at + 1] if down else reach[at - 1]
        from_y = from_x - (k + 1 if down else k - 1)
        start = from_x if down else from_x + 1
        pairs += [(i, i - k) for i in range(x - 1, start - 1, -1)]
        x, y = from_x, from_y
    return pairs[::-1]
