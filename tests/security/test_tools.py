"""What a model, a workspace or a repository names is opened, as root and as an ordinary user."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scale import is_full
from security.identities import ORDINARY_UID
from security.tool_run import ATTEMPTS, chosen

pytestmark = pytest.mark.timeout(240)

_RUN = str(Path(__file__).parent / "tool_run.py")
_SCALE = "full" if is_full() else "plain"
_USERS: dict[str, list[str]] = {"root" if os.geteuid() == 0 else "ordinary user": []}
if os.geteuid() == 0:
    _USERS["ordinary user"] = [str(ORDINARY_UID)]
_TRIED = [(name, user) for user in _USERS for name in chosen(_SCALE, first=not _USERS[user])]
Results = dict[str, dict[str, tuple[list[str], str]]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Results:
    """All are tried once, also where several processes share the tests."""
    if worker_id == "master":
        return executed()
    kept = tmp_path_factory.getbasetemp().parent / "attempts.json"
    with open(kept.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(json.dumps(executed()))
    found: Results = json.loads(kept.read_text())
    return found


def executed() -> Results:
    started = {
        user: subprocess.Popen(
            [sys.executable, _RUN, _SCALE, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for user, arguments in _USERS.items()
    }
    found = {}
    for user, process in started.items():
        output, errors = process.communicate(timeout=220)
        assert process.returncode == 0, errors.decode()
        found[user] = json.loads(output)
    return found


@pytest.mark.parametrize(("name", "user"), _TRIED)
def test_attempt_does_no_harm(name: str, user: str, results: Results) -> None:
    harm, outcome = results[user][name]
    assert harm == [], outcome
    assert re.search(ATTEMPTS[name].met, outcome), outcome
