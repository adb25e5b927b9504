"""Making the full-text tables anew when much of them is dead, a few files at a time.

Meanwhile the old tables are read and both are written to; a crash costs nothing but the last step.
"""

from __future__ import annotations

from arriero.index.indexer.rows import Job
from arriero.index.indexer.store import Store
from arriero.index.indexer.work import Batch, Options


def renewal_batch(store: Store, options: Options) -> Batch | None:
    """Return the next files to move, None where there are none; begins and ends a renewal."""
    if not store.needs_renewal():
        return None
    store.begin_renewal()
    rows = store.to_renew(options.batch_files)
    if not rows:
        store.end_renewal()
        return None
    jobs = tuple(Job(name, size, plain=bool(plain)) for _, name, size, plain in rows)
    return Batch(jobs, tuple(row[0] for row in rows))
