"""What /proc tells of a daemon and what it started; for Linux."""

from __future__ import annotations

import os
import re
import signal
from contextlib import suppress
from pathlib import Path


def ours(mark: str) -> list[int]:
    """Return the processes whose environment holds a text, but for this one."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal() or int(folder.name) == os.getpid():
            continue
        with suppress(OSError):
            if mark.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


def children(pid: int) -> list[int]:
    """Return the processes that one started and that go on."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(one) for one in (task / "children").read_text().split()]
    return found


def command(pid: int) -> str:
    with suppress(OSError):
        return (
            Path(f"/proc/{pid}/cmdline")
            .read_bytes()
            .replace(b"\0", b" ")
            .decode("utf-8", "replace")
        )
    return ""


def descriptors(pid: int) -> list[str]:
    """Return what the descriptors of a process are for."""
    found = []
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found.append(re.sub(r"\d{3,}", "", str(one.readlink())))
    return sorted(found)


def memory(pid: int) -> int:
    """Return the resident memory in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def kill_indexer(pid: int) -> bool:
    """kill -9 of the indexer of a daemon; False where it has none."""
    for child in children(pid):
        if "indexer" in command(child):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            return True
    return False
