"""The line at the bottom, made to fit: what matters least is left out first."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

_BETWEEN = " · "
_LONG = 24  # columns of one that is made shorter before anything but keys is left out
_SHORTEST = 8  # columns of a model's name, below which it says nothing


def fitted(waiting: str, words: str, keys: str, columns: int) -> str:
    """Return the line in at most so many columns.

    `words` are parts with dots between: a model first, how full its window is, what is less of use,
    and a mode last. `keys` go first of all where nothing is cancelled by them, `waiting` never.
    """
    model, *middle = words.split(_BETWEEN)
    mode = middle.pop() if middle else ""

    def line() -> str:
        return _BETWEEN.join(part for part in (waiting, model, *middle, mode, keys) if part)

    def over() -> int:
        return cell_len(line()) - columns

    if over() > 0 and keys.startswith("/"):
        keys = ""
    model = _shortened(model, max(_LONG, cell_len(model) - max(0, over())))
    while over() > 0 and middle:
        middle.pop()
    if over() > 0:
        model = _shortened(model, max(_SHORTEST, cell_len(model) - over()))
    if over() > 0:
        model = ""
    if over() > 0:
        keys = ""
    return _shortened(line(), columns)


def _shortened(text: str, columns: int) -> str:
    """Return a text with its middle left out: models differ at the end as well."""
    if cell_len(text) <= columns:
        return text
    if columns < 2:
        return ""
    end = (columns - 1) // 3
    tail = text[len(text) - end :] if end else ""
    return set_cell_size(text, columns - 1 - cell_len(tail)) + "…" + tail
