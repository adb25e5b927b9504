"""One command from the outside: starts it, ends it when the daemon says so, stays to the end."""

from __future__ import annotations

import os
import select
import signal

from . import init, kernel, namespaces, privileges
from .report import Report
from .spec import Spec


def supervise(spec: Spec, descriptors: tuple[int, int], report: Report) -> None:
    """Run one command; returns when no process of it is left."""
    os.umask(0o022)
    privileges.prefer_for_oom()
    if spec.namespaces is None:
        _supervise_tree(spec, descriptors, report)
        return
    trees = namespaces.enter(spec.namespaces, network=spec.network, output=descriptors[1])
    first = os.fork()
    if first == 0:
        code = 1
        try:
            code = init.run(spec, trees, descriptors, report)
        except BaseException as error:  # noqa: BLE001 - a forked child must not go on as its parent
            report.failed(error)
        finally:
            os._exit(code)
    _close(descriptors)
    _watch(first, report)
    # Returns only when the kernel has ended every other process of the namespace.
    os.waitpid(first, 0)


def _supervise_tree(spec: Spec, descriptors: tuple[int, int], report: Report) -> None:
    """Without namespaces: whatever loses its parent becomes our child, so that none escapes."""
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    command = os.fork()
    if command == 0:
        init.execute(spec, descriptors)
    _close(descriptors)
    report.started()
    if _watch(command, report):
        _, status = os.waitpid(command, 0)
        report.exited(os.waitstatus_to_exitcode(status))
    _end_children()


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
        for pid in _descendants(os.getpid()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
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


def _close(descriptors: tuple[int, int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
