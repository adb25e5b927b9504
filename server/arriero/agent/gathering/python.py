"""What the files of a Python project tell; pure."""

from __future__ import annotations

import re

from arriero.agent.gathering.facts import Facts, some
from arriero.agent.gathering.toml_values import KeyPath, toml_values

MARKS = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "Pipfile", "pytest.ini", "noxfile.py",
                   "manage.py"})  # fmt: skip

# In the order in which they are told; a name by which a project depends on each.
_TOOLS = ("django", "flask", "fastapi", "pydantic", "sqlalchemy", "numpy", "pandas", "torch",
          "pytest", "ruff", "mypy", "pyright", "black", "flake8", "pylint")  # fmt: skip
_LINTS = {"ruff": "ruff check .", "flake8": "flake8", "pylint": "pylint", "mypy": "mypy",
          "pyright": "pyright"}  # fmt: skip
_NAMED = (
    re.compile(r"[\"']([A-Za-z][\w.-]{0,60})(?=[\"'<>=!~;@ \[])"),
    re.compile(r"^[ \t]*([A-Za-z][\w.-]{0,60})[ \t]*(?:[=<>~]|$)", re.MULTILINE),
    re.compile(r"^\[(?:tool[.:])?([A-Za-z][\w-]{0,60})", re.MULTILINE),
)
_SECTION = re.compile(r"^\[([A-Za-z][\w-]{0,60})", re.MULTILINE)
_REQUIREMENT = re.compile(r"[ \t]*([A-Za-z][\w.-]{0,60})")
_RUNNERS = {"uv.lock": "uv run ", "poetry.lock": "poetry run ", "pdm.lock": "pdm run ",
            "Pipfile": "pipenv run "}  # fmt: skip
_DEPENDENCIES = ("dependencies", "dev-dependencies", "extra-dependencies", "pypi-dependencies")
_BY_KEYS = ("poetry", "pixi")  # whose tables have what is depended on as keys, not in lists


def pyproject(text: str, marks: frozenset[str]) -> Facts:
    """Read pyproject.toml: what it depends on and what it configures."""
    used: set[str] = set()
    tables: set[KeyPath] = set()
    for path, value in toml_values(text):
        used.update(_normal(name) for name in _meant(path, value))
        tables.add(path[:2])
    build = some("python -m build" if ("build-system",) in tables else "")
    facts = _facts(used, marks, build)
    return facts.with_more(Facts(test=some("tox" if ("tool", "tox") in tables else "")))


def pipfile(text: str, marks: frozenset[str]) -> Facts:
    """Read the names in the tables of a Pipfile."""
    found = {_normal(path[1]) for path, _ in toml_values(text) if len(path) > 1
             and path[0] in ("packages", "dev-packages")}  # fmt: skip
    return _facts(found, marks)


def pytest_ini(_: str, marks: frozenset[str]) -> Facts:
    """Tell of a file that is there for pytest alone."""
    return _facts({"pytest"}, marks)


def setup(text: str, marks: frozenset[str]) -> Facts:
    """Read setup.py or setup.cfg."""
    return _facts(_used(text), marks)


def requirements(text: str, marks: frozenset[str]) -> Facts:
    """Read a list of requirements."""
    names = re.findall(r"^([A-Za-z][\w.-]*)", text, re.MULTILINE)
    used = {name.lower() for name in names}
    return _facts({name for name in _TOOLS if name in used}, marks)


def tox(text: str, marks: frozenset[str]) -> Facts:
    """Read tox.ini, in which other tools may be configured too."""
    sections = set(_SECTION.findall(text))
    has_tox = sections & {"tox", "testenv"}
    facts = Facts(("Python",), (), some("tox" if has_tox else ""))
    return facts.with_more(_facts(sections & {"pytest", "flake8"}, marks))


def _meant(path: KeyPath, value: str) -> tuple[str, ...]:
    """Return what a value in pyproject.toml stands for: what is depended on, or configured."""
    match path:
        case (
            ("build-system", "requires")
            | ("project", "dependencies")
            | ("project", "optional-dependencies", _)
            | ("dependency-groups", _)
        ):
            return _required(value)
        case ("tool", tool, *inside):
            return (tool, *_of_tool(tool, inside, value))
    return ()


def _of_tool(tool: str, inside: list[str], value: str) -> tuple[str, ...]:
    """Return what a manager's tables depend on, by keys or in lists, maybe of groups."""
    at = next((at for at, key in enumerate(inside) if key in _DEPENDENCIES), None)
    if at is None:
        return ()
    if tool in _BY_KEYS:
        return tuple(inside[at + 1 : at + 2])
    return _required(value) if len(inside) <= at + 2 else ()


def _required(value: str) -> tuple[str, ...]:
    name = _REQUIREMENT.match(value)
    return (name.group(1),) if name else ()


def _normal(name: str) -> str:
    return name.lower().replace("_", "-")


def _used(text: str) -> set[str]:
    """Return which tools are depended on (`"ruff>=1"`, `ruff = "^1"`) or configured."""
    found = {name.lower() for pattern in _NAMED for name in pattern.findall(text)}
    return found.intersection(_TOOLS)


def _facts(used: set[str], marks: frozenset[str], build: tuple[str, ...] = ()) -> Facts:
    tools = tuple(name for name in _TOOLS if name in used)
    prefix = next((command for mark, command in _RUNNERS.items() if mark in marks), "")
    lint = tuple(prefix + command for name, command in _LINTS.items() if name in used)
    if "pytest" in used or "pytest.ini" in marks:
        test: tuple[str, ...] = (f"{prefix}pytest -q",)
    elif "manage.py" in marks and "django" in used:
        test = (f"{prefix}python manage.py test",)
    else:
        test = ("nox",) if "noxfile.py" in marks else ()
    return Facts(("Python",), tools, test, lint, build)
