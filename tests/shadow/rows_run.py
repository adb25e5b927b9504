"""Runs every row in an overlay and prints the complaints as JSON; a program for another user."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from arriero.shadow.choose import make_shadow
from arriero.shadow.types import ShadowError

sys.path.insert(0, str(Path(__file__).parent.parent))

from shadow.desk import FILES, Desk, ignored, listing, put, snapshot
from shadow.rows import ROWS


async def main(folder: Path) -> dict[str, list[str]]:
    """Return complaints by the row's name; "" stands for why there is no overlay."""
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
    found = {}
    for name, row in ROWS.items():
        result = await desk.run(row.script, row.files)
        found[name] = row.complaints(
            desk.writes(result), result.skipped, result.output, result.ignored
        )
        if snapshot(root) != before:
            found[name].append("the workspace was changed")
    await shadow.close()
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as top:
        print(json.dumps(asyncio.run(main(Path(top)))))
