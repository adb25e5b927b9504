"""A home, a working folder and a fake daemon of their own for every test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arriero.cli.app import main
from cli.fake_daemon import FakeDaemon
from cli.result import Result
from forked import launching, program


@pytest.fixture
def home(tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folders, empty; every variable that settings understand is gone."""
    for name in list(os.environ):
        if name.startswith(("ARRIERO_", "OLLAMA_", "LLM_", "XDG_")) or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    for name in ("DEFAULT_MODEL", "WORKSPACE_PATH", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    folder = Path(os.path.realpath(tmp_path)) / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("TERM", "xterm")
    return folder


@pytest.fixture
def work(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    folder = home.parent / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def forked_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that a command of this process starts is forked."""
    forking = (*program(), "daemon", "run")
    monkeypatch.setitem(launching(), "command", forking)
    # The first is forked once all is imported, which takes long on a busy machine.
    monkeypatch.setitem(launching(), "deadline", 90.0)


@pytest.fixture
def daemon(work: Path) -> Iterator[FakeDaemon]:
    fake = FakeDaemon()
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def arriero(work: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run a command line in this process."""

    def command(*arguments: str) -> Result:
        code = main(arguments)
        printed = capfd.readouterr()
        return Result(code, printed.out, printed.err)

    return command
