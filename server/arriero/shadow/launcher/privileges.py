"""What a process gives up just before it becomes the command."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import signal

from . import kernel
from .spec import Bounds

# no-root, no-setuid-fixup, keep-caps off, no-ambient-raise, each with its lock.
_SECUREBITS = 0b11101111


def harden(*, bounded: bool = False) -> None:
    """Give up every capability for good; no program that is executed later gains any.

    `bounded`: `drop_bounding_set` was called before.
    """
    # A kernel without keyrings, or a container that forbids them: nothing to leave.
    with contextlib.suppress(OSError):
        kernel.join_new_session_keyring()
    if not bounded:
        drop_bounding_set()
    kernel.prctl(kernel.PR_CAP_AMBIENT, kernel.PR_CAP_AMBIENT_CLEAR_ALL)
    kernel.clear_capabilities()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)


def limit(bounds: Bounds, others: int) -> None:
    """Set the limits of this process and its children.

    Memory is bounded as data (writable private pages), per process: many runtimes reserve far more
    address space than they use, so bounding that would stop them. `others` are threads that the
    kernel counts together with those of the command.
    """
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, bounds.file_size)
    _lower(resource.RLIMIT_DATA, bounds.memory)
    _lower(resource.RLIMIT_NPROC, bounds.processes + others)


def ordinary_signals() -> None:
    """Undo what Python and the launcher do with signals, which a program would inherit."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def prefer_for_oom() -> None:
    """Let the kernel end this tree before the editor or the daemon when memory is short."""
    try:
        descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    except OSError:
        return
    try:
        os.write(descriptor, b"500")
    finally:
        os.close(descriptor)


def drop_bounding_set() -> None:
    """Give up what programs that are executed later could gain; the own rights stay for now."""
    for capability in range(64):
        try:
            kernel.prctl(kernel.PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == errno.EINVAL:
                break  # past the last one
            if error.errno == errno.EPERM:
                return  # no CAP_SETPCAP, so there is nothing to gain either
            raise
    kernel.prctl(kernel.PR_SET_SECUREBITS, _SECUREBITS)


def others_counted(*, own_user: bool) -> int:
    """Return how many threads the kernel counts together with those of a command to come.

    `own_user`: it runs in a user namespace of its own, which is counted alone since Linux 5.14.
    """
    return 0 if own_user and _counts_by_namespace() else _threads_of_user()


def _counts_by_namespace() -> bool:
    major, minor = os.uname().release.split(".")[:2]
    return (int(major), int("".join(c for c in minor if c.isdigit()))) >= (5, 14)


def _threads_of_user() -> int:
    user = os.getuid()
    count = 0
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == user:
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            # It has ended meanwhile.
            continue
    return count


def _lower(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))
