"""`arriero serve` as a process of its own, in front of a simulated model."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_ADDRESS = re.compile(r"http://[\w.]+:\d+")
_STARTED_WITHIN = 60.0


@dataclass(frozen=True)
class Serving:
    """A gateway that answers: its address, and where its log is."""

    url: str
    log: Path


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment with a home of its own, and nothing that the programs understand."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ARRIERO_", "OLLAMA_", "OPENAI_", "ANTHROPIC_", "LLM_", "XDG_"))
        and not name.lower().endswith("_proxy")
    }
    (home / "run").mkdir(parents=True, exist_ok=True)
    return {**kept, "HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), "NO_PROXY": "*"}


@asynccontextmanager
async def serving(
    folder: Path, home: Path, ollama: str, *flags: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Serving]:
    """Run a gateway with `folder` as its workspace until the end of the block."""
    own = dict(environment or clean_environment(home))
    log = home / "gateway.log"
    command = [sys.executable, "-m", "arriero", "serve", "--port", "0", "-w", str(folder)]
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *command,
            "--ollama-url",
            ollama,
            *flags,
            cwd=folder,
            env=own,
            stdout=errors,
            stderr=errors,
        )
        try:
            yield Serving(await _address(process, log), log)
        finally:
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.wait(), 30)


async def _address(process: asyncio.subprocess.Process, log: Path) -> str:
    """Wait until the gateway says where it is."""
    for _ in range(int(_STARTED_WITHIN / 0.05)):
        if found := _ADDRESS.search(log.read_text()):
            return found.group()
        if process.returncode is not None:
            break
        await asyncio.sleep(0.05)
    raise AssertionError(f"the gateway did not start: {log.read_text()}")
