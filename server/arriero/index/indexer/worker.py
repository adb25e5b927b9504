"""A process that prepares files: what is parsed here may take its process down, and no other.

Requests come on standard input and results go to standard output, both pickled: `(root, jobs)`,
answered by a list of `Prepared`. It ends with its input.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys

from arriero.index.indexer.prepare import prepare
from arriero.workspace.confine import Confinement


def main() -> None:
    """Serve one indexer."""
    source = sys.stdin.buffer
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no result
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # what is made here is given away and has few cycles
    while True:
        try:
            root, jobs = pickle.load(source)  # noqa: S301 - written by the parent process
        except EOFError:
            return
        confinement = Confinement([root])
        pickle.dump(
            [prepare(root, job, confinement) for job in jobs], sink, pickle.HIGHEST_PROTOCOL
        )
        sink.flush()


if __name__ == "__main__":
    main()
