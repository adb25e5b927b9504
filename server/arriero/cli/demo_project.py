"""The demo's project: a copy of the sample, under git where there is git."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from arriero.models.rehearsal.sample_script import SAMPLE_PROMPT, copy_sample

PROMPT = SAMPLE_PROMPT
_PATIENCE = 60  # seconds
_VERDICT = re.compile(r"^(OK|FAILED)\b.*", re.MULTILINE)
# The user's own configuration must neither stop nor decorate this commit.
_GIT = (
    "git", "-c", "user.name=Arriero", "-c", "user.email=demo@localhost", "-c",
    "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null", "-c", "init.defaultBranch=main",
)  # fmt: skip


@dataclass(frozen=True)
class TestRun:
    """A run of the sample's tests; `shown` are the lines that say what went wrong."""

    command: str
    green: bool
    shown: tuple[str, ...]
    verdict: str


@dataclass(frozen=True)
class DemoProject:
    """A folder with the sample; `has_git`: it is a repository with all committed."""

    folder: Path
    has_git: bool

    def test(self) -> TestRun:
        """Run the tests as anybody would."""
        # No byte code: nothing but the edit shall change the folder.
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "unittest"],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        verdict = _VERDICT.search(text)
        return TestRun(
            "python3 -m unittest",
            done.returncode == 0,
            tuple(line for line in text.splitlines() if line.startswith(("FAIL:", "AssertionErr"))),
            verdict[0] if verdict else f"exit code {done.returncode}",
        )

    def status(self) -> list[str] | None:
        """Return the lines of `git status --short`; None without git."""
        if not self.has_git:
            return None
        return _git(self.folder, "status", "--short").splitlines()


def make_project(folder: Path) -> DemoProject:
    """Copy the sample and commit it."""
    copy_sample(folder)
    if shutil.which("git") is None:
        return DemoProject(folder, has_git=False)
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "The sample")):
        _git(folder, *arguments)
    return DemoProject(folder, has_git=True)


def _git(folder: Path, *arguments: str) -> str:
    # A repository that the environment names must not be touched.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    done = subprocess.run(
        [*_GIT, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        timeout=_PATIENCE,
        check=True,
    )
    return done.stdout.decode("utf-8", "replace")
