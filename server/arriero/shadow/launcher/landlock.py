"""Landlock: the kernel refuses files outside two lists of paths, for this process and its children.

It does not cover connecting to a Unix socket by path, UDP, and changes of mode, owner or times of
files that cannot be written. https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import os
import stat
import struct

from . import kernel
from .spec import Landlock

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
# What makes sense for a file that is no folder.
_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_NET = 0b11  # bind and connect of TCP
_SCOPE = 0b11  # abstract Unix sockets and signals of processes outside


def version() -> int:
    """Return the kernel's Landlock version, 0 where there is none."""
    try:
        return kernel.syscall("landlock", _CREATE, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def ruleset(rules: Landlock, *, tcp: bool) -> int:
    """Return a descriptor of rules that allow the listed paths only; TCP where `tcp` says so."""
    abi = version()
    handled = _handled(abi)
    made = _create(abi, handled, 0 if tcp else _NET)
    for path in rules.readable:
        _allow(made, path, _READ & handled)
    for path in rules.writable:
        _allow(made, path, handled)
    return made


def enforce(made: int) -> None:
    """Put rules in force for this process and its children; needs no_new_privs."""
    try:
        kernel.syscall("landlock_restrict_self", _RESTRICT, made, 0)
    finally:
        os.close(made)


def scope() -> None:
    """Keep to sockets (abstract ones) and processes of our own, where the kernel can do that."""
    abi = version()
    if abi >= 6:
        enforce(_create(abi, 0, 0))


def _handled(abi: int) -> int:
    rights = (1 << 13) - 1
    for since, right in ((2, 1 << 13), (3, _TRUNCATE), (5, _IOCTL_DEV)):
        if abi >= since:
            rights |= right
    return rights


def _create(abi: int, files: int, net: int) -> int:
    attributes = struct.pack("Q", files)
    if abi >= 4:
        attributes += struct.pack("Q", net)
    if abi >= 6:
        attributes += struct.pack("Q", _SCOPE)
    return kernel.syscall("landlock_create_ruleset", _CREATE, attributes, len(attributes), 0)


def _allow(made: int, path: str, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        # What is not there needs no rule.
        return
    try:
        if not stat.S_ISDIR(os.fstat(parent).st_mode):
            rights &= _FILE
        rule = struct.pack("=Qi", rights, parent)
        kernel.syscall("landlock_add_rule", _ADD, made, _PATH_BENEATH, rule, 0)
    finally:
        os.close(parent)
