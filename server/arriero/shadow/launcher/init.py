"""The first process inside a pid namespace: starts the command, reaps, watches, and ends it all.

When it exits, the kernel kills whatever else is left in the namespace.
"""

from __future__ import annotations

import os
import signal
import socket
import time

from . import command, handover, kernel, privileges, root, shared
from .namespaces import Trees
from .report import Report
from .spec import Bounds, Spec

_WATCH_SECONDS = 0.25
_PAGE = os.sysconf("SC_PAGE_SIZE")


def run(
    wanted: Spec, trees: Trees, hand: socket.socket, of_command: socket.socket, others: int
) -> int:
    """Build the root and the command's process, wait for what it is to be, and see it to its end.

    `others` are the threads that the kernel counts together with those of the command. Returns the
    exit code of this process.
    """
    # If the supervisor dies, so does the namespace.
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    failure: BaseException | None = None
    pid = 0
    try:
        assert wanted.namespaces is not None
        root.build(wanted.namespaces, trees)
        privileges.drop_bounding_set()
        pid = os.fork()
        if pid == 0:
            hand.close()
            command.wait_and_become(wanted, of_command, others)
        privileges.harden(bounded=True)
        # The command has the same user id: it must not look into this process.
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    except BaseException as error:  # noqa: BLE001 - told to the daemon when there is a command
        failure = error
    data, controls = handover.receive(hand)
    if not data:
        return 1
    of_command.close()
    report = Report(socket.socket(fileno=controls[0]))
    if failure is not None:
        report.failed(failure)
        return 1
    report.started()
    _wait(pid, handover.bounds_in(data), report)
    _end_all()
    report.gone()
    return 0


def _wait(pid: int, bounds: Bounds, report: Report) -> None:
    """Wait for the end of the command, or of the limits of the whole namespace."""
    watch = time.monotonic() + _WATCH_SECONDS
    lowest = shared.of_machine()
    while True:
        signal.sigtimedwait([signal.SIGCHLD], max(watch - time.monotonic(), 0.01))
        while True:
            try:
                ended, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if ended == pid:
                report.exited(os.waitstatus_to_exitcode(status))
                return
            if ended == 0:
                break
        if time.monotonic() < watch:
            continue
        watch = time.monotonic() + _WATCH_SECONDS
        shares = shared.of_machine()
        lowest = min(lowest, shares)
        excess = _excess(bounds, shares, shares - lowest)
        if excess:
            report.over(excess)
            return


def _end_all() -> None:
    """Kill every other process of the namespace and wait until none is left."""
    try:
        os.kill(-1, signal.SIGKILL)
        while True:
            os.waitpid(-1, 0)
    except (ProcessLookupError, ChildProcessError):
        # None is left.
        return


def _excess(bounds: Bounds, shares: int, grown: int) -> str:
    """Return which limit of the whole namespace is passed, if one is.

    `shares` are the bytes of shared memory of the whole machine, `grown` is by how much there are
    more than there were at some time since the command began.
    """
    count = memory = 0
    others = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        count += 1
        if int(name) != os.getpid():
            others.append(name)
        try:
            with open(f"/proc/{name}/statm", "rb") as file:
                fields = file.read().split()
        except OSError:
            # It has ended meanwhile.
            continue
        memory += (int(fields[1]) - int(fields[2])) * _PAGE
    if memory + shares > bounds.memory:
        memory += shared.of_processes(others, grown)
    if memory > bounds.memory:
        return "memory"
    # User id 0 is not bound by the kernel's own count; ours is coarse but binds everybody.
    return "processes" if count > bounds.processes + 2 else ""
