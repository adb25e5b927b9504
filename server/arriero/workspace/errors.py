"""What can go wrong with a file: one sentence that says what to do next.

`str(error)` is fit for a model and for a person alike: it names the path as `display` shows it and
ends with the next step. It never holds a traceback, a descriptor number or a control character.
"""

from __future__ import annotations


class WorkspaceError(Exception):
    """An operation on the workspace that cannot be done; the base of all errors of this package."""


class BadPath(WorkspaceError):
    """The path cannot name a file: empty, with a NUL character, too long, of another scheme."""


class OutsideWorkspace(WorkspaceError):
    """The path, or a symbolic link on its way, leads out of the workspace's folders."""


class FileMissing(WorkspaceError):
    """No file is there; the sentence offers the nearest names that are."""


class IsDirectory(WorkspaceError):
    """A file was wanted and a folder is there."""


class NotDirectory(WorkspaceError):
    """A folder was wanted and something else is there."""


class NotRegular(WorkspaceError):
    """A FIFO, a socket or a device: nothing that a tool may open."""


class NotText(WorkspaceError):
    """The file's bytes are not text."""


class TooLarge(WorkspaceError):
    """The file has more bytes than may be read."""


class Unreadable(WorkspaceError):
    """The operating system refuses: no permission, or an input/output error."""


class ReadOnly(WorkspaceError):
    """The path may be read but not proposed for a change."""


class AlreadyExists(WorkspaceError):
    """Something is there already where a file was to be made."""


class NotSeen(WorkspaceError):
    """A file that the model has not read in this run was to be replaced as a whole."""


class Conflict(WorkspaceError):
    """The user changed the same lines meanwhile; the sentence shows the current text."""


class VanishedFolder(WorkspaceError):
    """A folder of the workspace is not there any more."""


class UnknownEncoding(WorkspaceError):
    """The new text has characters that the file's own encoding cannot hold."""
