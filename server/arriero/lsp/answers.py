"""Answers as Markdown files, for editors that can only show documents."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from arriero.settings.paths import state_dir

_KEPT = 100  # files; older ones are removed


def write_answer(title: str, text: str, *, suffix: str = ".md", folder: Path | None = None) -> Path:
    """Write a text to a new private file (0600 in a 0700 folder); blocks, raises OSError."""
    folder = folder or state_dir() / "answers"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    words = re.sub(r"[^\w-]+", "-", title.lower(), flags=re.ASCII).strip("-")[:40] or "answer"
    now = time.time_ns()
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now // 10**9))
    path = folder / f"{stamp}-{now % 10**9:09}-{words}{suffix}"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    _prune(folder)
    return path


def _prune(folder: Path) -> None:
    # Names begin with their time, so that their order is their age.
    for old in sorted(folder.iterdir())[:-_KEPT]:
        old.unlink(missing_ok=True)
