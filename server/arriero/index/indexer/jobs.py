"""Which files a worker is given next, and what it is to do with each."""

from __future__ import annotations

from arriero.index.indexer.failures import Failures
from arriero.index.indexer.queue import Queue
from arriero.index.indexer.rows import Job
from arriero.index.indexer.store import Store
from arriero.index.indexer.work import Options

_URGENT_FILES = 32  # of one batch


def take_files(
    queue: Queue, options: Options, sizes: dict[bytes, int], *, alone: bool, only_urgent: bool
) -> tuple[list[bytes], bool]:
    """Take the files of the next batch, or one `alone`; tell as well whether they are urgent."""
    urgent = queue.urgent
    most = 1 if alone else _URGENT_FILES if urgent else options.batch_files
    return queue.take(most, options.batch_bytes, sizes, only_urgent=only_urgent), urgent


def job_for(store: Store, name: bytes, sizes: dict[bytes, int], failures: Failures) -> Job:
    """Make the job for a file; its size is taken out of `sizes`. Raises sqlite3.Error.

    A file whose content is known is not taken apart again, unless its worker died, of a renewal
    that is.
    """
    known = store.known(name)
    digest = known.digest if known is not None and name not in failures else b""
    return Job(name, sizes.pop(name, 0), digest, plain=failures.is_bad(name))
