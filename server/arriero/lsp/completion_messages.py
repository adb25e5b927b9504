"""What of completions is told over the wire; on it the names are camelCase."""

from __future__ import annotations

import attrs


@attrs.frozen
class CompletionMessage:
    """Who completes while the user types, and how many suggestions were shown and taken.

    `form` is "fill" (the model fills in the middle), "prompted" (it is asked in words) or empty
    while no model is chosen, as before the first request. `message` is a sentence on why none is,
    or empty. Counts are of this connection.
    """

    enabled: bool
    model: str | None
    form: str
    shown: int
    accepted: int
    message: str


@attrs.frozen
class CompletionAccepted:
    """Whether `arriero.completionAccepted` counted it: once for each that was shown."""

    counted: bool
