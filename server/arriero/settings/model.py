"""The settings as one typed, immutable model. Docs and schemas are generated from it."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import (
    Field,
    ValidationInfo,
    field_validator,
)

from arriero.settings.assistance import CompletionSettings, IndexSettings, MeaningSettings
from arriero.settings.fetch import FetchSettings
from arriero.settings.gateway import GatewaySettings
from arriero.settings.permissions import PermissionSettings
from arriero.settings.provider import READY_PROVIDERS, ProviderSettings
from arriero.settings.safety import LimitSettings, PrivacySettings
from arriero.settings.section import AT_START, FOLDERS, FullPaths, Section
from arriero.settings.shadow import ShadowSettings
from arriero.settings.undo import UndoSettings

Mode = Literal["ask", "edit", "agent", "plan"]
LogLevel = Literal["debug", "info", "warning", "error"]

_DURATION = re.compile(r"-?\d+(\.\d+)?(ms|s|m|h)|-1|0")


class AgentSettings(Section):
    """How a run goes about its work."""

    max_steps: int = Field(
        default=40,
        ge=1,
        le=1000,
        description="Answers of the model in one run before it is stopped.",
    )
    max_answer_tokens: int = Field(
        default=4096, ge=64, le=1_000_000, description="Tokens of one answer, thinking included."
    )
    result_chars: int = Field(
        default=16_000,
        ge=500,
        le=1_000_000,
        description="Characters of one tool result that the model is given; the middle of a "
        "longer one is left out.",
    )
    temperature: float | None = Field(
        default=None, ge=0, le=2, description="Randomness; unset: the model's own."
    )
    seed: int | None = Field(default=None, description="For repeatable answers; unset: random.")
    think: bool | Literal["low", "medium", "high"] | None = Field(
        default=None,
        description="Whether the model thinks first, or how much; unset: the model's own.",
    )
    probe: bool = Field(
        default=True,
        description="Find out once, while nothing runs, how a model that is in use calls tools "
        "best; it is kept for that model.",
    )
    probe_idle: float = Field(
        default=20.0,
        ge=0,
        le=86_400,
        description="Seconds without a run before a model is probed.",
    )


class WindowSettings(Section):
    """The context window of a model; the same for every feature, so that it stays loaded."""

    num_ctx: int | None = Field(
        default=None,
        ge=512,
        le=16_777_216,
        description="Tokens of the window; unset: what suits the model.",
    )
    keep_alive: str | int = Field(
        default="30m",
        description="How long a model stays in memory: a duration such as `30m`, seconds as a "
        "number, `-1` for ever. While an editor is open that uses the model, this is renewed.",
    )
    preload: bool = Field(
        default=True,
        description="Load the model when an editor opens, before it is asked anything (Ollama).",
    )
    preload_pause: float = Field(
        default=2.0,
        ge=0,
        le=86_400,
        description="Seconds between the opening of an editor and that loading; a run that starts "
        "earlier loads the model itself.",
    )

    @field_validator("keep_alive")
    @classmethod
    def _duration(cls, value: str | int) -> str | int:
        if isinstance(value, str) and not _DURATION.fullmatch(value):
            raise ValueError(f'must be a duration such as "30m" or "90s", not "{value}"')
        return int(value) if value in {"-1", "0"} else value


class DaemonSettings(Section):
    """The process behind all editors."""

    idle_timeout: float = Field(
        default=1800.0,
        ge=0,
        json_schema_extra=AT_START,
        description="Seconds without a connection after which it ends; 0: it stays.",
    )


class Settings(Section):
    """All settings."""

    providers: dict[str, ProviderSettings] = Field(
        default_factory=lambda: dict(READY_PROVIDERS),
        description="The servers that run models, by name; these are added to the ready entries.",
    )
    provider: str = Field(
        default="ollama", validate_default=True, description="The entry of `providers` to use."
    )
    model: str | None = Field(
        default=None,
        description="The model; unset: the provider's `default_model`, else the best that it has. "
        "Several are tried in their order: `qwen3:32b@lab, else qwen3:8b` takes the second where "
        "the provider `lab` does not answer or has no such model.",
    )
    mode: Mode = Field(
        default="agent",
        description="What a run may use when it is not told: `ask` only reads, `edit` runs "
        "nothing, `plan` proposes steps, `agent` does everything.",
    )
    apply: Literal["review", "auto"] = Field(
        default="review",
        description="What becomes of a finished proposal: you look at it first, or it is applied "
        "at once.",
    )
    workspace: str | None = Field(
        default=None,
        json_schema_extra={**FOLDERS, **AT_START},
        description="The folder that the terminal's commands work in; unset: the current one.",
    )
    allowed_dirs: FullPaths = Field(
        default=(),
        json_schema_extra=FOLDERS,
        description="Further folders whose files may be read and changed.",
    )
    trusted_workspaces: FullPaths = Field(
        default=(),
        json_schema_extra=FOLDERS,
        description="Folders whose own settings (`.arriero/config.yaml` and `.env`) are used, "
        "with the folders below them.",
    )
    log_level: LogLevel = Field(
        default="info",
        json_schema_extra=AT_START,
        description="What the daemon writes to its log.",
    )
    agent: AgentSettings = Field(default_factory=AgentSettings)
    window: WindowSettings = Field(default_factory=WindowSettings)
    permissions: PermissionSettings = Field(default_factory=PermissionSettings)
    shadow: ShadowSettings = Field(default_factory=ShadowSettings)
    fetch: FetchSettings = Field(default_factory=FetchSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    privacy: PrivacySettings = Field(default_factory=PrivacySettings)
    undo: UndoSettings = Field(default_factory=UndoSettings)
    index: IndexSettings = Field(default_factory=IndexSettings)
    meaning: MeaningSettings = Field(default_factory=MeaningSettings)
    completion: CompletionSettings = Field(default_factory=CompletionSettings)
    daemon: DaemonSettings = Field(default_factory=DaemonSettings)
    gateway: GatewaySettings = Field(default_factory=GatewaySettings)

    @field_validator("provider")
    @classmethod
    def _provider_exists(cls, value: str, info: ValidationInfo) -> str:
        # Absent when `providers` itself is wrong: that mistake is told instead.
        providers: dict[str, ProviderSettings] = info.data.get("providers", {value: None})
        if value not in providers:
            raise ValueError(f"must be one of {', '.join(providers)}, not {value}")
        return value

    @property
    def left_out(self) -> tuple[str, ...]:
        """Patterns, as in an ignore file, of what is not listed, searched or indexed."""
        return (*self.index.exclude, *self.permissions.hidden)

    @property
    def selected(self) -> ProviderSettings:
        """The provider in use."""
        return self.providers[self.provider]
