"""Floods and bombs are contained, for root and for an ordinary user."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from security.identities import identities
from shadow.floods import FLOODS

pytestmark = [pytest.mark.namespaces, pytest.mark.timeout(200)]

_WHO = {identity.name: identity for identity in identities()}


@pytest.fixture(scope="module", params=_WHO)
def complaints(request: pytest.FixtureRequest) -> dict[str, list[str]]:
    script = str(Path(__file__).parent / "floods.py")
    with _WHO[request.param].start(script) as process:
        output, errors = process.communicate(timeout=180)
    assert process.returncode == 0, errors.decode()
    found: dict[str, list[str]] = json.loads(output)
    if "" in found:
        pytest.skip(found[""][0])
    return found


@pytest.mark.parametrize("name", FLOODS)
def test_flood(name: str, complaints: dict[str, list[str]]) -> None:
    assert complaints[name] == []
