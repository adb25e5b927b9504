"""A model is in memory before the first request, and stays as it is for the run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from arriero.models.rehearsal import Simulator, Turn
from e2e.conftest import DaemonProcess
from e2e.editor import Editor, on_the_socket


async def shown_progress(editor: Editor, kind: str) -> dict[str, Any]:
    """Wait for a progress of this kind, 20 s at most."""

    async def wait() -> dict[str, Any]:
        while True:
            for method, params in editor.notes:
                if method == "$/progress" and params["value"]["kind"] == kind:
                    return dict(params["value"])
            await asyncio.sleep(0.002)

    return await asyncio.wait_for(wait(), 20)


async def test_the_model_is_loaded_when_an_editor_opens(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    simulator.say(Turn("Hello."))
    editor = await on_the_socket(root, environment)
    await editor.initialize({"window": {"preload_pause": 0}})
    assert (await shown_progress(editor, "begin"))["title"].startswith("Arriero: loading rehearsal")
    await shown_progress(editor, "end")
    assert simulator.loads == ["rehearsal:latest"]
    assert (await editor.command("ask", prompt="x"))["message"] == "Hello."
    assert simulator.loads == ["rehearsal:latest"], "the run uses it as it is loaded"
    assert len(simulator.chats) == 1
    await editor.leave()
