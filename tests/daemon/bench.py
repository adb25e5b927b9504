"""A hub on real disks with a scripted model and fake editors: the daemon without its socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent.fakes import FakeEditor, ScriptedProvider, Turn
from arriero.agent.editor import ApplyOutcome
from arriero.agent.request import RunRequest, RunResult
from arriero.daemon.attachment import Attachment
from arriero.daemon.hub import Hub
from arriero.models.priority import Priority
from arriero.models.types import Provider
from arriero.settings.model import Settings
from arriero.workspace.changes import (
    CreateFile,
    DeleteFile,
    RenameFile,
    TextChange,
    WorkspaceChange,
)
from arriero.workspace.diff import apply


class OneProvider:
    """Stands where the pool of providers does."""

    def __init__(self, provider: ScriptedProvider) -> None:
        self.provider = provider

    def get(self, name: str, settings: Settings, priority: Priority = "chat") -> Provider:
        return self.provider

    def direct(self, name: str, settings: Settings) -> Provider:
        return self.provider

    def stop(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


class DiskEditor(FakeEditor):
    """An editor without open documents: it applies a change to the files at once."""

    async def apply(self, change: WorkspaceChange, *, confirm: bool) -> ApplyOutcome:
        outcome = await super().apply(change, confirm=confirm)
        if outcome.applied:
            for item in change.changes:
                self._apply(item)
        return outcome

    def _apply(self, item: object) -> None:
        match item:
            case TextChange(path, base, replacements):
                file = Path(path)
                assert file.read_bytes().decode() == base
                file.write_bytes(apply(base, replacements).encode())
            case CreateFile(path, text):
                assert not Path(path).exists()
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                Path(path).write_bytes(text.encode())
            case DeleteFile(path):
                Path(path).unlink()
            case RenameFile(path, new_path):
                Path(path).rename(new_path)
            case _:
                raise AssertionError(item)


async def for_ever(seconds: float) -> None:
    """Nothing is done in quiet moments: there is none."""
    await asyncio.Event().wait()


@asynccontextmanager
async def hub(tmp_path: Path, turns: list[Turn]) -> AsyncIterator[tuple[Hub, ScriptedProvider]]:
    """Open a hub whose only model plays `turns`; closes it at the end."""
    provider = ScriptedProvider(turns)
    made = Hub(tmp_path / "state", tmp_path / "cache", sleep=for_ever)
    made.providers = OneProvider(provider)  # type: ignore[assignment]
    await made.open()
    try:
        yield made, provider
    finally:
        await made.close()


async def ask(attachment: Attachment, prompt: str = "do it", **fields: object) -> RunResult:
    """Start a run and wait for its result, 20 s at most."""
    values = {"mode": "agent", "label": "Do it", **fields}
    run = await attachment.start(RunRequest(prompt, **values))  # type: ignore[arg-type]
    return await asyncio.wait_for(run.wait(), 20)
