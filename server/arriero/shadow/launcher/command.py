"""The process that becomes the command: confined first, then it waits for what to become."""

from __future__ import annotations

import errno
import os
import signal
import socket
import stat

from . import handover, kernel, landlock, privileges, seccomp
from .handover import Given
from .spec import Spec, decode_order


def wait_and_become(wanted: Spec, hand: socket.socket, others: int) -> None:
    """Confine this process, wait for a command and become it. Does not return.

    `others` are the threads that the kernel counts together with those of the command.
    """
    failure: BaseException | None = None
    try:
        # Who supervises is not outlived, whatever it dies of.
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        if wanted.confine:
            _confine(wanted)
        data, descriptors = handover.receive(hand)
        if not data:
            os._exit(1)
        given = Given(*descriptors)
    except BaseException as error:  # noqa: BLE001 - told when there is somebody to tell
        failure = error
    try:
        if failure is not None:
            _, descriptors = handover.receive(hand)
            given = Given(*descriptors)
        os.dup2(given.output, 1)
        os.dup2(given.output, 2)
        if failure is not None:
            raise failure
        os.dup2(_stdin(given.stdin), 0)
        order = decode_order(handover.read(given.order))
        os.closerange(3, 1024)
        os.chdir(order.cwd)
        privileges.limit(order.bounds, others)
        privileges.ordinary_signals()
        _execute_program(order.argv, dict(order.environment))
    except OSError as error:
        what = error.filename if error.filename is not None else "the command"
        os.write(2, f"{what}: {error.strerror or error}\n".encode(errors="replace"))
    except BaseException as error:  # noqa: BLE001 - a forked child must not go on as its parent
        os.write(2, f"cannot start the command: {error!r}\n".encode(errors="replace"))
    finally:
        os._exit(127)


def _confine(wanted: Spec) -> None:
    """Give up privileges for good and set the filters."""
    inside = wanted.namespaces is not None
    privileges.harden(bounded=inside)
    # Before its second version Landlock refuses every rename between folders: with namespaces
    # around, which hold by themselves, that is no good trade.
    if wanted.landlock is not None and not (inside and landlock.version() < 2):
        landlock.enforce(landlock.ruleset(wanted.landlock, tcp=inside or wanted.network))
    elif wanted.network:
        landlock.scope()
    seccomp.install(sockets=inside or wanted.network)


def _stdin(given: int) -> int:
    """Return the descriptor to read from; /dev/null is the one of the root inside."""
    if stat.S_ISCHR(os.fstat(given).st_mode):
        return os.open("/dev/null", os.O_RDONLY)
    return given


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
