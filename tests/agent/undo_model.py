"""What a person expects of undo and redo, as plainly as it can be said: an oracle for tests.

A file is a row of cells: plain lines, and the places of hunks, each of which shows its old or its
new lines. To take a hunk back is to let its cell show the old ones. The model knows nothing of
texts, offsets, merging or stores; every line that anybody writes is unique.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(eq=False)
class Cell:
    """One line (`hunk` is ""), or the place of a hunk.

    `frozen` are the lines that stand there once the user has typed within them: they are his.
    `near`: something has changed right beside it since it was last turned, so that it may or may
    not be turned again.
    """

    old: list[str]
    new: list[str]
    run: str = ""
    hunk: str = ""
    shows_new: bool = False
    frozen: list[str] | None = None
    near: bool = False

    @property
    def lines(self) -> list[str]:
        if self.frozen is not None:
            return self.frozen
        return self.new if self.shows_new else self.old

    @property
    def is_line(self) -> bool:
        return not self.run


@dataclass(eq=False)
class ModelFile:
    """A file that is there or not, at some path."""

    path: str
    cells: list[Cell]
    there: bool = True

    @property
    def lines(self) -> list[str]:
        return [line for cell in self.cells for line in cell.lines]

    @property
    def text(self) -> str | None:
        return "".join(self.lines) if self.there else None

    def places(self) -> Iterator[tuple[Cell, int]]:
        """Yield the cell of each line, and which of its lines it is."""
        for cell in self.cells:
            for number in range(len(cell.lines)):
                yield cell, number

    def disturb(self, at: int) -> None:
        """Note that something changed between or at the cells around an index."""
        for index in self._around(at):
            self.cells[index].near = True

    def _around(self, at: int) -> Iterator[int]:
        """Yield the indexes from the nearest cell with lines before it to the one after it."""
        for step, start in ((-1, at - 1), (1, at)):
            index = start
            while 0 <= index < len(self.cells):
                yield index
                # A hunk that shows no lines is beside the next line too.
                if self.cells[index].lines and index != at:
                    break
                index += step

    def insert(self, chance: random.Random, line: str) -> None:
        """Let the user type a line somewhere."""
        places = list(self.places())
        at = chance.randrange(len(places) + 1)
        before = places[at - 1] if at else None
        after = places[at] if at < len(places) else None
        if before and after and before[0] is after[0]:
            cell, number = after
            self.freeze(cell, [*cell.lines[:number], line, *cell.lines[number:]])
            return
        index = self.cells.index(before[0]) + 1 if before else 0
        self.cells.insert(index, Cell([line], [line]))
        self.disturb(index)
        self.disturb(index + 1)

    def change(self, chance: random.Random, line: str | None) -> None:
        """Let the user change a line, or delete it."""
        places = list(self.places())
        if not places:
            return
        cell, number = chance.choice(places)
        lines = [*cell.lines[:number], *([line] if line else []), *cell.lines[number + 1 :]]
        if cell.is_line:
            index = self.cells.index(cell)
            self.disturb(index)
            self.disturb(index + 1)
            cell.old = cell.new = lines
            if not lines:
                self.cells.remove(cell)
        else:
            self.freeze(cell, lines)

    def freeze(self, cell: Cell, lines: list[str]) -> None:
        cell.frozen = lines
        self.disturb(self.cells.index(cell))
        self.disturb(self.cells.index(cell) + 1)

    def turn(self, cell: Cell) -> None:
        """Let a hunk's cell show its other lines."""
        cell.shows_new = not cell.shows_new
        index = self.cells.index(cell)
        self.disturb(index)
        self.disturb(index + 1)

    def settle(self, turned: list[Cell], text: str) -> bool:
        """Tell whether the text is what the cells show, wherever those that were turned stand."""
        if self.text == text:
            return True
        for cell in turned:
            start = self.cells.index(cell)
            for step in (-1, 1):
                index = start
                while 0 <= index + step < len(self.cells):
                    index += step
                    self.cells.remove(cell)
                    self.cells.insert(index, cell)
                    if self.text == text:
                        return True
                    if abs(index - start) > 3:
                        break
                self.cells.remove(cell)
                self.cells.insert(start, cell)
        return False


@dataclass(eq=False)
class Whole:
    """A hunk that makes, deletes or renames a file, at this path."""

    kind: str
    run: str
    hunk: str
    file: ModelFile
    path: str
    new_path: str = ""
    on: bool = True


@dataclass
class Model:
    """All files and all hunks."""

    files: list[ModelFile] = field(default_factory=list)
    wholes: list[Whole] = field(default_factory=list)
