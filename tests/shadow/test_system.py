"""What is seen of the machine: toolchains that PATH leads to, and no secrets beside them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from arriero.shadow.launcher.spec import Bind
from arriero.shadow.readable import readable_paths
from arriero.shadow.system import HOME_ELSEWHERE, system_view
from arriero.shadow.toolchains import toolchain_folders
from shadow.desk import put

PYTHON = {"bin/python3": "#!", "lib/python3.12/os.py": ""}


def prefixed(prefix: str, files: dict[str, str]) -> dict[str, str]:
    return {f"{prefix}/{name}": text for name, text in files.items()}


@pytest.mark.parametrize(
    ("files", "path", "variables", "shown"),
    [
        pytest.param(
            {"home/.pyenv/shims/python": ""}, "home/.pyenv/shims", {}, ["home/.pyenv"], id="pyenv"
        ),
        pytest.param(
            {
                "home/.cargo/bin/cargo": "",
                "home/.cargo/credentials.toml": "",
                "home/.cargo/registry/x": "",
                "home/.rustup/toolchains/x": "",
            },
            "home/.cargo/bin",
            {},
            ["home/.cargo/bin", "home/.cargo/registry", "home/.rustup"],
            id="cargo",
        ),
        pytest.param(
            {"home/.local/bin/x": "", "home/.local/share/keyrings/k": ""},
            "home/.local/bin",
            {},
            ["home/.local/bin"],
            id="local",
        ),
        pytest.param(
            {"home/.nvm/versions/node/v20/bin/node": ""},
            "home/.nvm/versions/node/v20/bin",
            {},
            ["home/.nvm"],
            id="nvm",
        ),
        pytest.param(
            {"home/opt/node/bin/node": "", "home/opt/node/lib/x": ""},
            "home/opt/node/bin",
            {},
            ["home/opt/node"],
            id="installation",
        ),
        pytest.param(
            {"home/bin/x": "", "home/lib/y": ""}, "home/bin", {}, ["home/bin"], id="home bin"
        ),
        pytest.param({"home/x": ""}, "home", {}, [], id="home itself"),
        pytest.param({"home/.ssh/bin/x": ""}, "home/.ssh", {}, [], id="never a secret"),
        pytest.param({}, "home/missing/bin", {}, [], id="missing"),
        pytest.param(
            {
                "home/.local/bin/ruff": "-> {top}/home/.local/share/uv/tools/ruff/bin/ruff",
                "home/.local/share/uv/tools/ruff/bin/ruff": "",
                "home/.local/share/uv/tools/ruff/lib/x": "",
            },
            "home/.local/bin",
            {},
            ["home/.local/bin", "home/.local/share/uv/tools/ruff"],
            id="link",
        ),
        pytest.param(
            {
                **prefixed("base/py", PYTHON),
                "home/venv/bin/python": "",
                "home/venv/lib/x": "",
                "home/venv/pyvenv.cfg": "home = {top}/base/py/bin\n",
            },
            "home/venv/bin",
            {},
            ["home/venv", "base/py"],
            id="environment",
        ),
        pytest.param(
            {**prefixed("base/py", PYTHON), "ws/.venv/pyvenv.cfg": "home = {top}/base/py/bin\n"},
            "",
            {},
            ["base/py"],
            id="environment in the workspace",
        ),
        pytest.param(
            {
                "home/private/x": "",
                "ws/.venv/pyvenv.cfg": "home = {top}/home/private\n",
                "ws/.venv/bin/python": "-> {top}/home/private/x",
            },
            "ws/.venv/bin",
            {},
            [],
            id="the workspace cannot have more shown",
        ),
        pytest.param({"jdk/bin/java": ""}, "", {"JAVA_HOME": "{top}/jdk"}, ["jdk"], id="variable"),
        pytest.param(
            {"home/x": ""},
            "",
            {"JAVA_HOME": "{top}/home", "GOROOT": "{top}"},
            [],
            id="variable that shows too much",
        ),
    ],
)
def test_toolchains(
    tmp_path: Path, files: dict[str, str], path: str, variables: dict[str, str], shown: list[str]
) -> None:
    top = os.path.realpath(tmp_path)
    put(tmp_path, {name: text.replace("{top}", top) for name, text in files.items()})
    (tmp_path / "ws").mkdir(exist_ok=True)
    environment = {"HOME": f"{top}/home", "PATH": f"{top}/{path}" if path else "/usr/bin"}
    environment |= {name: value.replace("{top}", top) for name, value in variables.items()}
    found = toolchain_folders(environment, [f"{top}/ws"], ["/usr", "/etc"])
    assert sorted(os.path.relpath(folder, top) for folder in found) == sorted(shown)


@pytest.mark.parametrize(
    ("root", "home", "expected"),
    [("ws", "home", "home"), ("home", "home", ""), ("", "home", ""), ("home/ws", "home", "home")],
)
def test_home_is_empty_and_in_the_workspace_elsewhere(
    tmp_path: Path, root: str, home: str, expected: str
) -> None:
    put(tmp_path, {"home/.ssh/id": "", "ws/x": "", "home/ws/x": ""})
    top = os.path.realpath(tmp_path)
    view = system_view(
        {"HOME": f"{top}/{home}", "PATH": "/usr/bin"},
        [os.path.normpath(f"{top}/{root}")],
        network=False,
        hidden=[f"{top}/home/ws/state", "/usr/state"],
    )
    assert view.home == (f"{top}/{expected}" if expected else HOME_ELSEWHERE)
    assert view.home in view.scratch
    assert (f"{top}/home/.ssh" in view.masks) == (not expected)
    assert "/usr/state" in view.masks
    assert (f"{top}/home/ws/state" in view.masks) == (root != "ws")


def test_secrets_are_masked() -> None:
    view = system_view({"PATH": "/usr/bin"}, ["/w"], network=False, hidden=[])
    assert "/etc/shadow" in view.masks
    assert Bind("/usr", "/usr") in view.binds
    targets = {bind.target for bind in view.binds}
    assert targets.isdisjoint({"/", "/home", "/root", "/var", "/run", "/proc", "/sys", "/dev"})


def test_readable_under_landlock() -> None:
    paths = readable_paths({"PATH": "/usr/bin"}, ["/w"], network=False)
    assert "/etc" not in paths
    assert "/etc/passwd" in paths
    assert not any(path.startswith(("/etc/shadow", "/etc/ssl/private", "/home")) for path in paths)


@pytest.mark.parametrize(
    ("dot_git", "back", "shown"),
    [
        pytest.param("gitdir: {top}/main/.git/worktrees/w\n", "{top}/w/.git", True, id="work tree"),
        pytest.param(
            "gitdir: {top}/main/.git/worktrees/w\n", "{top}/other/.git", False, id="not named back"
        ),
        pytest.param("gitdir: {top}/private\n", "", False, id="any folder"),
        pytest.param("nonsense", "", False, id="nonsense"),
    ],
)
def test_repositories_elsewhere(tmp_path: Path, dot_git: str, back: str, shown: bool) -> None:
    top = os.path.realpath(tmp_path)

    def fill(text: str) -> str:
        return text.replace("{top}", top)

    put(
        tmp_path,
        {
            "w/.git": fill(dot_git),
            "main/.git/worktrees/w/gitdir": fill(back) + "\n",
            "private/HEAD": "",
        },
    )
    view = system_view({"PATH": "/usr/bin"}, [f"{top}/w"], network=False, hidden=[])
    assert (Bind(f"{top}/main/.git", f"{top}/main/.git") in view.binds) == shown
    assert not any(bind.target == f"{top}/private" for bind in view.binds)
