"""What is told of each kind of project, file by file, and of folders that are its parts."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from arriero.agent.gathering.project import project_facts
from arriero.workspace.answers import FolderListing
from arriero.workspace.view import WorkspaceView
from workspace.user import User

FLUTTER = "dependencies:\n  flutter:\n    sdk: flutter\n"
GO = ["Go", "Test: go test ./...", "Lint: go vet ./...", "Build: go build ./..."]
DENO = ["TypeScript (Deno)", "Test: deno test", "Lint: deno lint"]
DOTNET = ["Test: dotnet test", "Lint: dotnet format --verify-no-changes", "Build: dotnet build"]
GRADLE = ["Test: ./gradlew test", "Build: ./gradlew build"]
CARGO = ["Test: cargo test", "Lint: cargo clippy", "Build: cargo build"]
PYTEST = ["Python (pytest)", "Test: pytest -q"]
SCRIPTS = {"scripts": {"test": "x", "lint": "x"}}
LARAVEL = {"require": {"laravel/framework": "^11"}}
PEST = {"require-dev": {"pestphp/pest": "^3", "phpunit/phpunit": "^11"}}


def told(root: Path, files: dict[str, str]) -> list[str]:
    user = User(root)
    for name, content in files.items():
        user.save(name, content)
    return project_facts(WorkspaceView([str(root)], user))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('[project]\nkeywords = ["torch", "pytest"]\n', ["Python"]),
        ('[project]\nauthors = [{name = "Flask", email = "ruff"}]\n', ["Python"]),
        ('# "pytest" and [tool.ruff]\n[project]\nname = "flask"\n', ["Python"]),
        ('[project]\ndescription = """\n[tool.ruff]\n"pytest"\n"""\n', ["Python"]),
        ('[project]\ndependencies = [\n  # "torch"\n  "PyTest >= 8",\n]\n', PYTEST),
        ('project.dependencies = ["pytest"]', PYTEST),
        ('[project]\noptional-dependencies.test = ["pytest"]\n', PYTEST),
        ('[project]\noptional-dependencies = {test = ["pytest[x]"], "b" = ["z"]}\n', PYTEST),
        ('[dependency-groups]\ndev = ["pytest", {include-group = "ruff"}]\n', PYTEST),
        ('[build-system]\nrequires = ["numpy"]\n', ["Python (numpy)", "Build: python -m build"]),
        ('[tool]\npytest.ini_options.addopts = "-q"\n', PYTEST),
        ('[ tool . "pytest".ini_options]\naddopts = "-q"\n', PYTEST),
        ('[tool.isort]\nknown_third_party = ["torch"]\n', ["Python"]),
        ('[tool.poetry.group.dev.dependencies]\npytest = {version = "^8"}\n', PYTEST),
        ('[tool.poetry.dependencies.pytest]\nextras = ["ruff"]\n', PYTEST),
        ('[tool.poetry]\nkeywords = ["torch"]\ndev-dependencies.pytest = "^8"\n', PYTEST),
        ('[tool.pdm.dev-dependencies]\ntest = ["pytest"]\n', PYTEST),
        ('[tool.uv]\ndev-dependencies = ["pytest"]\n', PYTEST),
        ('[tool.hatch.envs.default]\nextra-dependencies = ["pytest"]\n', PYTEST),
        ("[tool.tox]\nenv_list = ['py']\n", ["Python", "Test: tox"]),
        ("[tool.tox]\n[tool.pytest]\n", ["Python (pytest)", "Test: pytest -q | tox"]),
        ('[project]\ndependencies = ["tox"]\n', ["Python"]),
        ('[project]\ndependencies = ["pytest",\nkeywords = ["torch"]\n', ["Python"]),
    ],
)  # fmt: skip
def test_only_what_python_uses_counts(tmp_path: Path, text: str, lines: list[str]) -> None:
    assert told(tmp_path, {"pyproject.toml": text}) == lines


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        ({"pytest.ini": "[pytest]\n"}, PYTEST),
        ({"tox.ini": "[testenv:x]\n"}, ["Python", "Test: tox"]),
        ({"tox.ini": "[tox]\n[pytest]\n[flake8]\n"},
         ["Python (pytest, flake8)", "Test: tox | pytest -q", "Lint: flake8"]),
        ({"tox.toml": "env_list = ['py']"}, ["Python", "Test: tox"]),
        ({"Pipfile": '[packages]\nflask = "*"\n[dev-packages]\nPyTest = {version = "*"}\n'},
         ["Python (flask, pytest)", "Test: pipenv run pytest -q"]),
        ({"Pipfile": '[[source]]\nname = "pytest"\n[scripts]\nruff = "x"\n'}, ["Python"]),
        ({"pubspec.yaml": FLUTTER},
         ["Dart (Flutter)", "Test: flutter test", "Lint: flutter analyze"]),
        ({"pubspec.yaml": "dev_dependencies:\n  flutter_test: {sdk: 'flutter'}\n"},
         ["Dart (Flutter)", "Test: flutter test", "Lint: flutter analyze"]),
        ({"pubspec.yaml": "# sdk: flutter\nenvironment:\n  sdk: ^3.0.0\n"},
         ["Dart", "Test: dart test", "Lint: dart analyze"]),
        ({"package.json": json.dumps(SCRIPTS | {"packageManager": "pnpm@9.1.0+sha1.a"})},
         ["JavaScript", "Test: pnpm test", "Lint: pnpm run lint"]),
        ({"package.json": json.dumps(SCRIPTS | {"packageManager": "yarn@4"}), "bun.lock": ""},
         ["JavaScript", "Test: yarn test", "Lint: yarn run lint"]),
        ({"package.json": json.dumps(SCRIPTS | {"packageManager": "bun"})},
         ["JavaScript", "Test: bun run test", "Lint: bun run lint"]),
        ({"package.json": json.dumps(SCRIPTS | {"packageManager": "rm -rf@1"}), "yarn.lock": ""},
         ["JavaScript", "Test: yarn test", "Lint: yarn run lint"]),
        ({"package.json": json.dumps(SCRIPTS | {"packageManager": ["pnpm@9"]})},
         ["JavaScript", "Test: npm test", "Lint: npm run lint"]),
        ({"composer.json": '{"scripts": {"post": "x"}, "config": {"test": true}}'}, ["PHP"]),
        ({"composer.json": '{"suggest": {"pestphp/pest": "x"}, "scripts": "test"}'}, ["PHP"]),
        ({"composer.json": "{"}, ["PHP"]),
        ({"composer.json": json.dumps(LARAVEL)}, ["PHP (Laravel)", "Test: php artisan test"]),
        ({"composer.json": json.dumps(LARAVEL | PEST)},
         ["PHP (Laravel, PHPUnit, Pest)", "Test: vendor/bin/pest"]),
        ({"composer.json": '{"require-dev": {"phpunit/phpunit": "1"}}'},
         ["PHP (PHPUnit)", "Test: vendor/bin/phpunit"]),
        ({"deno.jsonc": "// a\n{}"}, DENO),
        ({"go.work": "go 1.22\nuse (\n\t./api // it\n\t./cmd/tool/\n)\n"},
         ["Go", "Test: go test ./api/... ./cmd/tool/...", "Lint: go vet ./api/... ./cmd/tool/...",
          "Build: go build ./api/... ./cmd/tool/..."]),
        ({"go.work": "use ./a\n", "go.mod": "module x"}, GO),
        ({"go.work": "".join(f"use ./m{at}\n" for at in range(5))}, ["Go"]),
        ({"go.work": "use ../../etc\nuse ./a/../..\nuse ./$(x)\n"}, ["Go"]),
        ({"A.slnx": "<Project Path='a.csproj'/>"}, ["C# (.NET)", *DOTNET]),
        ({"A.sln": "a.fsproj"}, ["F# (.NET)", *DOTNET]),
        ({"A.fsproj": "<Project/>"}, ["F# (.NET)", *DOTNET]),
        ({"settings.gradle": "include 'app'", "gradlew": ""}, ["Java/Kotlin", *GRADLE]),
        ({"settings.gradle.kts": 'id("org.jetbrains.kotlin.jvm")', "gradlew": ""},
         ["Kotlin", *GRADLE]),
        ({"settings.gradle.kts": "", "build.gradle": "", "gradlew": ""}, ["Java", *GRADLE]),
    ],
)  # fmt: skip
def test_what_a_kind_of_file_tells(tmp_path: Path, files: dict[str, str], lines: list[str]) -> None:
    assert told(tmp_path, files) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("test lint: deps\n", ["Test: make test", "Lint: make lint"]),
        ("test::\nbuild ::\n", ["Test: make test", "Build: make build"]),
        ("test &: a\n", ["Test: make test"]),
        ("test := x\nlint ::= x\nbuild :::= x\nall = y:\n", []),
        ("other: test\n\ttest: x\n.PHONY: test\n", []),
    ],
)
def test_targets_of_make(tmp_path: Path, text: str, lines: list[str]) -> None:
    assert told(tmp_path, {"Makefile": text}) == lines


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("project(x C)", "C"),
        ("project(x CXX)", "C++"),
        ("project(x C CXX)", "C, C++"),
        ("project(x)", "C++"),
        ("PROJECT( C )", "C++"),
        ("project(x VERSION 1.0)", "C++"),
        ('project(x # C\n  VERSION 1 LANGUAGES C\n  DESCRIPTION "in (CXX) and")', "C"),
        ('project(x DESCRIPTION "for ) CXX" LANGUAGES C)', "C"),
        ("project(x LANGUAGES Fortran HOMEPAGE_URL C)", "Fortran"),
        ("# project(x C)\nproject(x)", "C++"),
        ("my_project(x C)", "C++"),
        ("project(x C", "C"),
    ],
)
def test_languages_of_cmake(tmp_path: Path, text: str, languages: str) -> None:
    assert told(tmp_path, {"CMakeLists.txt": text})[0] == f"{languages} (CMake)"


@pytest.mark.parametrize(
    ("text", "made_of"),
    [
        ("[dependencies]\nserde.workspace = true\n", "Rust (serde)"),
        ("[dependencies.tokio]\nversion = '1'\n", "Rust (tokio)"),
        ("[dev-dependencies]\nclap = '4'\n", "Rust (clap)"),
        ("[target.'cfg(unix)'.dependencies]\ntokio = '1'\n", "Rust (tokio)"),
        ("[package]\nkeywords = ['tokio']\n[features]\nserde = []\n", "Rust"),
        ("[dependencies]\n# serde = '1'\nserde_json = '1'\n", "Rust"),
    ],
)
def test_dependencies_of_cargo(tmp_path: Path, text: str, made_of: str) -> None:
    assert told(tmp_path, {"Cargo.toml": text}) == [made_of, *CARGO]


def test_a_workspace_of_cargo_depends_too(tmp_path: Path) -> None:
    text = "[workspace.dependencies]\naxum = '1'\n"
    made_of, test, *_ = told(tmp_path, {"Cargo.toml": text})
    assert (made_of, test) == ("Rust (axum)", "Test: cargo test --workspace")


PARTS = {
    "README.md": "",
    "backend/pyproject.toml": '[dependency-groups]\ndev = ["pytest", "ruff", "mypy", "pylint"]\n',
    "backend/uv.lock": "",
    "frontend/package.json": json.dumps(SCRIPTS | {"dependencies": {"react": "1"}}),
}


def test_folders_speak_where_the_root_says_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, PARTS) == [
        "backend: Python (pytest, ruff, mypy, pylint)",
        "frontend: JavaScript (React)",
        "Test (backend): uv run pytest -q",
        "Test (frontend): npm test",
        "Lint (backend): uv run ruff check . | uv run pylint",
        "Lint (frontend): npm run lint",
    ]


def test_the_root_speaks_for_its_folders(tmp_path: Path) -> None:
    assert told(tmp_path, PARTS | {"Makefile": "test:\n"}) == ["Test: make test"]


@pytest.mark.parametrize(
    "folder",
    ["docs", "Vendor", "node_modules", ".hidden", "do as I say", "-x", "a\nb", "ignored", "a/b",
     "x" * 31],
)  # fmt: skip
def test_other_folders_are_left_alone(tmp_path: Path, folder: str) -> None:
    assert told(tmp_path, {f"{folder}/go.mod": "", ".ignore": "ignored/\n"}) == []


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "go.mod").touch()
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "api").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "root" / "web").symlink_to(tmp_path / "root" / "web")
    assert told(tmp_path / "root", {}) == []


def test_a_few_folders_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(30):
        (tmp_path / f"part{at:02}").mkdir()
    files = {f"part{at:02}/go.mod": "" for at in (1, 2, 5, 6, 20)}
    assert [line for line in told(tmp_path, files) if line.startswith("Test")] == [
        f"Test (part{at:02}): go test ./..." for at in (1, 2, 5)
    ]
    for name in files:
        (tmp_path / name).unlink()
    looked_at: list[str] = []
    entries = WorkspaceView.entries

    def counted(view: WorkspaceView, path: str) -> FolderListing:
        looked_at.append(path)
        return entries(view, path)

    monkeypatch.setattr(WorkspaceView, "entries", counted)
    assert told(tmp_path, {"part20/go.mod": ""}) == []
    assert len(looked_at) == 1 + 12


def test_heaps_of_files_are_not_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"api/go.mod": "", "data/go.mod": ""}
    lstat = Path.lstat

    def heaped(path: Path) -> os.stat_result:
        found = list(lstat(path))
        if path.name == "data":
            found[stat.ST_SIZE] = 1_000_000
        return os.stat_result(found)

    monkeypatch.setattr(Path, "lstat", heaped)
    assert told(tmp_path, files)[0] == "api: Go"
    assert "data: Go" not in told(tmp_path, files)
