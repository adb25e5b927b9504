"""Standard input as a part of a prompt: `git diff | arriero run "write a commit message"`."""

from __future__ import annotations

import os
import select
import stat
import sys

from arriero.cli.failure import Failure

MOST = 8 << 20  # bytes; no model's window holds more
_PATIENCE = 3.0  # seconds without a byte, after which it is said what is waited for


def is_piped() -> bool:
    """Tell whether something is piped in, or a file is standard input."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):  # there is none, or it is closed
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def read_piped() -> str:
    """Return all of standard input; raises Failure for more than `MOST`.

    What is not UTF-8 is replaced. Who waits is told for what, if nothing comes.
    """
    descriptor = sys.stdin.fileno()
    if not select.select([descriptor], [], [], _PATIENCE)[0]:
        print(
            "arriero: waiting for standard input to end; without any, use `< /dev/null`.",
            file=sys.stderr,
        )
    content = bytearray()
    while piece := os.read(descriptor, 1 << 16):
        content += piece
        if len(content) > MOST:
            raise Failure(
                f"Standard input is longer than {MOST >> 20} MB, which no model can read; "
                "pass a smaller part of it."
            )
    return content.decode("utf-8", "replace")
