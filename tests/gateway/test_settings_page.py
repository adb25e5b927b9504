"""What a form of the settings stores: one at a time, and nothing the gateway cannot begin with."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from arriero.settings.fields import leaves
from gateway.desk_bench import ADMIN, Bench, bench

NEXT_START = "counts from the next start of `arriero serve` or the daemon"
AT_ONCE = "counts for what begins from now on"


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    for name in list(os.environ):
        if name.startswith(("ARRIERO_", "OLLAMA_", "LLM_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    async with bench(tmp_path, tmp_path / "config") as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "arriero" / "config.yaml"


@asynccontextmanager
async def signed_in(desk: Bench) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(desk.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:11435") as made:
        assert (await made.post("/dashboard/login", data={"key": ADMIN})).status_code == 303
        yield made


async def change(one: httpx.AsyncClient, name: str, value: str, do: str = "set") -> tuple[int, str]:
    """Send a form of a page that was just made; returns the status and what the page says."""
    text = (await one.get("/dashboard/settings")).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
    data = hidden | {"name": name, "value": value, "do": do}
    return told(await one.post("/dashboard/settings", data=data))


def told(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the sentence of an answer."""
    found = re.search(r'<p class="(?:said|problem)"[^>]*>(.*?)(?: <a|</p>)', answer.text, re.DOTALL)
    assert found is not None, answer.text
    return answer.status_code, found[1].replace("&#39;", "'")


async def test_of_forms_at_once_only_one_is_stored(desk: Bench, file: Path) -> None:
    values = {
        "agent.max_steps": "12",
        "agent.seed": "7",
        "gateway.max_body_mb": "42",
        "limits.run_files": "9",
    }
    async with signed_in(desk) as one:
        for _ in range(5):
            before = file.read_text()
            page = (await one.get("/dashboard/settings")).text
            hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
            answers = await asyncio.gather(
                *(
                    one.post(
                        "/dashboard/settings",
                        data=hidden | {"name": name, "value": value, "do": "set"},
                    )
                    for name, value in values.items()
                )
            )
            said = [told(answer) for answer in answers]
            assert sorted(status for status, _ in said) == [200, 422, 422, 422]
            for status, sentence in said:
                if status == 422:
                    assert "has changed since this page was made" in sentence
            (stored,) = [name for name, (status, _) in zip(values, said, strict=True)
                         if status == 200]  # fmt: skip
            key = stored.rpartition(".")[2]
            assert f"{key}: {values[stored]}" in file.read_text()
            file.write_text(before)


def test_which_settings_are_read_at_the_start_only() -> None:
    assert {".".join(path) for path, leaf in leaves() if leaf.at_start} == {
        "workspace", "log_level", "daemon.idle_timeout",
        *(f"gateway.{name}" for name in (
            "enabled", "host", "port", "allowed_hosts", "allowed_origins", "tls_certificate",
            "tls_key", "keys", "rate_limit", "redis_url", "session_days", "metrics",
        )),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("gateway.rate_limit", "60", NEXT_START),
        ("gateway.metrics", "false", NEXT_START),
        ("gateway.session_days", "3", NEXT_START),
        ("gateway.host", "127.0.0.1", NEXT_START),
        ("log_level", "debug", NEXT_START),
        ("gateway.max_body_mb", "7", AT_ONCE),
        ("gateway.inject_tools", "never", AT_ONCE),
        ("agent.max_steps", "7", AT_ONCE),
    ],
)
async def test_from_when_on_a_setting_counts(
    desk: Bench, name: str, value: str, sentence: str
) -> None:
    async with signed_in(desk) as one:
        assert await change(one, name, value) == (200, f"{name} is stored and {sentence}.")
        status, said = await change(one, name, "", do="unset")
        assert (status, said) == (200, f"{name} is back to its default and {sentence}.")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("gateway.redis_url", "http://nonsense", "must be an address such as redis://"),
        ("gateway.tls_certificate", "/nope", "/nope cannot be read"),
        ("gateway.tls_key", "/nope", "set both, or none"),
        ("gateway.host", "0.0.0.0", "set a key with --api-key"),
        ("workspace", "/nowhere/at/all", "/nowhere/at/all is not a folder"),
    ],
)
async def test_what_the_gateway_could_not_begin_with_is_not_stored(
    desk: Bench, file: Path, name: str, value: str, reason: str
) -> None:
    before = file.read_text()
    async with signed_in(desk) as one:
        status, said = await change(one, name, value)
    assert status == 422
    assert "It is not stored, as the gateway could not begin with it." in said
    assert reason in said
    assert file.read_text() == before
    assert desk.used == []


async def test_a_gateway_that_could_not_begin_before_can_be_mended(desk: Bench, file: Path) -> None:
    file.write_text(file.read_text() + "gateway:\n  tls_key: /nope\n  redis_url: http://nonsense\n")
    async with signed_in(desk) as one:
        status, said = await change(one, "gateway.rate_limit", "5")
        assert status == 200
        assert "is stored, but the gateway will not begin like this again." in said
        status, said = await change(one, "gateway.redis_url", "", do="unset")
        assert "set both, or none" in said
        assert status == 200
        status, said = await change(one, "gateway.tls_key", "", do="unset")
        assert said == f"gateway.tls_key is back to its default and {NEXT_START}."
