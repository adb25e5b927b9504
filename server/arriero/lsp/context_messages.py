"""What `arriero/status` tells of the model's window; on the wire the names are camelCase.

docs/protocol.md describes the shapes for writers of clients.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs


@attrs.frozen
class ContextTotals:
    """Sums over a session: tokens, and milliseconds of loading, reading and answering."""

    prompt_tokens: int
    answer_tokens: int
    load_ms: int
    prompt_ms: int
    answer_ms: int


@attrs.frozen
class ContextMessage:
    """What the newest session takes of its model's window, as its newest step left it.

    `window` in tokens, 0 where it is not known; `cachedTokens` of the prompt, null where they are
    not known, `cachedEstimated` where the server did not tell them. `rung` is the form in which
    the model is given its tools: native, prompted, constrained or off. `leftOut` has a line for
    each thing that the model is not sent any more. `line` and `markdown` show it all.
    """

    session_id: str
    model: str
    provider: str
    rung: str
    window: int
    prompt_tokens: int
    answer_tokens: int
    cached_tokens: int | None
    cached_estimated: bool
    tokens_per_second: float | None
    load_ms: int
    prompt_ms: int
    steps: int
    retries: int
    compactions: int
    left_out: Sequence[str]
    totals: ContextTotals
    line: str
    markdown: str


@attrs.frozen
class SessionContext:
    """The answer to `arriero/context`; null before a model has answered in the session."""

    context: ContextMessage | None


@attrs.frozen
class ResidenceMessage:
    """Where the model is: `state` is unknown, absent, loading or loaded.

    `window` in tokens is the real one; `cpuShare`, 0 to 1, the part of the model's bytes that runs
    on the CPU; `expiresAt` the moment at which the server unloads it, in the server's own words.
    `windowSource` says who chose the window, null where another program did.
    """

    provider: str
    model: str
    state: str
    window: int
    cpu_share: float
    expires_at: str
    window_source: str | None = None
