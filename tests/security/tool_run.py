"""Tries all of `tool_attacks` and `git_attacks`; prints harm and outcome of each as JSON.

`python tool_run.py SCALE [UID]`: it becomes that user after everything is imported.
"""

from __future__ import annotations

import codecs
import json
import os
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from security.git_attacks import ATTEMPTS as GIT_ATTEMPTS
from security.line_attacks import ATTEMPTS as LINE_ATTEMPTS
from security.place import Hung, Place, patience
from security.tool_attacks import ATTEMPTS as TOOL_ATTEMPTS
from security.tool_attacks import Attempt

_PART = 4
ATTEMPTS: dict[str, Attempt] = {**TOOL_ATTEMPTS, **GIT_ATTEMPTS, **LINE_ATTEMPTS}


def chosen(scale: str, *, first: bool) -> list[str]:
    """Return what is tried: all as the first user; of much a part as the others, unless `full`."""
    more = [*GIT_ATTEMPTS, *LINE_ATTEMPTS]
    return [*TOOL_ATTEMPTS, *(more if first or scale == "full" else more[::_PART])]


def tried(attempt: Attempt) -> tuple[list[str], str]:
    """Return the harm that was done, and what came of it."""
    place = Place()
    os.environ["HOME"] = str(place.home)
    os.chdir("/")
    try:
        with patience():
            text = attempt.act(place)
        return place.harm(text), text[:2000]
    except Hung:
        return ["it hung"], traceback.format_exc()
    except Exception:  # noqa: BLE001 - whatever it is, no tool may raise it
        return ["it failed"], traceback.format_exc()
    finally:
        place.remove()


def main() -> None:
    """Print `{name: [harm, outcome]}`."""
    if len(sys.argv) > 2:
        codecs.lookup("utf-8-sig")  # of the interpreter, which this user may not read
        user = int(sys.argv[2])
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    names = chosen(sys.argv[1], first=len(sys.argv) == 2)
    print(json.dumps({name: tried(ATTEMPTS[name]) for name in names}))


if __name__ == "__main__":
    main()
