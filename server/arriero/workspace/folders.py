"""The folders that an editor opened, as one workspace."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

from arriero.workspace.confine import is_beneath
from arriero.workspace.naming import visible
from arriero.workspace.realpath import real_path
from arriero.workspace.uris import is_uri, uri_to_path

MOST_OF_A_HOME = 20_000  # files


@dataclass(frozen=True)
class Folders:
    """Canonical folders of a workspace in the order they were given, none inside another.

    `notices` are sentences for the person about what is unusual. Two connections share a
    workspace when their `key` is the same.
    """

    roots: tuple[str, ...]
    notices: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """A name for this set of folders, whatever their order: 16 hexadecimal digits."""
        joined = b"\0".join(sorted(os.fsencode(root) for root in self.roots))
        return hashlib.sha256(joined).hexdigest()[:16]


def open_folders(paths: Sequence[str]) -> Folders:
    """Resolve paths or `file:` URIs of folders; never raises for what is on the disk.

    A folder that is not there is kept, as it may come back; what is not a folder is left out.
    """
    found: list[str] = []
    notices: list[str] = []
    for given in paths:
        path = uri_to_path(given)
        reason = _refused(path)
        if reason:
            notices.append(f"{visible(given[:200])} cannot be opened: {reason}.")
            continue
        folder = real_path(path)
        if folder is not None and folder not in found:
            found.append(folder)
            notices += _unusual(folder)
    roots = [path for path in found if not any(_within(path, other) for other in found)]
    return Folders(tuple(roots), tuple(notices))


def is_too_wide(root: str) -> bool:
    """Tell whether a workspace is the whole disk or somebody's home: to be asked about, capped."""
    return root in ("/", "/home", "/Users", os.path.realpath(os.path.expanduser("~")))


def _within(path: str, other: str) -> bool:
    return path != other and is_beneath(path, other)


def _refused(path: str) -> str:
    if is_uri(path):
        return "only folders on this machine can be; open the folder from the disk"
    if not path or "\0" in path or not os.path.isabs(path):
        return "it is not an absolute path; give the folder's whole path"
    if real_path(path) is None:
        return "the system takes it for no path; open another folder"
    is_other = os.path.lexists(path) and not os.path.isdir(path)
    return "it is not a folder; open the folder that it is in" if is_other else ""


def _unusual(folder: str) -> list[str]:
    shown = visible(folder)
    if not os.path.isdir(folder):
        return [f"{shown} is not there; restore the folder or open another one."]
    said = []
    if is_too_wide(folder):
        what = {"/": "The whole disk", "/home": shown, "/Users": shown}.get(
            folder, "Your home folder"
        )
        said.append(
            f"{what} is open as workspace: only the first {MOST_OF_A_HOME:,} files are seen. "
            "Open the project's folder instead."
        )
    if not os.access(folder, os.R_OK | os.X_OK):
        said.append(f"{shown} may not be read; change its permissions or open another folder.")
    elif not os.access(folder, os.W_OK):
        said.append(f"{shown} is read-only: edits can be proposed, but perhaps not saved.")
    return said
