"""What a forked process can do with what its parent made: nothing, and it is told so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import gc, os, signal, sys
from arriero import Agent, ToolExecutor
from arriero.api.testing import Rehearsal, Turn

folder, state = sys.argv[1:]

def tell(what):
    try:
        print(what())
    except Exception as error:
        print(type(error).__name__, error)

with Rehearsal(Turn("One."), Turn("Two.")) as model:
    options = {"settings": model.settings, "state": state}
    with Agent(folder, **options) as agent, ToolExecutor(folder, state=state) as tools:
        tell(lambda: agent.run("a").text)
        begun = agent.stream("c")
        other = Agent(folder, **options)
        sys.stdout.flush()
        if child := os.fork():
            assert os.waitpid(child, 0)[1] == 0
            other.close()
        else:
            signal.alarm(60)  # where it hangs
            tell(lambda: agent.run("b").text)
            tell(lambda: list(begun))
            tell(lambda: tools.execute("read_file", {"path": "a.txt"}))
            del other
            gc.collect()
            with Agent(folder, **options) as made:
                tell(lambda: made.run("b").text)
print("end")
"""


def test_what_was_made_before_a_fork_is_refused_after_it(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(folder), str(tmp_path / "state")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    refused = "RuntimeError This was made before the process forked; make another one here."
    told = ["One.", refused, refused, refused, "Two.", "end", "end"]
    assert (done.stdout.splitlines(), done.stderr) == (told, "")
