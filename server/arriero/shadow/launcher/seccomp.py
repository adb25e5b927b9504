"""A short filter of system calls (seccomp BPF): what namespaces leave open.

Refused: socket families that network namespaces do not separate (vsock, Bluetooth, AF_ALG, …) or,
where there is no network namespace and no network is allowed, every socket but a socket pair; and
calls that reach the kernel's keyrings, tracing and rings, which commands of a project do not need.
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
_RETURN = 0x06  # BPF_RET | BPF_K
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data, little endian
_FAMILIES = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK


class _Machine:
    def __init__(self, arch: int, socket: int, refused: tuple[int, ...]) -> None:
        self.arch = arch
        self.socket = socket
        self.refused = refused


# Refused: add_key, request_key, keyctl, bpf, perf_event_open, userfaultfd; io_uring last.
_IO_URING = (425, 426, 427)
_MACHINES = {
    "x86_64": _Machine(0xC000003E, 41, (248, 249, 250, 321, 298, 323)),
    "aarch64": _Machine(0xC00000B7, 198, (217, 218, 219, 280, 241, 282)),
}


def known() -> bool:
    """Whether there is a filter for this machine's architecture."""
    return os.uname().machine in _MACHINES


def install(*, sockets: bool) -> None:
    """Set the filter for this process and its children; needs no_new_privs.

    With `sockets` false no socket can be made at all (socketpair still works).
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
    for number in _IO_URING:
        # As on a kernel without it: programs then use ordinary calls.
        steps += [_step(_EQUAL, number, 0, 1), _step(_RETURN, _ERRNO | _ENOSYS)]
    if sockets:
        families = [
            _step(_EQUAL, family, len(_FAMILIES) - i, 0) for i, family in enumerate(_FAMILIES)
        ]
        check = [_step(_LOAD, _FIRST_ARGUMENT), *families, _step(_RETURN, _ERRNO | _EAFNOSUPPORT)]
        steps += [_step(_EQUAL, machine.socket, 0, len(check)), *check]
    else:
        steps += [_step(_EQUAL, machine.socket, 0, 1), _step(_RETURN, _ERRNO | _EPERM)]
    steps.append(_step(_RETURN, _ALLOW))
    return b"".join(steps)


def _step(code: int, value: int, true: int = 0, false: int = 0) -> bytes:
    return struct.pack("HBBI", code, true, false, value)
