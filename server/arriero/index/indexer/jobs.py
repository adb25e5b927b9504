"""What a worker is to do with one file."""

from __future__ import annotations

from arriero.index.indexer.failures import Failures
from arriero.index.indexer.prepare import Job
from arriero.index.indexer.store import Store


def job_for(store: Store, name: bytes, sizes: dict[bytes, int], failures: Failures) -> Job:
    """Make the job for a file; its size is taken out of `sizes`. Raises sqlite3.Error.

    A file whose content is known is not taken apart again, unless its trigrams lack or its worker
    died, of a renewal that is.
    """
    known = store.known(name)
    wanted = store.wants_trigrams
    digest = b""
    if known is not None and (known.trigrams or not wanted) and name not in failures:
        digest = known.digest
    return Job(name, sizes.pop(name, 0), digest, trigrams=wanted, plain=failures.is_bad(name))
