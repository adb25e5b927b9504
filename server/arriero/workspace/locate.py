"""From what a model or a person writes to a canonical path, and what to say if it is not there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from arriero.workspace.buffers import Buffers
from arriero.workspace.confine import Confinement
from arriero.workspace.errors import BadPath, FileMissing, OutsideWorkspace, WorkspaceError
from arriero.workspace.naming import nearest, same_when_shown, visible
from arriero.workspace.spelling import unmarked, with_slashes
from arriero.workspace.uris import uri_to_path

_MOST_NAMES = 5_000  # to compare by likeness, some 50 ms


class Locator:
    """Finds paths in the folders of a workspace."""

    def __init__(
        self,
        roots: Sequence[str],
        confinement: Confinement,
        buffers: Buffers,
        exists: Callable[[str], bool],
    ) -> None:
        """`exists` tells for a canonical path whether the view has it."""
        self._roots = roots
        self._confinement = confinement
        self._buffers = buffers
        self._exists = exists

    def locate(self, path: str) -> str:
        """Return the canonical path; the file need not be there.

        A relative path belongs to the first folder that has it, else to the first folder. `file:`
        URIs, `~/`, and names as `display` shows them are understood; the URI of an untitled
        document that is open is its own path. What is not there as it is written is looked for
        without the marks of `spelling` around it, and with slashes for backslashes. Raises
        `BadPath` and `OutsideWorkspace`.
        """
        bare = unmarked(path, there=True)
        if bare == path and "\\" not in path:
            return self._as_written(path)
        meant = [path, bare, with_slashes(bare)]
        for spelling in dict.fromkeys(meant):
            try:
                place = self._as_written(spelling)
            except WorkspaceError:
                continue
            if self._is_there(place):
                return place
        return self._new(unmarked(path, there=False))

    def _new(self, path: str) -> str:
        """Locate what is not there; backslashes divide it if its first folder is there."""
        divided = with_slashes(path)
        if divided != path:
            try:
                place = self._as_written(divided)
                if self._is_there(self._as_written(divided.partition("/")[0])):
                    return place
            except WorkspaceError:  # an absolute path of another system: a strange name at most
                pass
        return self._as_written(path)

    def _as_written(self, path: str) -> str:
        if self._buffers.get(path) is not None:
            return path
        wanted = uri_to_path(path if path.startswith("/") else path.strip())
        if not wanted:
            raise BadPath(
                "The path is empty; give one relative to the workspace, such as src/a.py."
            )
        if "://" in wanted or wanted.startswith("untitled:"):
            raise BadPath(f"{visible(wanted[:200])} is not a file of the workspace; give its path.")
        if wanted.startswith("~/"):
            wanted = os.path.expanduser(wanted)
        if os.path.isabs(wanted):
            return self._absolute(wanted)
        if not self._roots:
            raise OutsideWorkspace("No folder is open; open the project's folder in the editor.")
        found = [self._confinement.canonical(os.path.join(root, wanted)) for root in self._roots]
        here = [place for place in found if self._is_there(place)]
        return here[0] if here else self._respelled(found[0])

    def missing(self, path: str, names: Callable[[], Iterable[str]]) -> FileMissing:
        """Make the error for a path where nothing is.

        `names` returns all paths of the workspace; it is asked for only here.
        """
        shown = self._confinement.display(path)
        near = self._near(path, names)
        if near:
            offered = " or ".join(self._confinement.display(other) for other in near)
            return FileMissing(f"{shown} does not exist. Did you mean {offered}?")
        folder = os.path.dirname(path)
        if self._is_there(folder):
            where = self._confinement.display(folder)
            return FileMissing(
                f"{shown} does not exist; see what is in {where} with list_directory."
            )
        return FileMissing(f"{shown} does not exist; find files with glob_files.")

    def _absolute(self, wanted: str) -> str:
        try:
            place = self._confinement.canonical(wanted)
        except OutsideWorkspace as error:
            # Models write "/src/a.py" for what is src/a.py in the workspace.
            for root in self._roots:
                inside = os.path.join(root, wanted.lstrip("/"))
                if self._is_there(inside):
                    shown = self._confinement.display(inside)
                    raise OutsideWorkspace(f"{error} Did you mean {shown}?") from error
            raise
        return place if self._is_there(place) else self._respelled(place)

    def _respelled(self, path: str) -> str:
        """Return the path that looks the same as this one, where there is just one such.

        A name that is not UTF-8 is shown spelled out; one with accents has two Unicode forms.
        """
        root = self._confinement.root_of(path)
        if root is None or (path.isascii() and "\\" not in path):
            return path
        here = root
        for part in os.path.relpath(path, root).split("/"):
            there = os.path.join(here, part)
            if not self._is_there(there):
                names = self._names_in(here)
                same = [name for name in names if same_when_shown(part, name)]
                if len(same) != 1:
                    return path
                there = os.path.join(here, same[0])
            here = there
        return here

    def _near(self, path: str, names: Callable[[], Iterable[str]]) -> list[str]:
        folder, name = os.path.split(path)
        near = [os.path.join(folder, other) for other in nearest(name, self._names_in(folder))]
        by_name: dict[str, list[str]] = {}
        for other in names():
            by_name.setdefault(os.path.basename(other), []).append(other)
        elsewhere = by_name.get(name, [])
        if not near and not elsewhere and len(by_name) <= _MOST_NAMES:
            elsewhere = [p for other in nearest(name, by_name) for p in by_name[other]]
        best = sorted(elsewhere, key=lambda other: (other.count("/"), other))
        return list(dict.fromkeys([*best[:3], *near]))[:3]

    def _names_in(self, folder: str) -> list[str]:
        try:
            return [entry.name for entry in self._confinement.scan(folder)]
        except WorkspaceError:
            return []

    def _is_there(self, path: str) -> bool:
        try:
            return self._exists(path)
        except WorkspaceError:
            return False
