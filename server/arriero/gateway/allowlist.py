"""Which commands a run may execute where the settings name the programs."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Mapping
from typing import Any

# What would run another program than the first word, or write somewhere: without a shell's help.
_SHELL = re.compile(r"[;&|<>`$(){}\n\r]")


def allowed(tool: str, arguments: Mapping[str, Any], programs: Collection[str]) -> bool:
    """Tell whether a call runs one of the programs, and nothing beside it."""
    if tool == "run_python":
        return "python" in programs or "python3" in programs
    command = arguments.get("command")
    if tool != "run_command" or not isinstance(command, str) or _SHELL.search(command):
        return False
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    # Neither `./pytest` nor `PATH=. pytest` is the program that was meant.
    return bool(words) and words[0] in programs and os.sep not in words[0]
