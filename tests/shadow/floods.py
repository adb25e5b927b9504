"""Commands that take all there is, and what is left of them: `python floods.py` runs them all.

A program of its own, so that it can run as another user. It prints `{name: [complaints]}`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from arriero.shadow.choose import make_shadow
from arriero.shadow.types import Limits, ShadowError

sys.path.insert(0, str(Path(__file__).parent.parent))

from shadow.desk import FILES, Desk, ignored, listing, put, snapshot

MB = 1 << 20
PYTHON = "/usr/bin/python3"


@dataclass(frozen=True)
class Flood:
    """`ended` are the ways it may end, `output` is in what it says, `writes` is how many come."""

    script: str
    ended: tuple[str, ...] = ("exited",)
    output: str = ""
    limits: Limits = field(default_factory=lambda: Limits(seconds=10))
    writes: int = 0


FLOODS = {
    "output": Flood(
        "yes | head -c 200000000; echo end",
        output="left out here …]",
        limits=Limits(seconds=30, output_bytes=30_000),
    ),
    "the layer": Flood(
        "for n in $(seq 40); do head -c 4000000 /dev/zero > f$n.log; sleep 0.05; done; sleep 9",
        ended=("disk",),
        limits=Limits(seconds=20, file_bytes=8 * MB),
    ),
    "one file": Flood(
        "head -c 50000000 /dev/zero > f.log; stat -c %s f.log",
        output=str(8 * MB),
        limits=Limits(seconds=10, file_bytes=8 * MB),
    ),
    "temporary files": Flood(
        "head -c 500000000 /dev/zero > /tmp/f; echo; du -m /tmp | tail -1",
        output="No space left on device",
        limits=Limits(seconds=20, memory_bytes=64 * MB),
    ),
    "a fork bomb": Flood(
        "b() { b | b & }; b; sleep 5",
        ended=("exited", "processes", "timeout"),
        limits=Limits(seconds=4, processes=40),
    ),
    "memory": Flood(
        f'{PYTHON} -c "x = bytearray(400_000_000)" || echo refused',
        ended=("exited", "memory"),
        limits=Limits(seconds=10, memory_bytes=64 * MB),
    ),
    "memory of many": Flood(
        f'for n in 1 2 3 4 5 6; do {PYTHON} -c \'import time; x = b"x" * 30_000_000; '
        "time.sleep(9)' & done; wait",
        ended=("memory",),
        limits=Limits(seconds=10, memory_bytes=100 * MB),
    ),
    "memory that is shared": Flood(
        f"{PYTHON} -c '\nimport mmap, time\nm = mmap.mmap(-1, 90_000_000)\n"
        "for n in range(0, len(m), 4096): m[n] = 1\ntime.sleep(9)'",
        ended=("memory",),
        limits=Limits(seconds=10, memory_bytes=64 * MB),
    ),
    "memory in files without a name": Flood(
        f"{PYTHON} -c '\nimport os, time\nfor n in range(12):\n"
        "    os.write(os.memfd_create(str(n)), bytes(8_000_000))\ntime.sleep(9)'",
        ended=("memory",),
        limits=Limits(seconds=10, memory_bytes=64 * MB),
    ),
    # Much more than the limit: it is told from what the whole machine has, which others free.
    "memory that nobody may look at": Flood(
        f"{PYTHON} -c '\nimport ctypes, mmap, time\nctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n"
        "m = mmap.mmap(-1, 250_000_000)\nfor n in range(0, len(m), 4096): m[n] = 1\ntime.sleep(9)'",
        ended=("memory",),
        limits=Limits(seconds=10, memory_bytes=64 * MB),
    ),
    "many files": Flood(
        f"{PYTHON} -c \"\nfor n in range(6000): open(f'f{{n}}', 'w').close()\"",
        output="",
        limits=Limits(seconds=30),
        writes=5000,
    ),
    "sleepers": Flood(
        "for n in 1 2 3; do setsid bash -c '(setsid nohup sleep 300 &) ; sleep 300' & done; "
        "sleep 0.3; echo left",
        output="left",
    ),
}


async def main(folder: Path) -> dict[str, list[str]]:
    """Return complaints by name; "" stands for why there is no overlay."""
    root = folder / "workspace"
    put(root, FILES)
    before = snapshot(root)
    try:
        shadow = await make_shadow(
            "overlay", [str(root)], folder / "shadows", ignored=ignored, listing=listing
        )
    except ShadowError as error:
        return {"": [str(error)]}
    desk = Desk(root, shadow)
    found: dict[str, list[str]] = {}
    for name, flood in FLOODS.items():
        own = os.urandom(6).hex()
        result = await desk.run(f": {own}; {flood.script}", limits=flood.limits)
        complaints = []
        if result.ended not in flood.ended:
            complaints.append(f"ended by {result.ended}: {result.output[-300:]}")
        if flood.output not in result.output:
            complaints.append(f"printed {result.output[-300:]!r}")
        if len(result.writes) != flood.writes:
            complaints.append(f"{len(result.writes)} writes")
        if snapshot(root) != before:
            complaints.append("the workspace was changed")
        left = [line for line in _lines() if own in line]
        if left:
            complaints.append(f"left: {left}")
        if (await desk.run("test -e /tmp/f || echo well")).output != "well\n":
            complaints.append("the next command was not well")
        found[name] = complaints
    await shadow.close()
    if list((folder / "shadows").iterdir()):
        found["output"].append("files were left")
    return found


def _lines() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as top:
        print(json.dumps(asyncio.run(main(Path(top)))))
