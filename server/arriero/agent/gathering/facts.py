"""The value that facts of a project are kept in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """Languages, frameworks and tools, and the commands that test, check and build."""

    languages: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    lint: tuple[str, ...] = ()
    build: tuple[str, ...] = ()

    def with_more(self, other: Facts) -> Facts:
        """Return these and then the others; what is there twice is told once by who shows it."""
        return Facts(
            self.languages + other.languages,
            self.tools + other.tools,
            self.test + other.test,
            self.lint + other.lint,
            self.build + other.build,
        )


def some(command: str) -> tuple[str, ...]:
    """Return the command as the only one, or none for ''."""
    return (command,) if command else ()
