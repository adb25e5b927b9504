"""The settings that keep a run within bounds, and what is private out of a model's sight."""

from __future__ import annotations

from pydantic import Field

from arriero.settings.section import Section


class PrivacySettings(Section):
    """What is kept from models, logs and the audit trail."""

    mask_secrets: bool = Field(
        default=True,
        description="Show models `***masked-3f9a***` where keys, tokens, passwords and private "
        "keys stand in files and results; logs and the audit trail never have them.",
    )


class LimitSettings(Section):
    """How much one run, and all runs together, may take before they are stopped.

    What a run did until then stays a proposal. Steps are limited by `agent.max_steps`.
    """

    concurrent_runs: int | None = Field(
        default=32,
        ge=1,
        le=10_000,
        description="Runs that work at one time, of all editors, terminals and programs of one "
        "daemon together; unset: no limit.",
    )
    run_seconds: float | None = Field(
        default=None,
        gt=0,
        le=2_592_000,
        description="Seconds of one run, without the time in which it waits for your answer; "
        "unset: no limit.",
    )
    run_tokens: int | None = Field(
        default=None,
        ge=1,
        description="Tokens that a model reads and writes in one run, those that its server had "
        "kept not counted where it tells them; unset: no limit.",
    )
    run_files: int | None = Field(
        default=1000,
        ge=1,
        description="Files that one run changes, by commands too; unset: no limit.",
    )
    run_lines: int | None = Field(
        default=100_000,
        ge=1,
        description="Lines that one run adds or takes away, by commands too; unset: no limit.",
    )
    run_commands: int | None = Field(
        default=500, ge=0, description="Commands and programs of one run; unset: no limit."
    )
