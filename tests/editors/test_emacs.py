"""The package for Emacs, in a real one: it compiles without a warning, and does the main job."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from arriero.models.rehearsal import Simulator
from editors.playing import HERE, REPEATS, REPOSITORY, Job, Program, programs, say_two_changes

pytestmark = pytest.mark.editors

every = pytest.mark.parametrize("program", programs("emacs"), ids=str)


@every
async def test_it_compiles_without_a_warning(program: Program, work: Job, tmp_path: Path) -> None:
    script = str(HERE / "emacs" / "compile.el")
    output = await work.run(program.found(), "--batch", "-Q", "-l", script, str(tmp_path))
    assert "Warning (emacs)" not in output, output  # of checkdoc
    sources = (REPOSITORY / "editor-client" / "emacs").glob("*.el")
    assert {path.stem for path in tmp_path.glob("*.elc")} == {path.stem for path in sources}


@pytest.mark.parametrize("repeat", REPEATS)
@every
async def test_the_main_job(program: Program, repeat: int, work: Job, simulator: Simulator) -> None:
    say_two_changes(simulator)
    script = str(HERE / "emacs" / "main-job.el")
    output = await work.run(
        program.found(), "--batch", "-Q", "-l", script, "-f", "ert-run-tests-batch-and-exit"
    )
    assert re.search(r"Ran 1 tests, 1 results as expected", output), output
    work.is_done()
