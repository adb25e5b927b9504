"""A process that prepares files: what is parsed here may take its process down, and no other.

Requests come on standard input and results go to standard output, both pickled: `(root, jobs)`,
answered by a list of `Prepared`. It ends with its input.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys

from arriero.index.indexer.bounds import bound_memory, bound_time, unbound_time
from arriero.index.indexer.openfolder import OpenFolder
from arriero.index.indexer.prepare import Batchwise, prepare

_BATCHES_BETWEEN_COLLECTIONS = 50


def main() -> None:
    """Serve one indexer."""
    source = sys.stdin.buffer
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no result
    bound_memory()
    gc.disable()  # what is made here is given away and has no cycles, but for those of an error
    batches = 0
    while True:
        try:
            root, jobs = pickle.load(source)  # noqa: S301 - written by the parent process
        except (EOFError, pickle.UnpicklingError):  # the indexer is gone, in a message perhaps
            return
        before, prepared = Batchwise(), []
        with OpenFolder(root) as folder:
            for job in jobs:
                bound_time()
                prepared.append(prepare(root, job, folder, before))
            unbound_time()
        try:
            pickle.dump(prepared, sink, pickle.HIGHEST_PROTOCOL)
            sink.flush()
        except BrokenPipeError:  # the indexer is gone, and nobody wants the rest
            os._exit(0)
        batches += 1
        if batches % _BATCHES_BETWEEN_COLLECTIONS == 0:
            gc.collect()


if __name__ == "__main__":
    main()
