"""VS Code itself: flows through its user interface, and checks inside its extension host.

`tests/editors/README.md` says what is needed. Without it everything here is skipped.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = Path(__file__).parent / "vscode"
PROJECT = SUITE.parents[2]
CACHE = os.environ.get("ARRIERO_EDITORS_CACHE", "")
VSIX = Path(os.environ.get("ARRIERO_VSIX") or PROJECT / "editor-client" / "vscode" / "arriero.vsix")
FLOWS = sorted(path.stem for path in (SUITE / "flows").glob("*.mjs"))
LIMIT = 600.0  # seconds; a flow that waits in vain says so long before


def _missing() -> str:
    """Say what is not there, empty if all is."""
    if not CACHE:
        return "ARRIERO_EDITORS_CACHE does not name the folder that setup.sh fills"
    if not (Path(CACHE) / "playwright" / "installed").exists():
        return f"{CACHE} is not set up: run tests/editors/vscode/setup.sh"
    if not VSIX.exists():
        return f"{VSIX} is not built: run `npm run package` in editor-client/vscode"
    return ""


MISSING = _missing()
pytestmark = [
    pytest.mark.editors,
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
    pytest.mark.timeout(3 * LIMIT),
]


def node(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the harness with the Python that runs this test as the server's."""
    done = subprocess.run(
        [str(Path(CACHE) / "node" / "run"), str(SUITE / script), *arguments],
        env={
            **os.environ,
            "ARRIERO_VSIX": str(VSIX),
            "ARRIERO_PYTHON": sys.executable,
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    print(done.stdout)
    return done


@pytest.mark.parametrize("flow", FLOWS)
def test_flow(flow: str) -> None:
    assert node("run.mjs", flow).returncode == 0


def test_in_the_extension_host() -> None:
    assert node("inhost.mjs").returncode == 0


@pytest.mark.parametrize(
    ("wrong", "flow", "noticed"),
    [
        ("no_actions", "code_action", "the code action"),
        ("never_applies", "main_job", "a.txt is saved as wanted"),
    ],
)
def test_a_wrong_server_is_noticed(wrong: str, flow: str, noticed: str) -> None:
    """Twice, should a busy machine be too slow for the shorter patience."""
    told = ""
    for patience in ("15", "90"):
        done = node("run.mjs", "--control", wrong, flow, ARRIERO_EDITORS_PATIENCE=patience)
        assert done.returncode != 0, "a wrong server was not noticed"
        told = done.stdout
        if noticed in told:
            return
    pytest.fail(f"it failed for another reason:\n{told}")
