"""A real Neovim: the main job with the plugin and without, a conversation, and a suggestion."""

from __future__ import annotations

from pathlib import Path

import pytest

from arriero.models.rehearsal import Call, Hold, SimulatedModel, Simulator, Turn
from editors.playing import HERE, REPEATS, Job, Program, programs, say_two_changes

pytestmark = pytest.mark.editors

CODER = SimulatedModel(
    "coder", path="rendered", capabilities=("completion", "tools", "insert"), trained_window=8192
)
CONFIG = "model: coder\nagent: {probe: false}\ncompletion: {pause: 0}\n"

every = pytest.mark.parametrize("program", programs("nvim"), ids=str)


async def play(work: Job, program: Program, script: str) -> None:
    """Have a Neovim without any configuration run a script of ours."""
    plain = ("--headless", "-n", "-i", "NONE", "-u", "NONE")
    await work.run(program.found(), *plain, "-c", f"luafile {HERE / 'neovim' / script}.lua")


@pytest.mark.parametrize("repeat", REPEATS)
@pytest.mark.parametrize("script", ["plugin", "plain"])
@every
async def test_the_main_job(
    program: Program, script: str, repeat: int, work: Job, simulator: Simulator
) -> None:
    say_two_changes(simulator)
    await play(work, program, script)
    work.is_done()


@every
async def test_a_conversation(program: Program, work: Job, simulator: Simulator) -> None:
    look = Turn(thinking="I had better look.", calls=[Call("read_file", {"path": "a.py"})])
    simulator.say(look, Turn(["It is ", "a list."]))
    say_two_changes(simulator)
    simulator.say(Turn(["one two ", "three"], holds=[Hold(after=1)]))
    await play(work, program, "chat")
    asked = simulator.chats[0].body["messages"][-1]["content"]
    assert "a.py, lines 1 to 2" in asked


@pytest.mark.parametrize("program", programs("nvim")[1:], ids=str)
async def test_a_suggestion(program: Program, work: Job) -> None:
    async with Simulator(models=[CODER]) as simulator:
        simulator.say(*[Turn(" a + b\n")] * 30)
        work.environment["OLLAMA_HOST"] = simulator.base_url
        config = Path(work.environment["XDG_CONFIG_HOME"], "arriero", "config.yaml")
        config.parent.mkdir(parents=True)
        config.write_text(CONFIG, "utf-8")
        (work.folder / "b.py").write_text("def add(a, b):\n    return\n", "utf-8")
        await play(work, program, "ghost")
    assert work.text("b.py") == "def add(a, b):\n    return a + b\n"


@pytest.mark.parametrize(
    ("typed", "said"),
    [("    ret", "urn a + b"), ("    ", "both = a, b\n    return both")],
    ids=["begun", "blank"],
)
@every
async def test_a_suggestion_in_its_list(program: Program, work: Job, typed: str, said: str) -> None:
    async with Simulator(models=[CODER]) as simulator:
        simulator.say(*[Turn(said + "\n")] * 30)
        work.environment["OLLAMA_HOST"] = simulator.base_url
        work.environment["ARRIERO_COMPLETION__AS_ITEMS"] = "true"
        work.environment["ARRIERO_COMPLETION__PAUSE"] = "0"
        work.environment["ARRIERO_MODEL"] = "coder"
        (work.folder / "b.py").write_text(f"def add(a, b):\n{typed}\n", "utf-8")
        await play(work, program, "completion")
    assert work.text("b.py") == f"def add(a, b):\n{typed}{said.splitlines()[0]}\n"
