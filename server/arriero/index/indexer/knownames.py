"""Letting files be found by name before each was looked at, where there is no index yet."""

from __future__ import annotations

from arriero.index.firstnames import first_names
from arriero.index.indexer.store import Store
from arriero.index.indexer.work import Options


def know_names(root: str, store: Store, options: Options) -> int:
    """Publish names alone, if they are quickly known; return how many. Raises sqlite3.Error.

    The next scan finds all of these files changed, and so looks at each of them.
    """
    found = first_names(root, most=options.most_files, exclude=options.exclude)
    if found is None:
        return 0
    store.catalogue(found, {})
    return len(found.listed)
