"""Shared memory of the processes inside, which no limit of the kernel's own bounds there.

Memory that is shared (`MAP_SHARED`, `memfd_create`, segments of System V) is not in what a process
has alone. To count it takes a look into every process, so the machine's own sum is looked at first.
https://docs.kernel.org/filesystems/proc.html
"""

from __future__ import annotations

import os

_KIB = 1024
_BLOCK = 512
_UNATTACHED, _RESIDENT = 6, 14  # fields of /proc/sysvipc/shm


def of_machine() -> int:
    """Return the bytes of shared memory of all processes, inside and outside, and of tmpfs."""
    return _kib_in("/proc/meminfo", b"Shmem:")


def of_processes(processes: list[str], grown: int) -> int:
    """Return what these have of it in bytes: at least half of it, and never more.

    What is in their memory and what they have open are the same bytes as a rule: the larger counts.
    Who forbids a look is taken to have as much as the machine's has `grown` by.
    """
    mapped = 0
    files: dict[tuple[int, int], int] = {}
    for pid in processes:
        try:
            mapped += _kib_in(f"/proc/{pid}/smaps_rollup", b"Pss_Shmem:")
            for name in os.listdir(f"/proc/{pid}/fd"):
                _count(f"/proc/{pid}/fd/{name}", files)
        except PermissionError:
            mapped = max(mapped, grown)
        except OSError:
            # It has ended meanwhile.
            continue
    return max(mapped, sum(files.values())) + _of_segments()


def _count(link: str, files: dict[tuple[int, int], int]) -> None:
    try:
        if os.readlink(link).startswith("/memfd:"):
            status = os.stat(link)
            files[status.st_dev, status.st_ino] = status.st_blocks * _BLOCK
    except FileNotFoundError:
        # It was closed meanwhile.
        return


def _of_segments() -> int:
    """Return the bytes of segments that no process has in its memory now."""
    try:
        with open("/proc/sysvipc/shm", "rb") as file:
            rows = [line.split() for line in file.readlines()[1:]]
    except OSError:
        # A kernel without them.
        return 0
    return sum(int(row[_RESIDENT]) for row in rows if row[_UNATTACHED] == b"0")


def _kib_in(path: str, name: bytes) -> int:
    """Return a number that a file of the kernel gives in kB, in bytes; 0 where it has none."""
    with open(path, "rb") as file:
        for line in file:
            if line.startswith(name):
                return int(line.split()[1]) * _KIB
    return 0
