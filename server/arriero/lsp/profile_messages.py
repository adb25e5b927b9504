"""What `arriero/models` tells of a model's profile; on the wire the names are camelCase."""

from __future__ import annotations

import attrs


@attrs.frozen
class ProfileMessage:
    """How a model takes its tools, as it has shown in a probe or in runs.

    `native`, `prompted` and `constrained` say whether that form works, null where it was not tried;
    `rung` is the one in use, null where none is known to work. `thinks`: it thinks unless told
    otherwise. Speeds are tokens per second of answers and of prompts, 0 where they are not known;
    `probedAt` is Unix time, 0 for a model that was not probed.
    """

    rung: str | None
    native: bool | None
    prompted: bool | None
    constrained: bool | None
    thinks: bool | None
    edit_format: str
    tokens_per_second: float
    prompt_tokens_per_second: float
    probed_at: float
