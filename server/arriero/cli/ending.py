"""The end of a process that serves, though a thread of it hangs in a folder that never answers."""

from __future__ import annotations

import logging
import os
import threading

ENDING = 20.0  # seconds; runs have ten of them to end

log = logging.getLogger(__name__)


def end_in_time() -> None:
    """From now on the process has `ENDING` seconds to end by itself; called when it is to end."""
    last = threading.Timer(ENDING, _end)
    last.daemon = True
    last.start()


def _end() -> None:
    log.error("something hangs, on a network folder perhaps: the process ends without it")
    logging.shutdown()
    os._exit(0)  # what is stored is stored: nothing else is left when a process is killed
