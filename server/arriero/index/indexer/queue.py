"""Which files are to be read next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Set


class Queue:
    """Names of files: what just changed or is open first, then the rest in the order given.

    A file that is being read is not given out again until it is `done`. Each change has a number,
    and `acknowledged` tells up to which all were dealt with.
    """

    def __init__(self) -> None:
        self._urgent: dict[bytes, None] = {}
        self._rest: dict[bytes, None] = {}
        self._busy: set[bytes] = set()
        self._preferred: set[bytes] = set()  # and not waiting yet
        self._numbers: dict[bytes, int] = {}
        self._open: Counter[int] = Counter()
        self._newest = 0

    def __len__(self) -> int:
        return len(self._urgent) + len(self._rest) + len(self._busy)

    def __contains__(self, name: bytes) -> bool:
        return name in self._urgent or name in self._rest or name in self._busy

    @property
    def urgent(self) -> bool:
        """Whether anything is to be read at once."""
        return bool(self._urgent)

    @property
    def reading(self) -> Set[bytes]:
        """The files that were given out and are not done."""
        return self._busy

    @property
    def acknowledged(self) -> int:
        """The newest number up to which nothing is left to do."""
        return min(self._open) - 1 if self._open else self._newest

    def seen(self, number: int) -> None:
        """Take note that all that belongs to a number has been added."""
        self._newest = max(self._newest, number)

    def add(self, names: Iterable[bytes], number: int = 0, *, urgent: bool = False) -> None:
        """Add files; those that are waiting keep their place or get a better one."""
        for name in names:
            if urgent or name in self._preferred:
                self._preferred.discard(name)
                self._rest.pop(name, None)
                self._urgent[name] = None
            elif name not in self._urgent:
                self._rest[name] = None
            if number:
                self._renumber(name, number)

    def prefer(self, names: Iterable[bytes]) -> None:
        """Read those files next that are waiting anyway, or as soon as they will be."""
        wanted = list(names)
        self._preferred.update(name for name in wanted if name not in self._urgent)
        self.add([name for name in wanted if name in self._rest])

    def take(
        self, most: int, weight: int, sizes: Mapping[bytes, int], *, only_urgent: bool = False
    ) -> list[bytes]:
        """Give out the next files, which are then busy: `most` of them, of `weight` bytes in all.

        One is given out whatever its size. What is urgent travels alone.
        """
        for waiting in (self._urgent,) if only_urgent else (self._urgent, self._rest):
            taken = list(self._first(waiting, most, weight, sizes))
            for name in taken:
                del waiting[name]
            if taken:
                self._busy.update(taken)
                return taken
        return []

    def give_back(self, names: Iterable[bytes]) -> None:
        """Put files back that were given out and not read."""
        for name in names:
            self._busy.discard(name)
            if name not in self._rest:
                self._urgent[name] = None

    def done(self, names: Iterable[bytes]) -> None:
        """Take note that files were published as they were when they were given out."""
        for name in names:
            self._busy.discard(name)
            if name not in self._urgent and name not in self._rest:
                self._renumber(name, 0)

    def keep(self, names: Container[bytes]) -> set[bytes]:
        """Forget the files that are not among some; return those of them that are being read."""
        for waiting in (self._urgent, self._rest):
            for name in [name for name in waiting if name not in names]:
                del waiting[name]
                if name not in self._busy:
                    self._renumber(name, 0)
        return {name for name in self._busy if name not in names}

    def clear(self) -> None:
        """Forget everything that waits."""
        self._urgent.clear()
        self._rest.clear()
        self._numbers.clear()
        self._open.clear()

    def _renumber(self, name: bytes, number: int) -> None:
        """A file's number is the oldest one that is not dealt with; 0 for none."""
        old = self._numbers.get(name, 0)
        if number and old:
            return
        if old:
            del self._numbers[name]
            self._open[old] -= 1
            if not self._open[old]:
                del self._open[old]
        elif number:
            self._numbers[name] = number
            self._open[number] += 1

    def _first(
        self, waiting: dict[bytes, None], most: int, weight: int, sizes: Mapping[bytes, int]
    ) -> Iterator[bytes]:
        given = 0
        for name in waiting:
            if name in self._busy:
                continue
            weight -= sizes.get(name, 0)
            if given == most or (given and weight < 0):
                return
            given += 1
            yield name
