"""The types of ACP cost more than half a second: nothing that a connection needs imports them."""

from __future__ import annotations

import subprocess
import sys

from arriero.acp.door import METHODS

SCRIPT = """
import sys
import arriero.acp.door, arriero.lsp.connection
assert "acp" not in sys.modules, "imported at start"
arriero.acp.door.warm()
assert "acp.schema" in sys.modules
"""


def test_the_types_are_imported_by_warm_and_not_before() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], check=False, capture_output=True, timeout=60, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_door_names_all_methods() -> None:
    from arriero.acp import methods

    assert set(METHODS) == set(methods.METHODS)
