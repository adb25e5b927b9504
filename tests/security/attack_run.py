"""Runs the attacks in a shadow and prints the harm and the output of each as JSON.

A program of its own, so that it can run as another user: `python attack_run.py KIND SCALE`, where
KIND is overlay, copy, or "root's id" (an overlay as root on a kernel that cannot map the
workspace's ids), and SCALE is full or plain.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from arriero.shadow.choose import make_shadow
from arriero.shadow.folders import make_folder
from arriero.shadow.overlay import OverlayShadow
from arriero.shadow.types import Shadow, ShadowError

sys.path.insert(0, str(Path(__file__).parent.parent))

from security.attack_list import ATTACKS
from security.yard import Yard

Results = dict[str, tuple[list[str], str]]
_PART = 3

# Where these would hit the machine itself, were the boundary to fail or the limit to be late.
TOO_DANGEROUS = {"copy": {"kill all", "fork bomb"}, "root's id": {"fork bomb"}}


def chosen(kind: str, scale: str) -> list[str]:
    """Return the attacks that are tried in a kind of shadow: all in the strongest one.

    In the others it is a part of them on each day, and all where there is more time.
    """
    names = [name for name in ATTACKS if name not in TOO_DANGEROUS.get(kind, ())]
    return names if kind == "overlay" or scale == "full" else names[::_PART]


async def attack_all(yard: Yard, kind: str, scale: str) -> Results:
    """Return harm and output by the attack's name."""
    shadow = await _shadow(yard, kind)
    if not shadow.confines:
        raise ShadowError(shadow.boundary)
    found = {}
    for name in chosen(kind, scale):
        result = await yard.attack(shadow, ATTACKS[name].script)
        found[name] = (yard.harm(result), result.output)
    await shadow.close()
    return found


async def _shadow(yard: Yard, kind: str) -> Shadow:
    roots, folder = [str(yard.workspace)], yard.state / "shadows"
    hidden = [str(yard.state)]
    if kind == "root's id":
        place = make_folder(folder)
        return OverlayShadow(roots, place, ignored=_logs, listing=_files, hidden=hidden)
    setting: Literal["overlay", "copy"] = "copy" if kind == "copy" else "overlay"
    return await make_shadow(setting, roots, folder, ignored=_logs, listing=_files, hidden=hidden)


def _logs(root: str, paths: Sequence[str]) -> set[str]:
    return {path for path in paths if path.endswith(".log")}


def _files(root: str) -> list[str]:
    return [str(path) for path in Path(root).rglob("*") if path.is_file()]


def main() -> None:
    """Print `{name: [harm, output]}`, or `{"": [[], why]}` where this kind does not confine."""
    yard = Yard()
    try:
        print(json.dumps(asyncio.run(attack_all(yard, *sys.argv[1:3]))))
    except ShadowError as error:
        print(json.dumps({"": [[], str(error)]}))
    finally:
        yard.remove()


if __name__ == "__main__":
    main()
