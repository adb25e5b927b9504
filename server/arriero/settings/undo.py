"""The settings of what is kept to take runs back."""

from __future__ import annotations

from pydantic import Field

from arriero.settings.section import Section


class UndoSettings(Section):
    """How long the changes of runs can be taken back.

    What waits to be applied is kept in any case, and so is the newest run of each session that is
    in use. The days and megabytes of whoever opens a folder count.
    """

    days: float = Field(
        default=90.0,
        gt=0,
        le=36_500,
        description="Days for which the changes of a run can be taken back.",
    )
    megabytes: int = Field(
        default=1000,
        ge=1,
        le=16_777_216,
        description="Megabytes on disk for that, compressed; of more the oldest runs are "
        "forgotten first.",
    )
