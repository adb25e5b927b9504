"""Unified diffs, as git writes them and `git apply` reads them."""

from __future__ import annotations

from collections.abc import Iterator

from arriero.workspace.alignment import Block, align

_CONTEXT = 3


def unified_diff(old: str | None, new: str | None, old_name: str, new_name: str) -> str:
    """Return the difference of two texts with a header; None stands for no file.

    Lines end with LF only, as these tools have it, so that a CR is shown as part of its line.
    """
    before, after = _lines(old or ""), _lines(new or "")
    header = f"diff --git a/{old_name} b/{new_name}\n"
    if old is None:
        header += "new file mode 100644\n"
    elif new is None:
        header += "deleted file mode 100644\n"
    elif old_name != new_name:
        header += f"rename from {old_name}\nrename to {new_name}\n"
    blocks = align(before, after)
    if blocks:
        header += f"--- {'/dev/null' if old is None else 'a/' + old_name}\n"
        header += f"+++ {'/dev/null' if new is None else 'b/' + new_name}\n"
    return header + "".join(_written(group, before, after) for group in _groups(blocks))


def _lines(text: str) -> list[str]:
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()
    return lines if last == "\n" else [*lines, last[:-1]]


def _groups(blocks: tuple[Block, ...]) -> Iterator[list[Block]]:
    """Yield the blocks that are so near to each other that they share their context."""
    group: list[Block] = []
    for block in blocks:
        if group and block.old_start - group[-1].old_end > 2 * _CONTEXT:
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _written(group: list[Block], before: list[str], after: list[str]) -> str:
    head = min(_CONTEXT, group[0].old_start)
    tail = min(_CONTEXT, len(before) - group[-1].old_end)
    start, end = group[0].old_start - head, group[-1].old_end + tail
    new_start, new_end = group[0].new_start - head, group[-1].new_end + tail
    pieces = [f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@\n"]
    at = start
    for block in group:
        pieces += [_line(" ", line) for line in before[at : block.old_start]]
        pieces += [_line("-", line) for line in before[block.old_start : block.old_end]]
        pieces += [_line("+", line) for line in after[block.new_start : block.new_end]]
        at = block.old_end
    pieces += [_line(" ", line) for line in before[at:end]]
    return "".join(pieces)


def _range(start: int, end: int) -> str:
    # An empty range is named by the line before it.
    count = end - start
    return f"{start + (count > 0)},{count}" if count != 1 else str(start + 1)


def _line(mark: str, line: str) -> str:
    return mark + line if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"
