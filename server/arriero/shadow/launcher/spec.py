"""What the daemon asks the launcher to do, as plain values that cross a file descriptor.

`marshal` is enough and fast to import: both ends are the same interpreter and the descriptor is
private to them.
"""

from __future__ import annotations

import marshal
from typing import Any, NamedTuple


class Bounds(NamedTuple):
    """Limits of one command, in bytes and counts."""

    memory: int
    processes: int
    file_size: int


class Bind(NamedTuple):
    """A file or folder of the machine, seen inside at `target`; what does not exist is left out."""

    source: str
    target: str
    device: bool = False


class Overlay(NamedTuple):
    """A workspace folder with layers laid over it, all folder names in `Namespaces.folder`.

    `layer` takes what the command writes; `bases` lie between it and the workspace, upmost first,
    and are only read.
    """

    root: str
    layer: str
    bases: tuple[str, ...] = ()


class Namespaces(NamedTuple):
    """The root file system and the identity inside.

    `uid` and `gid` are numbers inside. With `first_id` the ids 0-65535 inside are the 65536 ids
    from there on outside (only root can ask for that); with 0 the one id is the caller's own.
    `scratch` folders are empty, writable and thrown away; together they hold `scratch_bytes`.
    `masks` are files and folders that are seen empty and cannot be opened for writing. `marks` are
    (device, inode) of the workspace folders and the sources of the binds: where one of them is
    another folder than before, nothing that was made ready is of use.
    """

    folder: str
    uid: int
    gid: int
    first_id: int
    overlays: tuple[Overlay, ...]
    binds: tuple[Bind, ...]
    symlinks: tuple[tuple[str, str], ...]
    scratch: tuple[str, ...]
    scratch_bytes: int
    masks: tuple[str, ...]
    marks: tuple[tuple[int, int], ...] = ()


class Landlock(NamedTuple):
    """Paths that may be read (and executed) and paths that may be written; all else is refused."""

    readable: tuple[str, ...]
    writable: tuple[str, ...]


class Spec(NamedTuple):
    """One command; without `confine` it keeps the user's rights, without `network` no sockets.

    `cgroup` is the folder of a control group that the command is to be a member of, or "".
    """

    argv: tuple[str, ...]
    cwd: str
    environment: tuple[tuple[str, str], ...]
    bounds: Bounds
    network: bool
    confine: bool
    namespaces: Namespaces | None = None
    landlock: Landlock | None = None
    cgroup: str = ""


class Order(NamedTuple):
    """What a process that waits on the ground of a spec is told to become."""

    argv: tuple[str, ...]
    cwd: str
    environment: tuple[tuple[str, str], ...]
    bounds: Bounds


def ground(spec: Spec) -> Spec:
    """Return what can be made ready before the command is known: all but the command itself."""
    return spec._replace(argv=(), cwd="", environment=(), bounds=Bounds(0, 0, 0))


def order(spec: Spec) -> Order:
    """Return what `ground` leaves out."""
    return Order(spec.argv, spec.cwd, spec.environment, spec.bounds)


def encode_order(what: Order) -> bytes:
    """Return the bytes that `decode_order` understands."""
    return marshal.dumps(_plain(what))


def decode_order(data: bytes) -> Order:
    """Return the order; the bytes come from the daemon."""
    found = Order(*marshal.loads(data))  # noqa: S302 - written by the daemon that started us
    return found._replace(bounds=Bounds(*found.bounds))


def encode(spec: Spec) -> bytes:
    """Return the bytes that `decode` understands."""
    return marshal.dumps(_plain(spec))


def decode(data: bytes) -> Spec:
    """Return the spec; the bytes come from the daemon that started this process."""
    values = marshal.loads(data)  # noqa: S302 - written by our own parent
    spec = Spec(*values)
    return spec._replace(
        bounds=Bounds(*spec.bounds),
        namespaces=_namespaces(spec.namespaces) if spec.namespaces else None,
        landlock=Landlock(*spec.landlock) if spec.landlock else None,
    )


def _namespaces(values: tuple[object, ...]) -> Namespaces:
    namespaces = Namespaces(*values)  # type: ignore[arg-type]
    return namespaces._replace(
        overlays=tuple(Overlay(*overlay) for overlay in namespaces.overlays),
        binds=tuple(Bind(*bind) for bind in namespaces.binds),
    )


def _plain(value: Any) -> Any:
    # marshal takes exact tuples only, not the named ones.
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value
