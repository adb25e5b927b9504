"""A short filter of system calls (seccomp BPF): what namespaces leave open.

Refused: socket families that network namespaces do not separate (vsock, Bluetooth, AF_ALG, …) or,
where there is no network namespace and no network is allowed, every socket but a pair of Unix ones;
pairs of any other family; new user namespaces; limits of other processes (a limit of their time
ends them); and calls that reach the kernel's keyrings, tracing and rings, which commands of a
project do not need.
"""

from __future__ import annotations

import ctypes
import os
import struct

from . import kernel

_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_SET = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data, little endian
_CLONE_NEWUSER = 0x10000000
_UNIX = 1
_FAMILIES = (_UNIX, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK


class _Machine:
    """Numbers of system calls."""

    def __init__(
        self,
        arch: int,
        *,
        sockets: tuple[int, int],
        namespaces: tuple[int, int],
        prlimit: int,
        refused: tuple[int, ...],
    ) -> None:
        """`sockets` are socket and socketpair, `namespaces` clone and unshare."""
        self.arch = arch
        self.socket, self.pair = sockets
        self.namespaces = namespaces
        self.prlimit = prlimit
        self.refused = refused


# As on a kernel without them, so that programs use ordinary calls: io_uring, and clone3, whose
# flags a filter cannot read.
_UNKNOWN = (425, 426, 427, 435)
# `refused` are add_key, request_key, keyctl, bpf, perf_event_open, userfaultfd.
_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        sockets=(41, 53),
        namespaces=(56, 272),
        prlimit=302,
        refused=(248, 249, 250, 321, 298, 323),
    ),
    "aarch64": _Machine(
        0xC00000B7,
        sockets=(198, 199),
        namespaces=(220, 97),
        prlimit=261,
        refused=(217, 218, 219, 280, 241, 282),
    ),
}


def known() -> bool:
    """Whether there is a filter for this machine's architecture."""
    return os.uname().machine in _MACHINES


def install(*, sockets: bool) -> None:
    """Set the filter for this process and its children; needs no_new_privs.

    With `sockets` false no socket can be made at all (a pair of Unix sockets still can).
    """
    machine = _MACHINES.get(os.uname().machine)
    if machine is None:
        return
    code = _program(machine, sockets=sockets)
    count = len(code) // 8
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxQ", count, ctypes.addressof(buffer))
    kernel.prctl(kernel.PR_SET_SECCOMP, 2, program)


def _program(machine: _Machine, *, sockets: bool) -> bytes:
    steps = [
        _step(_LOAD, _ARCH),
        # A 32-bit program has other numbers: none of its calls is let through.
        _step(_EQUAL, machine.arch, 1, 0),
        _step(_RETURN, _ERRNO | _ENOSYS),
        _step(_LOAD, _NUMBER),
    ]
    if machine.arch == 0xC000003E:
        # The x32 numbers of the same calls.
        steps += [_step(_AT_LEAST, 0x40000000, 0, 1), _step(_RETURN, _ERRNO | _ENOSYS)]
    for number in machine.refused:
        steps += [_step(_EQUAL, number, 0, 1), _step(_RETURN, _ERRNO | _EPERM)]
    for number in _UNKNOWN:
        steps += [_step(_EQUAL, number, 0, 1), _step(_RETURN, _ERRNO | _ENOSYS)]
    for number in machine.namespaces:
        steps += _argument(number, _step(_SET, _CLONE_NEWUSER, 0, 1))
    # Zero is the own process.
    steps += _argument(machine.prlimit, _step(_EQUAL, 0, 1, 0))
    # Where a family has no pairs, the kernel has loaded its module before it says so.
    steps += _families(machine.pair, (_UNIX,))
    if sockets:
        steps += _families(machine.socket, _FAMILIES)
    else:
        steps += [_step(_EQUAL, machine.socket, 0, 1), _step(_RETURN, _ERRNO | _EPERM)]
    steps.append(_step(_RETURN, _ALLOW))
    return b"".join(steps)


def _argument(number: int, test: bytes) -> list[bytes]:
    """Return the steps that end a call by its first argument; the test goes on to refuse it."""
    check = [_step(_LOAD, _FIRST_ARGUMENT), test, _step(_RETURN, _ERRNO | _EPERM)]
    return [_step(_EQUAL, number, 0, len(check) + 1), *check, _step(_RETURN, _ALLOW)]


def _families(number: int, allowed: tuple[int, ...]) -> list[bytes]:
    """Return the steps that end a call whose first argument is none of the socket families."""
    let = [_step(_EQUAL, family, len(allowed) - i, 0) for i, family in enumerate(allowed)]
    refuse = _step(_RETURN, _ERRNO | _EAFNOSUPPORT)
    # One that is let through is what is loaded now: no later step may take it for a call's number.
    check = [_step(_LOAD, _FIRST_ARGUMENT), *let, refuse, _step(_RETURN, _ALLOW)]
    return [_step(_EQUAL, number, 0, len(check)), *check]


def _step(code: int, value: int, true: int = 0, false: int = 0) -> bytes:
    return struct.pack("HBBI", code, true, false, value)
