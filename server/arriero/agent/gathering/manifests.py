"""The files that tell what a project is made of, and what is read from each; pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from arriero.agent.gathering.facts import Facts
from arriero.agent.gathering.javascript import MARKS as JAVASCRIPT_MARKS
from arriero.agent.gathering.javascript import package_json
from arriero.agent.gathering.python import MARKS as PYTHON_MARKS
from arriero.agent.gathering.python import pyproject, requirements, setup, tox

__all__ = ["MANIFESTS", "MARKS", "Facts", "Manifest"]

Read = Callable[[str, frozenset[str]], Facts]

MARKS = frozenset({"gradlew", "mvnw", "manage.py"}) | PYTHON_MARKS | JAVASCRIPT_MARKS
"""Names of files that matter by being there: what reads a manifest is told which are."""

_TARGET = re.compile(r"^([A-Za-z][\w.-]{0,40})[ \t]*:(?![=:])", re.MULTILINE)
_RECIPE = re.compile(r"^@?([A-Za-z][\w-]{0,40})(?:[ \t]+[^:\n]*)?:(?!=)", re.MULTILINE)
_KOTLIN = re.compile(
    r"kotlin\(\"|org\.jetbrains\.kotlin|kotlin-(?:android|dsl)"
    r"|\blibs\.plugins\.[\w.]{0,60}?[Kk]otlin"  # by the names of a version catalogue
)
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
        targets = set(names.findall(text))
        found = {
            field: next((f"{command} {one}" for one in wanted if one in targets), "")
            for field, wanted in _CHECKS.items()
        }
        return Facts(
            test=_some(found["test"]), lint=_some(found["lint"]), build=_some(found["build"])
        )

    return read


def _cargo(text: str, _: frozenset[str]) -> Facts:
    known = ("tokio", "axum", "actix-web", "serde", "clap", "bevy", "tauri", "leptos", "rocket")
    tools = tuple(one for one in known if re.search(rf"^{re.escape(one)}\s*=", text, re.MULTILINE))
    everywhere = " --workspace" if "[workspace]" in text else ""
    return Facts(
        ("Rust",),
        tools,
        (f"cargo test{everywhere}",),
        (f"cargo clippy{everywhere}",),
        (f"cargo build{everywhere}",),
    )


def _go(text: str, _: frozenset[str]) -> Facts:
    known = {"gin-gonic/gin": "gin", "labstack/echo": "echo", "spf13/cobra": "cobra",
             "gofiber/fiber": "fiber", "stretchr/testify": "testify", "grpc/grpc-go": "grpc",
             "google.golang.org/grpc": "grpc"}  # fmt: skip
    tools = tuple(name for path, name in known.items() if path in text)
    return Facts(("Go",), tools, ("go test ./...",), ("go vet ./...",), ("go build ./...",))


def _composer(text: str, _: frozenset[str]) -> Facts:
    known = {"laravel/framework": "Laravel", "symfony/framework-bundle": "Symfony",
             "phpunit/phpunit": "PHPUnit", "pestphp/pest": "Pest",
             "phpstan/phpstan": "PHPStan"}  # fmt: skip
    tools = tuple(name for path, name in known.items() if f'"{path}"' in text)
    scripts = text.partition('"scripts"')[2]
    if re.search(r'"test"\s*:', scripts):
        test: tuple[str, ...] = ("composer test",)
    else:
        test = _some("vendor/bin/phpunit" if "PHPUnit" in tools else "")
    lint = _some("vendor/bin/phpstan analyse" if "PHPStan" in tools else "")
    return Facts(("PHP",), tools, test, lint)


def _gemfile(text: str, _: frozenset[str]) -> Facts:
    gems = set(re.findall(r"^[ \t]*gem[ \t]+[\"']([\w-]+)[\"']", text, re.MULTILINE))
    known = {"rails": "Rails", "sinatra": "Sinatra", "rspec": "RSpec", "rspec-rails": "RSpec",
             "rubocop": "RuboCop", "minitest": "Minitest"}  # fmt: skip
    tools = tuple(name for gem, name in known.items() if gem in gems)
    test = "bundle exec rspec" if "RSpec" in tools else "bin/rails test" if "Rails" in tools else ""
    lint = "bundle exec rubocop" if "RuboCop" in tools else ""
    return Facts(("Ruby",), tools, _some(test or "bundle exec rake test"), _some(lint))


def _maven(text: str, marks: frozenset[str]) -> Facts:
    command = "./mvnw" if "mvnw" in marks else "mvn"
    language = "Kotlin" if "kotlin-maven-plugin" in text else "Java"
    return Facts((language,), _jvm_tools(text), (f"{command} test",), (), (f"{command} package",))


def _gradle(text: str, marks: frozenset[str]) -> Facts:
    command = "./gradlew" if "gradlew" in marks else "gradle"
    language = "Kotlin" if _KOTLIN.search(text) else "Java"
    return Facts((language,), _jvm_tools(text), (f"{command} test",), (), (f"{command} build",))


def _jvm_tools(text: str) -> tuple[str, ...]:
    known = {"spring-boot": "Spring Boot", "springframework.boot": "Spring Boot",
             "quarkus": "Quarkus", "micronaut": "Micronaut", "com.android": "Android",
             "junit": "JUnit"}  # fmt: skip
    return tuple(dict.fromkeys(name for word, name in known.items() if word in text))


def _cmake(text: str, _: frozenset[str]) -> Facts:
    only_c = re.search(r"(?i)project[ \t]*\([^)]{0,300}\bLANGUAGES[ \t]+C[ \t\n]{0,9}\)", text)
    tests = re.search(r"(?i)enable_testing|include[ \t]*\([ \t]*CTest", text)
    return Facts(
        ("C",) if only_c else ("C++",),
        ("CMake", *(("Qt",) if re.search(r"(?i)find_package[ \t]*\([ \t]*Qt\d", text) else ())),
        _some("ctest --test-dir build" if tests else ""),
        (),
        ("cmake --build build",),
    )


def _always(facts: Facts) -> Read:
    """Read what tells enough by being there."""

    def read(_: str, __: frozenset[str]) -> Facts:
        return facts

    return read


def _some(command: str) -> tuple[str, ...]:
    return (command,) if command else ()


_MAKE, _JUST = _runner("make", _TARGET), _runner("just", _RECIPE)
_DOTNET = _always(
    Facts(("C#",), (".NET",), ("dotnet test",), ("dotnet format --verify-no-changes",),
          ("dotnet build",))
)  # fmt: skip

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
    Manifest("tox.ini", tox),
    Manifest("requirements*.txt", requirements),
    Manifest("package.json", package_json),
    Manifest("deno.json", _always(
        Facts(("TypeScript",), ("Deno",), ("deno test",), ("deno lint",)))),
    Manifest("Cargo.toml", _cargo),
    Manifest("go.mod", _go),
    Manifest("composer.json", _composer),
    Manifest("Gemfile", _gemfile),
    Manifest("pom.xml", _maven),
    Manifest("build.gradle", _gradle),
    Manifest("build.gradle.kts", _gradle),
    Manifest("CMakeLists.txt", _cmake),
    Manifest("meson.build", _always(
        Facts(("C/C++",), ("Meson",), ("meson test -C build",), (), ("meson compile -C build",)))),
    Manifest("mix.exs", _always(
        Facts(("Elixir",), ("Mix",), ("mix test",), ("mix format --check-formatted",),
              ("mix compile",)))),
    Manifest("Package.swift", _always(
        Facts(("Swift",), (), ("swift test",), (), ("swift build",)))),
    Manifest("*.sln", _DOTNET),
    Manifest("*.csproj", _DOTNET),
    Manifest("pubspec.yaml", _always(
        Facts(("Dart",), (), ("dart test",), ("dart analyze",)))),
    Manifest("build.sbt", _always(
        Facts(("Scala",), ("sbt",), ("sbt test",), (), ("sbt compile",)))),
)  # fmt: skip
