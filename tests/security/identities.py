"""The users that attacks are run as: whoever runs the tests, and an ordinary one beside root."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SERVER = Path(__file__).parents[2] / "server"
ORDINARY_UID = 61234  # nobody's, on any machine that we know
_CHECK = "import sys; assert sys.version_info >= (3, 10); import arriero.shadow.types"


@dataclass(frozen=True)
class Identity:
    """A user, and an interpreter that this user can start."""

    name: str
    python: str
    uid: int | None

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the interpreter as this user with our package at hand."""
        return subprocess.Popen(
            [self.python, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SERVER), "HOME": "/nonexistent"},
            cwd="/",
            user=self.uid,
            group=self.uid,
            extra_groups=None if self.uid is None else [],
        )


def identities() -> list[Identity]:
    """Return the users that can be had here."""
    found = [Identity("root" if os.geteuid() == 0 else "ordinary user", sys.executable, None)]
    if os.geteuid() == 0:
        for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
            candidate = Identity("ordinary user", python, ORDINARY_UID)
            if _works(candidate):
                return [*found, candidate]
    return found


def _works(identity: Identity) -> bool:
    try:
        with identity.start("-c", _CHECK) as process:
            process.communicate(timeout=20)
    except OSError:
        return False
    return process.returncode == 0
