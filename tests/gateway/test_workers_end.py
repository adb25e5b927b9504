"""Workers whose parent was killed: they end, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import httpx
import pytest

from arriero.cli.metrics_folder import metrics_folder
from arriero.models.rehearsal import Simulator
from gateway.test_serve import _environment, serving


@pytest.mark.parametrize("loop", ["auto", "asyncio"])
async def test_they_end_with_their_parent(loop: str, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    async with Simulator() as simulator:
        environment = _environment(tmp_path, simulator, TMPDIR=str(tmp_path / "tmp"))
        words = (sys.executable, "-m", "arriero")
        arguments = ("--no-inject-tools", "--workers", "2", "--loop", loop)
        async with serving(environment, *arguments, words=words) as (process, url):
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
                assert (await http.get("/health")).status_code == 200
            (left,) = (tmp_path / "tmp").glob("arriero-metrics-*")
            process.kill()
            # The workers write to the same pipe: it has its end once all of them are gone.
            assert process.stderr is not None
            said = await asyncio.wait_for(process.stderr.read(), 60)
            assert b"Traceback" not in said
            assert b"ARRIERO_GATEWAY" not in said, "what workers are given is no setting"
        assert left.exists()
        port = url.rpartition(":")[2]
        async with serving(environment, *arguments, "--port", port, words=words) as (_, again):
            assert again == url, "the address is free"
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
                assert (await http.get("/health")).status_code == 200
            (folder,) = (tmp_path / "tmp").glob("arriero-metrics-*")
            assert folder != left


def test_a_folder_that_is_in_use_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    being_made = tmp_path / "arriero-metrics-being-made"
    being_made.mkdir()
    linked = tmp_path / "elsewhere"
    linked.mkdir()
    (linked / "lock").touch()
    (tmp_path / "arriero-metrics-link").symlink_to(linked)
    with metrics_folder() as first:
        # A worker still has the lock, and its parent, which was killed, has it no more.
        worker = os.dup(first.lock)
        with Path(os.devnull).open("rb") as other:
            os.dup2(other.fileno(), first.lock)
        with metrics_folder() as second:
            assert Path(first.path).exists()
            assert first.path != second.path
        assert not Path(second.path).exists()
        os.close(worker)
        with metrics_folder():
            assert not Path(first.path).exists()
    assert being_made.exists()
    assert (linked / "lock").exists()
