"""The files that tell what a project is made of, and what is read from each; pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from arriero.agent.gathering.cmake import cmake
from arriero.agent.gathering.dotnet import project as dotnet
from arriero.agent.gathering.dotnet import solution
from arriero.agent.gathering.facts import Facts, some
from arriero.agent.gathering.go import MARKS as GO_MARKS
from arriero.agent.gathering.go import go_module, go_workspace
from arriero.agent.gathering.javascript import MARKS as JAVASCRIPT_MARKS
from arriero.agent.gathering.javascript import package_json
from arriero.agent.gathering.jvm import MARKS as JVM_MARKS
from arriero.agent.gathering.jvm import gradle, gradle_settings, maven
from arriero.agent.gathering.php import composer
from arriero.agent.gathering.python import MARKS as PYTHON_MARKS
from arriero.agent.gathering.python import (
    pipfile,
    pyproject,
    pytest_ini,
    requirements,
    setup,
    tox,
)
from arriero.agent.gathering.rust import cargo

Read = Callable[[str, frozenset[str]], Facts]

MARKS = PYTHON_MARKS | JAVASCRIPT_MARKS | GO_MARKS | JVM_MARKS
"""Names of files that matter by being there: what reads a manifest is told which are."""

_TARGETS = re.compile(r"^([A-Za-z][\w./% \t-]{0,200})&?::?(?![=:])", re.MULTILINE)
_RECIPE = re.compile(r"^@?([A-Za-z][\w-]{0,40})(?:[ \t]+[^:\n]*)?:(?!=)", re.MULTILINE)
_FLUTTER = re.compile(r"(?:^|\{)[ \t]*sdk:[ \t]*[\"']?flutter\b", re.MULTILINE)
_CHECKS = {
    "test": ("test", "tests", "check"),
    "lint": ("lint", "typecheck", "fmt-check"),
    "build": ("build", "all"),
}


@dataclass(frozen=True)
class Manifest:
    """A file by its name or pattern, and what it tells."""

    name: str
    read: Read

    def is_named(self, name: str) -> bool:
        """Tell whether a file has this name."""
        return fnmatchcase(name, self.name)


def _runner(command: str, names: re.Pattern[str]) -> Read:
    """Read what has targets; it tells commands, but no language."""

    def read(text: str, _: frozenset[str]) -> Facts:
        targets = {target for found in names.findall(text) for target in found.split()}
        found = {
            field: next((f"{command} {one}" for one in wanted if one in targets), "")
            for field, wanted in _CHECKS.items()
        }
        return Facts(test=some(found["test"]), lint=some(found["lint"]), build=some(found["build"]))

    return read


def _gemfile(text: str, _: frozenset[str]) -> Facts:
    gems = set(re.findall(r"^[ \t]*gem[ \t]+[\"']([\w-]+)[\"']", text, re.MULTILINE))
    known = {"rails": "Rails", "sinatra": "Sinatra", "rspec": "RSpec", "rspec-rails": "RSpec",
             "rubocop": "RuboCop", "minitest": "Minitest"}  # fmt: skip
    tools = tuple(name for gem, name in known.items() if gem in gems)
    test = "bundle exec rspec" if "RSpec" in tools else "bin/rails test" if "Rails" in tools else ""
    lint = "bundle exec rubocop" if "RuboCop" in tools else ""
    return Facts(("Ruby",), tools, some(test or "bundle exec rake test"), some(lint))


def _pubspec(text: str, _: frozenset[str]) -> Facts:
    if _FLUTTER.search(text):
        return Facts(("Dart",), ("Flutter",), ("flutter test",), ("flutter analyze",))
    return Facts(("Dart",), (), ("dart test",), ("dart analyze",))


def _always(facts: Facts) -> Read:
    """Read what tells enough by being there."""

    def read(_: str, __: frozenset[str]) -> Facts:
        return facts

    return read


_MAKE, _JUST = _runner("make", _TARGETS), _runner("just", _RECIPE)
_DENO = _always(Facts(("TypeScript",), ("Deno",), ("deno test",), ("deno lint",)))

# What runs everything stands first: a project's own target says more than a language's habit.
MANIFESTS: tuple[Manifest, ...] = (
    Manifest("Makefile", _MAKE),
    Manifest("GNUmakefile", _MAKE),
    Manifest("makefile", _MAKE),
    Manifest("justfile", _JUST),
    Manifest("Justfile", _JUST),
    Manifest(".justfile", _JUST),
    Manifest("pyproject.toml", pyproject),
    Manifest("setup.py", setup),
    Manifest("setup.cfg", setup),
    Manifest("pytest.ini", pytest_ini),
    Manifest("tox.ini", tox),
    Manifest("tox.toml", _always(Facts(("Python",), test=("tox",)))),
    Manifest("Pipfile", pipfile),
    Manifest("requirements*.txt", requirements),
    Manifest("package.json", package_json),
    Manifest("deno.json", _DENO),
    Manifest("deno.jsonc", _DENO),
    Manifest("Cargo.toml", cargo),
    Manifest("go.mod", go_module),
    Manifest("go.work", go_workspace),
    Manifest("composer.json", composer),
    Manifest("Gemfile", _gemfile),
    Manifest("pom.xml", maven),
    Manifest("build.gradle", gradle),
    Manifest("build.gradle.kts", gradle),
    Manifest("settings.gradle", gradle_settings),
    Manifest("settings.gradle.kts", gradle_settings),
    Manifest("CMakeLists.txt", cmake),
    Manifest("meson.build", _always(
        Facts(("C/C++",), ("Meson",), ("meson test -C build",), (), ("meson compile -C build",)))),
    Manifest("mix.exs", _always(
        Facts(("Elixir",), ("Mix",), ("mix test",), ("mix format --check-formatted",),
              ("mix compile",)))),
    Manifest("Package.swift", _always(
        Facts(("Swift",), (), ("swift test",), (), ("swift build",)))),
    Manifest("*.sln", solution),
    Manifest("*.slnx", solution),
    Manifest("*.csproj", dotnet("C#")),
    Manifest("*.fsproj", dotnet("F#")),
    Manifest("pubspec.yaml", _pubspec),
    Manifest("build.sbt", _always(
        Facts(("Scala",), ("sbt",), ("sbt test",), (), ("sbt compile",)))),
)  # fmt: skip
