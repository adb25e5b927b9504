"""A run of a broken model on a copy of the demo's sample, in this process.

What is real: the hub, the loop, the tools, the proposal and how it is applied, the provider and
its HTTP. What is not: the editor (it applies to the disk at once) and the shadow (the sample's
tests are executed in this process, on the texts that a command would see).
"""

from __future__ import annotations

import asyncio
import functools
import io
import logging
import ssl
import sys
import tempfile
import types
import unittest
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from arriero.agent.request import RunRequest, RunResult
from arriero.daemon.attachment import Attachment
from arriero.daemon.hub import Hub
from arriero.models.rehearsal import Simulator
from arriero.models.rehearsal.broken import BrokenModel
from arriero.models.rehearsal.sample_script import SAMPLE_PROMPT, copy_sample
from arriero.sessions.events import Event
from arriero.settings.shadow import ShadowSettings
from arriero.shadow.types import Command, CommandResult, Shadow, ShadowKind
from daemon.bench import DiskEditor

_MODULES = ("tally", "tally.money", "tally.ledger", "tests.test_money", "tests.test_ledger")
_PATIENCE = 60  # seconds
LIMITS = {"max_answer_tokens": 2048}
# Nothing is encrypted here, and making one takes 25 ms for each run.
NO_SECRETS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def sample_tests(texts: Mapping[str, str]) -> tuple[bool, str]:
    """Run the sample's tests on these texts, by path in the sample; return verdict and output."""
    stream = io.StringIO()
    kept = {name: sys.modules.pop(name, None) for name in (*_MODULES, "tests")}
    try:
        suite = unittest.TestSuite()
        for name in _MODULES:
            module = _module(name, texts)
            suite.addTests(unittest.defaultTestLoader.loadTestsFromModule(module))
        green = unittest.TextTestRunner(stream, verbosity=1).run(suite).wasSuccessful()
    except Exception as error:  # noqa: BLE001 - whatever the model has made of the files
        return False, f"{error!r}\n\nFAILED (errors=1)\n"
    else:
        return green, stream.getvalue()
    finally:
        for name, module_before in kept.items():
            sys.modules.pop(name, None)
            if module_before is not None:
                sys.modules[name] = module_before


def _module(name: str, texts: Mapping[str, str]) -> types.ModuleType:
    path = f"{name.replace('.', '/')}.py"
    module = types.ModuleType(name)
    if name == "tally":
        path, module.__path__ = "tally/__init__.py", []
    module.__package__ = name if name == "tally" else name.rpartition(".")[0]
    sys.modules[name] = module
    exec(_compiled(texts[path], path), module.__dict__)
    return module


@functools.lru_cache
def _compiled(text: str, path: str) -> types.CodeType:
    return compile(text, path, "exec")


def texts_below(root: Path) -> dict[str, str]:
    """Return the texts of the sample's modules by their paths."""
    return {str(p.relative_to(root)): p.read_text("utf-8") for p in sorted(root.rglob("*.py"))}


class SampleShadow:
    """Runs the sample's tests whatever the command is."""

    kind: ShadowKind = "copy"
    boundary = "the sample's tests run in this process"
    confines = True

    def __init__(self, root: Path) -> None:
        self._root = root

    async def run(self, command: Command) -> CommandResult:
        texts = texts_below(self._root)
        for path, data in command.files.items():
            name = str(Path(path).relative_to(self._root))
            if data is None:
                texts.pop(name, None)
            else:
                texts[name] = data.decode("utf-8", "replace")
        green, output = sample_tests(texts)
        return CommandResult(int(not green), "exited", output, 0, 0.1, ())

    async def close(self) -> None:
        return None


class SampleShadows:
    """Stands where the daemon's shadows do."""

    def __init__(self, root: Path) -> None:
        self._shadow = SampleShadow(root)

    async def get(self, session_id: str, roots: Sequence[str], settings: ShadowSettings) -> Shadow:
        return self._shadow

    def made(self, session_id: str) -> Shadow | None:
        return self._shadow

    async def close(self, session_id: str | None = None) -> None:
        return None

    async def close_folder(self, root: str) -> None:
        return None


@dataclass(frozen=True)
class Played:
    """What became of a run; `green`: the sample's tests pass on the disk."""

    result: RunResult
    green: bool
    events: tuple[Event, ...] = field(repr=False)

    @property
    def kinds(self) -> list[str]:
        """The kinds of the events in their order."""
        return [event.body.kind for event in self.events]


@asynccontextmanager
async def opened(
    folder: Path,
    simulator: Simulator,
    *,
    tools: str = "auto",
    agent: Mapping[str, Any] | None = None,
) -> AsyncIterator[tuple[Attachment, DiskEditor, Path]]:
    """Open a copy of the sample below `folder` in a daemon whose Ollama is the simulator."""
    root = folder / "work"
    copy_sample(root)
    hub = Hub(folder / "state", folder / "cache")
    hub.shadows = SampleShadows(root)  # type: ignore[assignment]
    await hub.open()
    try:
        async with simulator:
            provider = {"base_url": simulator.base_url, "timeout": 1.5, "max_retries": 2}
            values = {
                "providers": {"ollama": {**provider, "tools": tools}},
                "agent": agent or {},
                "index": {"enabled": False},  # the models know the tools that there are without it
            }
            editor = DiskEditor()
            attachment = await hub.attach([str(root)], editor)
            await attachment.set_editor_settings(values, trusted=True)
            assert not attachment.settings_problem, attachment.settings_problem
            yield attachment, editor, root
            await attachment.detach()
    finally:
        await hub.close()


@dataclass(frozen=True)
class Verdict:
    """What became of one run of a broken model. `broke`: answers in which its habit showed."""

    seed: int
    green: bool
    broke: int
    ends: int
    message: str


def verdicts(kind: str, seeds: Sequence[int]) -> list[Verdict]:
    """Play a kind with each seed, one after the other; may be called in a process of its own."""
    logging.disable(logging.CRITICAL)
    try:
        return asyncio.run(_verdicts(kind, seeds))
    finally:
        logging.disable(logging.NOTSET)


async def _verdicts(kind: str, seeds: Sequence[int]) -> list[Verdict]:
    found = []
    with (
        tempfile.TemporaryDirectory() as folder,
        patch("httpx._transports.default.create_ssl_context", lambda **_: NO_SECRETS),
        patch("arriero.models.ollama.client._FIRST_PAUSE", 0.001),
    ):
        for seed in seeds:
            model = BrokenModel(kind, seed)
            played = await play(Path(folder, str(seed)), model.simulator, agent=LIMITS)
            ends = played.kinds.count("run_ended")
            found.append(Verdict(seed, played.green, model.broke, ends, played.result.message))
    return found


async def play(
    folder: Path, simulator: Simulator, *, agent: Mapping[str, Any] | None = None
) -> Played:
    """Let the simulator's model mend a copy of the sample below `folder`."""
    async with opened(folder, simulator, agent=agent) as (attachment, editor, root):
        request = RunRequest(SAMPLE_PROMPT, "agent", "Mend the sample", apply="auto")
        run = await attachment.start(request)
        result = await asyncio.wait_for(run.wait(), _PATIENCE)
        green, _ = sample_tests(texts_below(root))
    return Played(result, green, tuple(editor.events))
