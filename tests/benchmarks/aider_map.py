"""Have aider make its map of a tree; run by a Python that has it, never by ours.

`python aider_map.py ROOT CACHE ROUNDS` prints what it took in processor seconds, without starting
and importing: "cold", and "warm" after one file was changed, one figure for each round.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

BUDGET = 1_024  # tokens


class _Model:
    def token_count(self, text: str) -> float:
        return len(text) / 4


class _Silence:
    def read_text(self, name: str, **_: Any) -> str:
        return Path(name).read_text("utf-8", "replace")

    def __getattr__(self, _: str) -> Any:
        return lambda *_arguments, **_named: None


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(root: str, cache: str, rounds: int) -> None:
    from aider.repomap import RepoMap  # type: ignore[import-not-found, unused-ignore]

    RepoMap.TAGS_CACHE_DIR = cache
    files = sorted(
        os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names
    )
    maker = RepoMap(map_tokens=BUDGET, root=root, main_model=_Model(), io=_Silence())
    began = _spent()
    text = maker.get_repo_map([], files, force_refresh=True)
    cold = _spent() - began
    warm = []
    for number in range(rounds):
        chosen = files[number * 37 % len(files)]
        with open(chosen, "a", encoding="utf-8") as file:
            file.write("\n")
        others = [name for name in files if name != chosen]
        began = _spent()
        maker.get_repo_map([chosen], others, force_refresh=True)
        warm.append(_spent() - began)
    print(json.dumps({"cold": cold, "warm": warm, "shown": len(text or "")}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
