"""The first process inside a pid namespace: starts the command, reaps, watches, and ends it all.

When it exits, the kernel kills whatever else is left in the namespace.
"""

from __future__ import annotations

import errno
import os
import signal
import time

from . import kernel, landlock, network, privileges, root, seccomp
from .namespaces import Trees
from .report import Report
from .spec import Bounds, Spec

_WATCH_SECONDS = 0.25
_PAGE = os.sysconf("SC_PAGE_SIZE")


def run(spec: Spec, trees: Trees, descriptors: tuple[int, int], report: Report) -> int:
    """Build the root, run the command to its end, report it; return our own exit code."""
    namespaces = spec.namespaces
    assert namespaces is not None
    # If the supervisor dies, so does the namespace.
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    root.build(namespaces, trees)
    if not spec.network:
        network.raise_loopback()
    command = os.fork()
    if command == 0:
        execute(spec, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    privileges.harden()
    # The command has the same user id: it must not look into this process.
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    report.started()
    return _wait(command, spec.bounds, report)


def execute(spec: Spec, descriptors: tuple[int, int]) -> None:
    """Become the command; `descriptors` are its stdin and its output. Does not return."""
    stdin, output = descriptors
    try:
        os.setsid()
        os.dup2(stdin, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.closerange(3, 1024)
        os.chdir(spec.cwd)
        privileges.limit(spec.bounds, own_user=spec.namespaces is not None)
        confine(spec)
        privileges.ordinary_signals()
        _execute_program(spec.argv, dict(spec.environment))
    except OSError as error:
        what = error.filename if error.filename is not None else spec.argv[0]
        os.write(2, f"{what}: {error.strerror or error}\n".encode(errors="replace"))
    except BaseException as error:  # noqa: BLE001 - a forked child must not go on as its parent
        os.write(2, f"cannot start the command: {error!r}\n".encode(errors="replace"))
    finally:
        os._exit(127)


def _execute_program(argv: tuple[str, ...], environment: dict[str, str]) -> None:
    """Become a program that is looked for on PATH.

    `os.execvpe` imports a module for that, and the interpreter's files may be out of sight here.
    """
    if "/" in argv[0]:
        os.execve(argv[0], argv, environment)  # noqa: S606 - there is no shell
    refused: OSError | None = None
    for folder in environment.get("PATH", "").split(":"):
        try:
            os.execve(f"{folder}/{argv[0]}", argv, environment)  # noqa: S606 - no shell
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            refused = refused or error
    raise refused or FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0])


def confine(spec: Spec) -> None:
    """Give up privileges and set the filters that the spec asks for."""
    if not spec.confine:
        return
    privileges.harden()
    if spec.landlock is not None:
        landlock.restrict(spec.landlock, network=spec.network)
    elif spec.network:
        landlock.scope()
    seccomp.install(sockets=spec.namespaces is not None or spec.network)


def _wait(command: int, bounds: Bounds, report: Report) -> int:
    watch = time.monotonic() + _WATCH_SECONDS
    while True:
        signal.sigtimedwait([signal.SIGCHLD], max(watch - time.monotonic(), 0.01))
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return 1
            if pid == command:
                report.exited(os.waitstatus_to_exitcode(status))
                return 0
            if pid == 0:
                break
        if time.monotonic() < watch:
            continue
        watch = time.monotonic() + _WATCH_SECONDS
        excess = _excess(bounds)
        if excess:
            report.over(excess)
            return 0


def _excess(bounds: Bounds) -> str:
    """Return which limit of the whole namespace is passed, if one is."""
    count = memory = 0
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        count += 1
        try:
            with open(f"/proc/{name}/statm", "rb") as file:
                fields = file.read().split()
        except OSError:
            # It has ended meanwhile.
            continue
        memory += (int(fields[1]) - int(fields[2])) * _PAGE
    if memory > bounds.memory:
        return "memory"
    # User id 0 is not bound by the kernel's own count; ours is coarse but binds everybody.
    return "processes" if count > bounds.processes + 2 else ""
