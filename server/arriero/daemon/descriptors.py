"""How many files and connections the process may have open."""

from __future__ import annotations

import logging

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

_WANTED = 8192


def allow_more_descriptors() -> None:
    """Raise the soft limit, which is 256 or 1024 on most machines, as far as is allowed and needed.

    A daemon has a descriptor for each editor, each command's output and each database.
    """
    if resource is not None:
        _raise_limit()


def _raise_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(_WANTED, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as error:  # macOS tells of more than it allows
        log.info("the limit of %d descriptors stays: %s", soft, error)
