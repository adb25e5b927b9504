"""Which process a run belongs to, and whether it still lives.

Two processes may share one store: the daemons of two versions, a daemon and a standalone server.
Only the runs of a dead one may be ended by another.
"""

from __future__ import annotations

import os
from pathlib import Path


def this_process() -> str:
    """Return the name of this process, which no later process has."""
    return _name(os.getpid())


def alive(owner: str) -> bool:
    """Tell whether the process of that name lives; a name that cannot be read is dead."""
    pid = owner.partition(":")[0]
    if not pid.isdecimal() or int(pid) == 0:
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # not our user's: the id was given to another process since
    return _name(int(pid)) == owner


def _name(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return f"{pid}:"  # no such place outside Linux: the id alone has to do
    # proc(5): starttime is field 22, counted from the end of the command's name (field 2).
    return f"{pid}:{stat.rpartition(')')[2].split()[19]}"
