"""What the doctor finds, and what it advises."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from arriero.cli.checks import machine
from arriero.cli.checks.finding import Finding
from arriero.cli.checks.models import models
from arriero.cli.checks.settings import settings as check_settings
from arriero.cli.checks.shadow import judge
from arriero.models.rehearsal import SimulatedModel, Simulator
from arriero.settings.layers import load_settings, user_file
from arriero.settings.model import Settings
from arriero.shadow.choose import Finding as Kind
from cli.fake_daemon import FakeDaemon
from cli.result import Result
from models.openai_server import StandIn

Command = Callable[..., Result]


def settings(base_url: str, home: Path, **more: object) -> Settings:
    given = {"providers": {"ollama": {"base_url": base_url}}, **more}
    return load_settings(environment={"HOME": str(home)}, command_line=given).settings


async def look(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding async for finding in models(settings)}


CAPABLE = SimulatedModel("capable", capabilities=("completion", "tools"))
PLAIN = SimulatedModel("plain", capabilities=("completion",))


@pytest.mark.parametrize(
    ("installed", "chosen", "state", "words"),
    [
        ([CAPABLE], None, "ok", "capable"),
        ([PLAIN, CAPABLE], None, "ok", "capable"),
        ([PLAIN], "plain", "warn", "tools are put in the prompt"),
        ([PLAIN], None, "warn", "tools are put in the prompt"),
        ([], None, "fail", "no model to use"),
        ([CAPABLE], "absent", "fail", "no model to use"),
    ],
)
async def test_models(
    installed: list[SimulatedModel], chosen: str | None, state: str, words: str, tmp_path: Path
) -> None:
    async with Simulator(models=installed) as simulator:
        found = await look(settings(simulator.base_url, tmp_path, model=chosen))
    assert found["provider"].state == "ok"
    assert found["model"].state == state
    assert words in found["model"].text
    assert (state == "ok") or found["model"].mend


@pytest.mark.parametrize(
    ("model", "states"),
    [
        ("capable@lab", {"provider lab": "ok", "model capable": "ok"}),
        ("gone@lab", {"provider lab": "ok", "model no": "fail"}),
        (
            "gone@lab, else plain",
            {
                "provider lab": "ok",
                "model no": "warn",
                "provider ollama": "ok",
                "model plain": "warn",
            },
        ),
        (
            "capable@dead, else capable@lab",
            {"provider dead": "warn", "provider lab": "ok", "model capable": "ok"},
        ),
    ],
)
async def test_each_model_of_a_chain_is_looked_for_at_its_provider(
    model: str, states: dict[str, str], tmp_path: Path
) -> None:
    async with Simulator(models=[PLAIN]) as own, Simulator(models=[CAPABLE]) as lab:
        given = {
            "ollama": {"base_url": own.base_url},
            "lab": {"kind": "ollama", "base_url": lab.base_url},
            "dead": {"kind": "ollama", "base_url": "http://127.0.0.1:9"},
        }
        found = [one async for one in models(settings("", tmp_path, model=model, providers=given))]
    told = {f"{one.name} {one.text.split()[0]}": one.state for one in found}
    assert {name: state for name, state in told.items() if "window" not in name} == states
    assert not any("@" in one.mend for one in found)


async def test_a_small_window_is_a_warning(tmp_path: Path) -> None:
    async with Simulator(models=[CAPABLE]) as simulator:
        found = await look(settings(simulator.base_url, tmp_path, window={"num_ctx": 4096}))
        assert found["window"].state == "warn"
        found = await look(settings(simulator.base_url, tmp_path, window={"num_ctx": 32768}))
        assert (found["window"].state, found["window"].text) == ("ok", "32,768 tokens")


async def test_no_server(tmp_path: Path) -> None:
    found = await look(settings("http://127.0.0.1:9", tmp_path))
    assert list(found) == ["provider"]
    assert found["provider"].state == "fail"
    assert "ollama serve" in found["provider"].mend


async def test_a_host_of_several_that_is_dead_is_named(tmp_path: Path) -> None:
    dead = "http://127.0.0.1:9"
    async with Simulator(models=[CAPABLE]) as simulator:
        alive = simulator.base_url
        for base_url, host in ((dead, alive), (alive, dead)):
            entry = {"base_url": base_url, "hosts": [host]}
            found = await look(settings(base_url, tmp_path, providers={"ollama": entry}))
            assert found["provider"].state == "warn"
            assert f" at {alive}, 1 model; no answer at {dead}" in found["provider"].text
            assert "providers.ollama" in found["provider"].mend
            assert found["model"].state == "ok"
        entry = {"base_url": alive, "hosts": [alive]}
        found = await look(settings(alive, tmp_path, providers={"ollama": entry}))
        assert found["provider"].text.endswith(f" at {alive}, 1 model")


async def test_a_small_window_is_mended_where_it_is_set(tmp_path: Path) -> None:
    async with StandIn() as server:
        entry = {"llamacpp": {"base_url": server.base_url}}
        found = await look(settings("", tmp_path, provider="llamacpp", providers=entry))
    assert found["window"].state == "warn"
    assert "llama-server with a larger `-c`" in found["window"].mend


async def test_a_provider_of_another_kind(tmp_path: Path) -> None:
    found = await look(settings("http://127.0.0.1:9", tmp_path, provider="jan"))
    assert found["provider"].state == "fail"


OVERLAY, COPY = Kind("overlay", True, "namespaces"), Kind("copy", True, "a copy")
NO_OVERLAY = Kind("overlay", False, "not permitted")


@pytest.mark.parametrize(
    ("wanted", "kinds", "state", "text"),
    [
        ("auto", (OVERLAY, COPY), "ok", "overlay: namespaces"),
        ("auto", (NO_OVERLAY, COPY), "warn", "copy: a copy"),
        ("overlay", (NO_OVERLAY, COPY), "fail", "overlay does not work: not permitted"),
        ("copy", (NO_OVERLAY, COPY), "ok", "copy: a copy"),
        ("auto", (NO_OVERLAY,), "fail", "auto does not work: not permitted"),
    ],
)
def test_shadow(wanted: str, kinds: tuple[Kind, ...], state: str, text: str) -> None:
    found = judge(wanted, kinds)
    assert (found.state, found.text) == (state, text)
    assert found.state == "ok" or found.mend


@pytest.mark.parametrize(
    ("watches", "instances", "state"),
    [("524288", "1024", "ok"), ("8192", "1024", "warn"), ("524288", "8", "warn")],
)
def test_watch_limits(watches: str, instances: str, state: str, tmp_path: Path) -> None:
    (tmp_path / "max_user_watches").write_text(f"{watches}\n")
    (tmp_path / "max_user_instances").write_text(f"{instances}\n")
    found = machine.watches(tmp_path)
    assert found is not None
    assert found.state == state
    assert machine.watches(tmp_path / "none") is None


def test_folders_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    environment = {
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(blocked),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    state, cache = machine.folders(environment)
    assert (state.state, cache.state) == ("fail", "ok")
    assert "XDG_STATE_HOME" in state.mend


def test_git_is_optional(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.git().state == "warn"
    (tmp_path / "git").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "git").chmod(0o755)
    assert "does not work" in machine.git().text


def test_settings_files(home: Path, work: Path) -> None:
    (found,), _ = check_settings(".")
    assert found.state == "ok"
    assert found.text.startswith("defaults")
    user_file().parent.mkdir(parents=True)
    user_file().write_text("model: a\nmodle: b\n")
    (found,), loaded = check_settings(".")
    assert (found.state, loaded.settings) == ("fail", Settings())
    assert "line 2" in found.text
    user_file().write_text("model: a\n")
    (work / ".arriero").mkdir()
    (work / ".arriero/config.yaml").write_text("model: b\n")
    found, notice = check_settings(".")[0]
    assert found.text == str(user_file())
    assert notice.state == "warn"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    async def detected(_: Settings) -> Finding:
        return Finding("shadow", "ok", "overlay")

    monkeypatch.setattr("arriero.cli.checks.shadow.shadow", detected)
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")


def test_the_report(quick: None, arriero: Command, daemon: FakeDaemon) -> None:
    daemon.on("arriero/daemonStatus", {"version": "0.0.1", "pid": 7, "uptime": 5})
    result = arriero("doctor")
    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[0].startswith("ok    python    ")
    assert [line for line in lines if line.startswith("fail  provider")]
    assert "warn  daemon    version 0.0.1, pid 7, up 5 s" in lines
    assert "                Run `arriero daemon restart` for this version." in lines
    report = json.loads(arriero("doctor", "--json").out)
    assert report["ok"] is False
    assert {c["name"] for c in report["checks"]} >= {
        "python", "settings", "provider", "daemon", "shadow", "state", "cache", "git",
    }  # fmt: skip


def test_a_daemon_that_does_not_run_is_no_fault(quick: None, arriero: Command) -> None:
    assert "ok    daemon    not running" in arriero("doctor").out
