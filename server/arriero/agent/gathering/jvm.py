"""What the build files of Maven and Gradle tell; pure."""

from __future__ import annotations

import re

from arriero.agent.gathering.facts import Facts

MARKS = frozenset({"gradlew", "mvnw", "build.gradle", "build.gradle.kts"})

_KOTLIN = re.compile(
    r"kotlin\(\"|org\.jetbrains\.kotlin|kotlin-(?:android|dsl)"
    r"|\blibs\.plugins\.[\w.]{0,60}?[Kk]otlin"  # by the names of a version catalogue
)
_TOOLS = {"spring-boot": "Spring Boot", "springframework.boot": "Spring Boot",
          "quarkus": "Quarkus", "micronaut": "Micronaut", "com.android": "Android",
          "junit": "JUnit"}  # fmt: skip


def maven(text: str, marks: frozenset[str]) -> Facts:
    """Read pom.xml."""
    command = "./mvnw" if "mvnw" in marks else "mvn"
    language = "Kotlin" if "kotlin-maven-plugin" in text else "Java"
    return Facts((language,), _tools(text), (f"{command} test",), (), (f"{command} package",))


def gradle(text: str, marks: frozenset[str]) -> Facts:
    """Read the build file of a project."""
    return _gradle("Kotlin" if _KOTLIN.search(text) else "Java", text, marks)


def gradle_settings(text: str, marks: frozenset[str]) -> Facts:
    """Read the settings of a build whose projects are all in subfolders."""
    if marks & {"build.gradle", "build.gradle.kts"}:
        return Facts()
    return _gradle("Kotlin" if _KOTLIN.search(text) else "Java/Kotlin", text, marks)


def _gradle(language: str, text: str, marks: frozenset[str]) -> Facts:
    command = "./gradlew" if "gradlew" in marks else "gradle"
    return Facts((language,), _tools(text), (f"{command} test",), (), (f"{command} build",))


def _tools(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for word, name in _TOOLS.items() if word in text))
