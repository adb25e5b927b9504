"""Importing a module in a thread, while other threads import and parse as well."""

from __future__ import annotations

import importlib
import logging
from types import ModuleType

log = logging.getLogger(__name__)

_TRIES = 5


def late_import(name: str) -> ModuleType:
    """Import a module; raises ImportError.

    CPython before 3.13 counts the depth of all syntax trees that are made at a time in one place:
    two threads that make one each can fail with SystemError ("AST constructor recursion depth
    mismatch"), and anyio makes one as it is imported. What failed so is tried again.
    """
    for _ in range(_TRIES - 1):
        try:
            return importlib.import_module(name)
        except SystemError as error:
            log.info("importing %s is tried again: %s", name, error)
    return importlib.import_module(name)
