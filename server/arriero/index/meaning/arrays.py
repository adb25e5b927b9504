"""numpy, which is optional: imported late, and only in the process that compares vectors.

Its import takes the interpreter's lock for up to a tenth of a second at a time, so the daemon does
not do it. Types do not name it, since it need not be there.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

NUMPY_MISSING = (
    "Search by meaning needs numpy: install it with `pip install 'arriero[meaning]'`, then "
    "`arriero daemon restart`."
)

Array = Any
"""A `numpy.ndarray`."""


def has_numpy() -> bool:
    """Tell, without importing it, whether numpy is there."""
    return importlib.util.find_spec("numpy") is not None


def numpy() -> Any:
    """Return the module; raises ImportError."""
    return importlib.import_module("numpy")
