"""What changes comes back for an ordinary user too, when the tests run as root."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from security.identities import identities
from shadow.rows import ROWS

pytestmark = [pytest.mark.namespaces, pytest.mark.timeout(90)]


@pytest.fixture(scope="module")
def complaints() -> dict[str, list[str]]:
    others = [identity for identity in identities() if identity.uid is not None]
    if not others:
        pytest.skip("the tests run as an ordinary user themselves, or no Python is theirs to run")
    with others[0].start(str(Path(__file__).parent / "rows_run.py")) as process:
        output, errors = process.communicate(timeout=80)
    assert process.returncode == 0, errors.decode()
    found: dict[str, list[str]] = json.loads(output)
    if "" in found:
        pytest.skip(found[""][0])
    return found


@pytest.mark.parametrize("name", ROWS)
def test_changes_come_back(name: str, complaints: dict[str, list[str]]) -> None:
    assert complaints[name] == []
