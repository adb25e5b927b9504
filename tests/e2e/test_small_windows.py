"""More beside a prompt than a small window has room for: it is cut, and `/context` tells what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arriero.models.rehearsal import SimulatedModel, Simulator, Turn
from e2e.conftest import DaemonProcess
from e2e.editor import Editor, on_the_socket

CODE = "".join(f"def area_{n}(radius):\n    return radius * {n}\n\n\n" for n in range(400))


def problem(number: int) -> dict[str, Any]:
    line = 4 * number
    span = {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 3}}
    return {"range": span, "severity": 1, "message": f"no {number} is not used by anybody at all"}


async def began(root: Path, environment: dict[str, str], simulator: Simulator) -> Editor:
    (root / "AGENTS.md").write_text("# Rules\n\n" + "Use tabs, and say why you did.\n\n" * 2_000)
    (root / "long.py").write_text(CODE)
    many = root / "many"
    many.mkdir()
    for number in range(2_000):
        (many / f"part_{number:04}.txt").touch()
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    editor.open("long.py")
    files = [{"uri": editor.uri("long.py"), "diagnostics": [problem(n) for n in range(50)]}]
    editor.client.notify("arriero/diagnostics", {"files": files})
    return editor


async def page(editor: Editor, done: dict[str, Any]) -> str:
    asked = {"sessionId": done["sessionId"]}
    told = await editor.client.request("arriero/context", asked)
    return str(told["context"]["markdown"])


def small(simulator: Simulator, name: str, window: int) -> None:
    """Have one model; by its name the daemon knows what it learned of its tokens before."""
    simulator.models.clear()
    model = SimulatedModel(name, trained_window=window)
    simulator.models[model.full_name] = model


@pytest.mark.parametrize("window", [4_096, 8_192])
async def test_what_is_referred_to_is_cut_and_told(
    root: Path,
    environment: dict[str, str],
    simulator: Simulator,
    daemon: DaemonProcess,
    window: int,
) -> None:
    small(simulator, f"referred-{window}", window)
    simulator.say(Turn("Done."), Turn("Again."))
    editor = await began(root, environment, simulator)
    span = {"start": {"line": 0, "character": 0}, "end": {"line": 1_600, "character": 0}}
    prompt = "What of @many/ and @problems is in it?"
    done = await editor.command("ask", uri=editor.uri("long.py"), range=span, prompt=prompt)
    assert (done["stopReason"], done["message"]) == ("end_turn", "Done."), done
    told = await page(editor, done)
    assert "Selected: long.py, lines 1 to 1600 (as it is in the editor), lines 1 to " in told
    assert "- many/, " in told
    assert " of 2000: you referred to it" in told
    assert " of 50: you asked for them" in told
    assert "% of AGENTS.md is not sent to the model" in told
    sent = simulator.chats[-1].body["messages"][-1]["content"]
    assert "are left out]" in sent
    assert " more]" in sent
    again = await editor.command("ask", sessionId=done["sessionId"], prompt="And now?")
    assert "% of AGENTS.md is not sent to the model" in await page(editor, again)
    await editor.leave()


async def test_many_problems_can_be_fixed_in_a_small_window(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    small(simulator, "mended", 4_096)
    simulator.say(Turn("Done."))
    editor = await began(root, environment, simulator)
    span = {"start": {"line": 0, "character": 0}, "end": {"line": 400, "character": 0}}
    done = await editor.command("fix", uri=editor.uri("long.py"), range=span, apply="never")
    assert (done["stopReason"], done["message"]) == ("end_turn", "Done."), done
    sent = simulator.chats[-1].body["messages"][-1]["content"]
    assert "- and 42 more that stand beside this" in sent
    assert "Problems that the editor reports" in sent
    await editor.leave()
