"""Lines of a file written anew that stand for what the file had: `...` in place of code.

An ellipsis is also said honestly: bodies of stubs and protocols, samples in a document, output in a
doctest. So it counts by where it stands, and by what was there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from arriero.workspace.alignment import Block, align
from arriero.workspace.elision import is_bare_ellipsis, is_placeholder
from arriero.workspace.hollow import hollowed

_STUB = ".pyi"
_PYTHON = (".py", ".pyw", ".pyx", ".pyi")
_PROSE = (".md", ".markdown", ".mdx", ".qmd", ".rmd", ".rst", ".adoc", ".txt", ".tex", ".html")
_YAML = (".yaml", ".yml")
_FENCE = re.compile(r"\s{0,3}(?:`{3,}|~{3,})")
_OF_DOCTEST = re.compile(r"\s*(?:>>>|\.\.\. |Traceback \(most recent call last\):)")
_OPENS_BLOCK = re.compile(r":\s*(?:#.*)?\Z")


def left_out(old: str | None, new: str, path: str) -> tuple[int, str] | None:
    """Return number (from 1) and text of a line of `new` that stands for what was left out.

    `old` is None for a new file. `path` tells by its ending what the file is; "" if unknown.
    """
    path = path.lower()
    now = new.splitlines()
    found = _alone(now, path)
    if found is not None or not old or path.endswith(_STUB):
        return found
    before = old.splitlines()
    if "..." not in new and "…" not in new and not any(map(is_placeholder, now)):
        return None
    told: set[int] = set()  # bodies are judged by what they are bodies of
    if not path or path.endswith(_PYTHON):
        for body, lost in hollowed(before, now, is_placeholder):
            if lost:
                return body.lines[0][0] + 1, body.lines[0][1]
            told.update(range(body.first, body.last + 1))
    told |= _samples(now, path)
    counts, counts_before = Counter(map(str.strip, now)), Counter(map(str.strip, before))
    for block in align(before, now):
        for n in range(block.new_start, block.new_end):
            line = now[n].strip()
            if not is_placeholder(line) or n in told or counts[line] <= counts_before[line]:
                continue
            if _replaces(block, n, before, now, path):
                return n + 1, line
    return None


def _alone(now: Sequence[str], path: str) -> tuple[int, str] | None:
    """Return the first line that says something, if all that do stand for others."""
    filled = [(n, line.strip()) for n, line in enumerate(now, 1) if line.strip()]
    if not filled or path.endswith(_STUB) or not all(is_placeholder(line) for _, line in filled):
        return None
    return filled[0]


def _replaces(block: Block, at: int, before: Sequence[str], now: Sequence[str], path: str) -> bool:
    """Tell whether a placeholder stands for lines that are gone: more of them than are new."""
    known, kept = _contents(before), _contents(now)
    gone = _contents(before[block.old_start : block.old_end]) - kept
    come = {
        line
        for line in _contents(now[block.new_start : block.new_end]) - known
        if not is_placeholder(line)
    }
    is_code = not path.endswith((*_PROSE, *_YAML))
    previous = next((line for line in reversed(now[:at]) if line.strip()), "")
    if is_code and is_bare_ellipsis(now[at]) and not _OPENS_BLOCK.search(previous):
        return bool(gone)  # it is no code, wherever it stands
    return len(gone) > len(come)


def _contents(lines: Sequence[str]) -> set[str]:
    return {line.strip() for line in lines if line.strip()}


def _samples(now: Sequence[str], path: str) -> set[int]:
    """Return the numbers of lines that show something: output, doctests, blocks in a document."""
    prose, yaml = path.endswith(_PROSE), path.endswith(_YAML)
    samples: set[int] = set()
    fenced = False
    for n, line in enumerate(now):
        if prose and _FENCE.match(line):
            fenced = not fenced
        elif (
            fenced
            or (prose and line.startswith(("    ", "\t")))
            or (yaml and line.rstrip() == "...")
            or (n and _OF_DOCTEST.match(now[n - 1]))
        ):
            samples.add(n)
    return samples
