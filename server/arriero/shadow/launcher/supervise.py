"""One command from the outside: makes ready, ends it when the daemon says so, stays to the end."""

from __future__ import annotations

import os
import select
import signal
import socket

from . import command, handover, init, kernel, namespaces, privileges, root
from .home import Home
from .namespaces import Trees
from .report import Report
from .spec import Namespaces, Spec


def supervise(wanted: Spec, home: Home | OSError | None, hands: list[socket.socket]) -> None:
    """Make ready what a command on `wanted` needs, wait for it, stay until it is gone.

    The hands are those of this process, of the first one inside where there are namespaces, and of
    the command.
    """
    os.umask(0o022)
    privileges.prefer_for_oom()
    if wanted.namespaces is None:
        _supervise_tree(wanted, *hands)
    else:
        _supervise_namespaces(wanted, wanted.namespaces, home, *hands)


def _supervise_namespaces(
    wanted: Spec,
    inside: Namespaces,
    home: Home | OSError | None,
    own: socket.socket,
    theirs: socket.socket,
    of_command: socket.socket,
) -> None:
    failure: BaseException | None = None
    first = 0
    try:
        if not isinstance(home, Home):
            raise home or OSError("there are no namespaces")
        if wanted.cgroup:
            # While its folder is in sight and we are who may write there.
            join(wanted.cgroup)
        others = privileges.others_counted(own_user=True)
        trees = namespaces.enter(inside, home)
        first = os.fork()
        if first == 0:
            own.close()
            _be_first(wanted, trees, theirs, of_command, others)
        trees.close()
    except BaseException as error:  # noqa: BLE001 - told to the daemon when there is a command
        failure = error
    theirs.close()
    data, controls = handover.receive(own)
    of_command.close()
    report = Report(socket.socket(fileno=controls[0])) if data else None
    if failure is not None:
        if report is not None:
            report.failed(failure)
        return
    if report is None:
        os.kill(first, signal.SIGKILL)
    else:
        _watch(first, report)
    # Returns only when the kernel has ended every other process of the namespace.
    os.waitpid(first, 0)
    root.leave_overlays(inside)


def join(cgroup: str) -> None:
    """Make this process and its children to come members of a control group. Raises OSError."""
    descriptor = os.open(f"{cgroup}/cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, b"0")
    finally:
        os.close(descriptor)


def _be_first(
    wanted: Spec, trees: Trees, hand: socket.socket, of_command: socket.socket, others: int
) -> None:
    """Be the first process inside. Does not return."""
    code = 1
    try:
        code = init.run(wanted, trees, hand, of_command, others)
    finally:
        os._exit(code)


def _supervise_tree(wanted: Spec, own: socket.socket, of_command: socket.socket) -> None:
    """Without namespaces: whatever loses its parent becomes our child, so that none escapes."""
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    others = privileges.others_counted(own_user=False)
    pid = os.fork()
    if pid == 0:
        own.close()
        command.wait_and_become(wanted, of_command, others)
    of_command.close()
    data, controls = handover.receive(own)
    if not data:
        # The command's process is told by its own hand.
        return
    report = Report(socket.socket(fileno=controls[0]))
    report.started()
    if _watch(pid, report):
        _, status = os.waitpid(pid, 0)
        report.exited(os.waitstatus_to_exitcode(status))
    _end_children()
    report.gone()


def _watch(pid: int, report: Report) -> bool:
    """Wait for a child; False if the daemon had it killed."""
    own = True
    child = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(child, select.POLLIN)
    poll.register(report.fileno(), select.POLLIN | select.POLLRDHUP)
    while True:
        ready = [descriptor for descriptor, _ in poll.poll()]
        if child in ready:
            os.close(child)
            return own
        os.kill(pid, signal.SIGKILL)
        own = False
        poll.unregister(report.fileno())


def _end_children() -> None:
    """Kill until no descendant is left; orphans of the killed come to us."""
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            # Without a child there is no descendant either.
            return
        for pid in _descendants(os.getpid()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        select.select([], [], [], 0.002)


def _descendants(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # The name in parentheses may hold anything, parentheses too.
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(name))
    found: list[int] = []
    todo = [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found
