"""How long a model stays in memory after a request, where its client says so (`keep_alive`).

Ollama keeps a model as long as the newest request said. A client may have it kept for longer than
`window.keep_alive`, not for less: whoever comes next would have to load it again. To let go of a
model there is a request without a prompt (`prompting.keep`).
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

from arriero.models import residency
from arriero.models.types import RunnerOptions

_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_LONGEST = 100  # characters: a time of Ollama's has some ten
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0,
          "h": 3600.0}  # fmt: skip


def kept_longer(runner: RunnerOptions, keep_alive: str | int | None) -> RunnerOptions:
    """Return the options with the longer of both times."""
    if keep_alive is None or seconds(keep_alive) <= residency.seconds(runner.keep_alive):
        return runner
    return replace(runner, keep_alive=keep_alive)


def seconds(keep_alive: str | int) -> float:
    """Return a duration as Go writes it, or whole seconds, in seconds; infinite if negative."""
    if isinstance(keep_alive, int):
        return math.inf if keep_alive < 0 else float(keep_alive)
    found = sum(
        float(number) * _UNITS[unit] for number, unit in _PART.findall(keep_alive[:_LONGEST])
    )
    return math.inf if keep_alive.startswith("-") and found else found
