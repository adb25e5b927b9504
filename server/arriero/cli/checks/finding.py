"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report.

    `fail` is for what stops work, `warn` for what makes it worse; `mend` says what to do then.
    """

    name: str
    state: State
    text: str
    mend: str = ""
