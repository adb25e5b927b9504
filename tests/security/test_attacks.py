"""Every attack is executed, as root and as an ordinary user, and judged by what it did."""

from __future__ import annotations

import fcntl
import json
import os
import re
from pathlib import Path

import pytest

from arriero.shadow.choose import make_shadow
from scale import is_full
from security.attack_list import ATTACKS
from security.attack_run import Results, chosen
from security.identities import identities
from security.yard import Yard

pytestmark = [pytest.mark.namespaces, pytest.mark.timeout(240)]

_RUN = str(Path(__file__).parent / "attack_run.py")
_SCALE = "full" if is_full() else "plain"
# Who runs the attacks, in which kind of shadow.
_CASES = [(identity, kind) for identity in identities() for kind in ("overlay", "copy")]
if os.geteuid() == 0:
    _CASES.append((_CASES[0][0], "root's id"))
_NAMES = [f"{identity.name}, {kind}" for identity, kind in _CASES]
_TRIED = [
    (name, case)
    for case, (_, kind) in zip(_NAMES, _CASES, strict=True)
    for name in chosen(kind, _SCALE)
]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, Results]:
    """All attacks are executed once, also where several processes share the tests."""
    if worker_id == "master":
        return executed()
    kept = tmp_path_factory.getbasetemp().parent / "attacks.json"
    with open(kept.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(json.dumps(executed()))
    found: dict[str, Results] = json.loads(kept.read_text())
    return found


def executed() -> dict[str, Results]:
    started = [identity.start(_RUN, kind, _SCALE) for identity, kind in _CASES]
    found = {}
    for case, process in zip(_NAMES, started, strict=True):
        output, errors = process.communicate(timeout=220)
        assert process.returncode == 0, errors.decode()
        found[case] = json.loads(output)
    return found


@pytest.mark.parametrize(("name", "case"), _TRIED)
def test_attack_does_no_harm(name: str, case: str, results: dict[str, Results]) -> None:
    if "" in results[case]:
        pytest.skip(f"{case} does not confine here: {results[case][''][1]}")
    harm, output = results[case][name]
    assert harm == []
    if not case.endswith("copy"):
        # Under Landlock it is refused in other words.
        assert re.search(ATTACKS[name].met, output, re.MULTILINE), output


@pytest.mark.parametrize(
    ("script", "harm"),
    [
        pytest.param('rm -rf "$WS/src"', "app.py changed", id="remove"),
        pytest.param('echo x > "$OUT/planted"', "planted appeared", id="write"),
        pytest.param('cat "$OUT/secret"', "a secret was read", id="read"),
        pytest.param("cat /proc/$VICTIM/environ", "a secret was read", id="environment"),
        pytest.param('echo x > "/dev/tcp/127.0.0.1/$PORT"', "tcp socket", id="network"),
        pytest.param('kill -STOP "$VICTIM"; sleep 0.05', "was stopped", id="stop"),
        pytest.param('kill -9 "$VICTIM"; sleep 0.05', "was ended", id="kill"),
        pytest.param("echo x > fifo", "named pipe", id="pipe"),
        pytest.param('prlimit --pid "$VICTIM" --nofile=99', "limits of a process", id="limits"),
    ],
)
async def test_the_yard_sees_harm_where_nothing_confines(script: str, harm: str) -> None:
    yard = Yard()
    try:
        shadow = await make_shadow(
            "none",
            [str(yard.workspace)],
            yard.state / "shadows",
            ignored=lambda root, paths: set(),
            listing=lambda root: [],
        )
        result = await yard.attack(shadow, script)
        await shadow.close()
        yard.spared.poll()
        assert any(harm in line for line in yard.harm(result)), result.output
    finally:
        yard.remove()
