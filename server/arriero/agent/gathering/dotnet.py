"""What the solutions and projects of .NET tell; pure."""

from __future__ import annotations

from collections.abc import Callable

from arriero.agent.gathering.facts import Facts

_LANGUAGES = {".csproj": "C#", ".fsproj": "F#", ".vbproj": "Visual Basic"}


def solution(text: str, _: frozenset[str]) -> Facts:
    """Read a solution, which names its projects."""
    return _facts(*(name for end, name in _LANGUAGES.items() if end in text))


def project(language: str) -> Callable[[str, frozenset[str]], Facts]:
    """Read a project, whose name tells its language."""

    def read(_: str, __: frozenset[str]) -> Facts:
        return _facts(language)

    return read


def _facts(*languages: str) -> Facts:
    return Facts(
        languages or ("C#",),
        (".NET",),
        ("dotnet test",),
        ("dotnet format --verify-no-changes",),
        ("dotnet build",),
    )
