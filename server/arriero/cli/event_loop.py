"""The event loop of `arriero serve`: uvloop where it is installed, else Python's own.

Only a process that is nothing but a gateway runs on it: pieces of many streams come earlier then.
Daemon, editors and commands stay on asyncio's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Literal

LoopChoice = Literal["auto", "asyncio"]

log = logging.getLogger(__name__)


def run(work: Coroutine[Any, Any, None], choice: LoopChoice = "auto") -> None:
    """Do the work on the loop that was chosen, as `asyncio.run` does."""
    if choice == "auto":
        try:
            import uvloop  # an extra: not everybody has it, and not every platform
        except ImportError:
            pass
        else:
            log.info("the event loop is uvloop's")
            uvloop.run(work)
            return
    log.info("the event loop is asyncio's")
    asyncio.run(work)
