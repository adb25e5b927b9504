"""Settings that change while gateways serve: every process takes them up, and no mistake does harm.

The files are edited as by hand, or by the dashboard of one of several workers.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from pathlib import Path

import httpx
import pytest

from arriero.gateway import reloading
from arriero.gateway.reloading import Reloading
from arriero.models.rehearsal import Simulator, Turn
from arriero.settings.layers import load_settings
from arriero.settings.model import Settings
from gateway.gateway_server import places, running
from gateway.test_serve import BODY, _environment, serving


class Served:
    """The settings of a gateway, and how often it took up others."""

    def __init__(self) -> None:
        self.settings = load_settings().settings
        self.times = 0

    def use(self, settings: Settings) -> None:
        self.settings = settings
        self.times += 1


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    places(tmp_path, monkeypatch)
    made = tmp_path / "config" / "arriero" / "config.yaml"
    made.parent.mkdir(parents=True)
    return made


async def test_what_stands_in_the_file_is_taken_up(file: Path) -> None:
    served = Served()
    looking = Reloading(load_settings, lambda: served.settings, served.use)
    file.write_text("model: early\n")  # after the start, before the first look
    await looking.look()
    assert served.settings.model == "early"
    await looking.look()
    file.write_text("model: early  # as it was\n")
    await looking.look()
    assert served.times == 1, "nothing changed"
    file.unlink()
    await looking.look()
    assert served.settings.model is None


async def test_a_file_that_is_broken_leaves_the_settings_in_force(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    served = Served()
    looking = Reloading(load_settings, lambda: served.settings, served.use)
    file.write_text("model: good\n")
    await looking.look()
    with caplog.at_level(logging.WARNING):
        file.write_text("model: [")
        await looking.look()
        await looking.look()
    (record,) = caplog.records
    assert record.getMessage().startswith("the settings stay as they were: ")
    assert str(file) in record.getMessage()
    assert served.settings.model == "good"
    file.write_text("model: better\n")
    await looking.look()
    assert served.settings.model == "better"


async def test_a_gateway_takes_them_up_while_it_serves(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reloading, "LOOK", 0.01)
    async with Simulator([Turn("Hello.")]) as simulator, running(tmp_path, simulator) as gateway:

        async def refused() -> bool:
            return (await gateway.chat("x" * 1_100_000)).status_code == 413

        file.write_text("gateway:\n  max_body_mb: 1\n")
        end = time.monotonic() + 30
        while not await refused():
            assert time.monotonic() < end


async def test_what_one_worker_stores_counts_for_all(tmp_path: Path) -> None:
    """A form reaches one of them; the bodies that are too large then reach any."""
    async with Simulator() as simulator:
        environment = _environment(tmp_path, simulator)
        words = (sys.executable, "-m", "arriero")
        arguments = ("--no-inject-tools", "--workers", "3", "--api-key", "sesame")
        async with serving(environment, *arguments, words=words) as (_, url):

            async def too_large() -> bool:
                """Ask on a connection of its own, so that any worker may answer."""
                key = {"x-api-key": "sesame"}
                body = BODY | {"messages": [{"role": "user", "content": "x" * 1_100_000}]}
                async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
                    answer = await http.post("/v1/chat/completions", json=body, headers=key)
                return answer.status_code == 413

            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as one:
                answer = await one.post("/dashboard/login", data={"key": "sesame"})
                assert answer.status_code == 303
                page = (await one.get("/dashboard/settings")).text
                hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
                data = hidden | {"name": "gateway.max_body_mb", "value": "1", "do": "set"}
                answer = await one.post("/dashboard/settings", data=data)
                assert answer.status_code == 200
            end, in_a_row = time.monotonic() + 60, 0
            while in_a_row < 24:
                in_a_row = in_a_row + 1 if await too_large() else 0
                assert time.monotonic() < end
