"""What the files of a Python project tell; pure."""

from __future__ import annotations

import re

from arriero.agent.gathering.facts import Facts

MARKS = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "pytest.ini", "noxfile.py", "tox.ini"})

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
_RUNNERS = {"uv.lock": "uv run ", "poetry.lock": "poetry run ", "pdm.lock": "pdm run "}


def pyproject(text: str, marks: frozenset[str]) -> Facts:
    """Read pyproject.toml: what it depends on and what it configures."""
    build = ("python -m build",) if re.search(r"^\[build-system\]", text, re.MULTILINE) else ()
    return _facts(_used(text), marks, build)


def setup(text: str, marks: frozenset[str]) -> Facts:
    """Read setup.py or setup.cfg."""
    return _facts(_used(text), marks)


def requirements(text: str, marks: frozenset[str]) -> Facts:
    """Read a list of requirements."""
    names = re.findall(r"^([A-Za-z][\w.-]*)", text, re.MULTILINE)
    used = {name.lower() for name in names}
    return _facts({name for name in _TOOLS if name in used}, marks)


def tox(text: str, _: frozenset[str]) -> Facts:
    """Read tox.ini, in which other tools may be configured too."""
    has_tox = re.search(r"^\[(?:tox|testenv)\b", text, re.MULTILINE)
    return Facts(("Python",), (), ("tox",) if has_tox else ())


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
