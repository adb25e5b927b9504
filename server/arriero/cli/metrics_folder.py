"""The folder in which the workers of one `arriero serve` count, and those left behind by others."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from arriero.daemon.locks import try_lock

_PREFIX = "arriero-metrics-"
_LOCK = "lock"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MetricsFolder:
    """`lock` is a descriptor: the folder is in use while any process has it open."""

    path: str
    lock: int


@contextmanager
def metrics_folder() -> Iterator[MetricsFolder]:
    """Have a folder while inside; one of a parent that was killed is removed by the next."""
    _sweep()
    made = _make()
    try:
        yield made
    finally:
        shutil.rmtree(made.path, ignore_errors=True)
        os.close(made.lock)


def _make() -> MetricsFolder:
    while True:
        path = tempfile.mkdtemp(prefix=_PREFIX)
        lock = try_lock(str(Path(path, _LOCK)))
        if lock is not None:  # else another that begins just now takes it for one left behind
            return MetricsFolder(path, lock)


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            facts = folder.lstat()
            ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid()
            # Without a lock it is being made.
            if not ours or not (folder / _LOCK).exists():
                continue
            lock = try_lock(str(folder / _LOCK))
        except OSError as error:
            log.debug("%s stays: %s", folder, error)
            continue
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
