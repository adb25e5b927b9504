"""A user at his desk, from whom things are gathered: a workspace with an index in its place."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from arriero.agent.gathering import Ask, Budget, Gathered, Spot, gather
from arriero.agent.request import ContextItem
from arriero.agent.tokens import TokenEstimate
from arriero.index.map import Focus
from arriero.index.search import SearchHit, SearchResult
from arriero.index.symbols import Asked, Definition
from arriero.tools.registry import Tier
from arriero.workspace.problem import Problem
from arriero.workspace.view import WorkspaceView
from workspace.user import User

ESTIMATE = TokenEstimate("p/m").text
CODE = "import os\n\n\ndef parse_date(text):\n    return text\n\n\ndef other():\n    pass\n"


class Index:
    """Knows one file."""

    def __init__(self, root: Path) -> None:
        self.path = str(root / "src" / "dates.py")
        self.focus: Focus | None = None
        self.known = [Definition(self.path, "parse_date", "function", 2, 3, "")]
        self.go_on = threading.Event()
        self.go_on.set()

    def search(self, query: str) -> SearchResult:
        assert self.go_on.wait(10)
        text = "def parse_date(text):\n    return text"
        return SearchResult((SearchHit(self.path, 4, 5, text, 1.0, ("defines parse_date",)),))

    def definitions(self, asked: Asked) -> Sequence[Definition]:
        return [one for one in self.known if one.name == asked.name]

    def outline(self, tokens: int, estimate: Callable[[str], int], focus: Focus) -> str:
        self.focus = focus
        return "src/dates.py:\n  function parse_date\n"


class Desk:
    """A user with problems, and what is gathered for a prompt of his."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.user = User(root)
        self.buffers = self.user
        self.found: list[Problem] = []
        self.index: Index | None = Index(root)

    def problems(self, path: str | None = None) -> Sequence[Problem]:
        return [one for one in self.found if path in (None, one.path)]

    def gather(
        self,
        prompt: str,
        *items: ContextItem,
        spot: Spot | None = None,
        tier: Tier = "medium",
        first: bool = False,
        ambient: bool = True,
        said: str = "",
        edited: Sequence[str] = (),
    ) -> Gathered:
        view = WorkspaceView([str(self.root)], self.user)
        ask = Ask(prompt, items, spot, first=first, ambient=ambient, said=said, edited=edited)
        return asyncio.run(gather(ask, view, self, self.index, Budget.of(tier), ESTIMATE))


def git(root: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
        cwd=root, check=True, capture_output=True,
    )  # fmt: skip


def texts(gathered: Gathered) -> dict[str, str]:
    return {item.title: item.text for item in gathered.items}
