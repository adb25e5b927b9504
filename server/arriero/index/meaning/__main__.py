"""The process of the vectors: `python -m arriero.index.meaning FOLDER`, spoken to by `client`."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path


def main() -> int:
    """Answer until the input ends."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    # One vector at a time: more threads would take memory and bring nothing.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from arriero.index.meaning.server import Server

    server = Server(Path(sys.argv[1]))
    try:
        for line in sys.stdin:
            sys.stdout.write(server.answer(line) + "\n")
            sys.stdout.flush()
    finally:
        server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
