"""What `arriero serve` does on uvloop as on asyncio's loop: processes, TLS, clients that leave."""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest

from arriero.models.rehearsal import Call, Hold, Simulator, Turn
from gateway.test_serve import BODY, _environment, serving

CHAT = "/v1/chat/completions"
ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
pytestmark = pytest.mark.parametrize("loop", ["auto", "asyncio"])


async def test_commands_of_a_run(loop: str, tmp_path: Path) -> None:
    """Their processes have pipes and descriptors of ours, and names are UTF-8 in every locale."""
    folder = tmp_path / "größe"
    folder.mkdir()
    command = {"command": "echo hello > süß.txt; ls; cat; exit 3"}
    turns = [Turn(calls=[Call("run_command", command)]), Turn("Done.")]
    async with Simulator(turns) as simulator:
        environment = _environment(tmp_path, simulator, ARRIERO_AGENT__PROBE="false", **ASCII)
        async with (
            serving(environment, "--loop", loop, "-w", str(folder)) as (_, url),
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http,
        ):
            answer = await http.post(CHAT, json=BODY)
        assert answer.json()["choices"][0]["message"]["content"] == "Done."
        (result,) = [
            message["content"]
            for message in (simulator.chats[-1].body or {})["messages"]
            if message["role"] == "tool"
        ]
    assert "süß.txt" in result
    assert "3" in result
    assert (folder / "süß.txt").read_text() == "hello\n"


async def test_tls(loop: str, tmp_path: Path) -> None:
    """Whole and streamed, over connections that are closed at the end."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
            "-out", certificate, "-keyout", key,
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    long = "word " * 2000
    async with Simulator([Turn([long]), Turn([long])]) as simulator:
        environment = _environment(
            tmp_path, simulator,
            ARRIERO_GATEWAY__TLS_CERTIFICATE=str(certificate), ARRIERO_GATEWAY__TLS_KEY=str(key),
        )  # fmt: skip
        trusted = ssl.create_default_context(cafile=str(certificate))
        async with (
            serving(environment, "--loop", loop, "--no-inject-tools") as (process, url),
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=60, verify=trusted) as http,
        ):
            assert url.startswith("https://")
            answer = await http.post(CHAT, json=BODY)
            assert answer.json()["choices"][0]["message"]["content"] == long
            answer = await http.post(CHAT, json={**BODY, "stream": True})
            events = [line[6:] for line in answer.text.splitlines() if line.startswith("data: {")]
            deltas = [json.loads(event)["choices"][0]["delta"] for event in events]
            assert "".join(delta.get("content") or "" for delta in deltas) == long
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_who_leaves_is_not_worked_for(loop: str, tmp_path: Path) -> None:
    hold = Hold(after=1)
    async with Simulator([Turn("a b c", holds=[hold]), Turn("Next.")]) as simulator:
        environment = _environment(tmp_path, simulator)
        async with (
            serving(environment, "--loop", loop, "--no-inject-tools") as (_, url),
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http,
        ):
            async with http.stream("POST", CHAT, json={**BODY, "stream": True}) as answer:
                await anext(answer.aiter_bytes())
                await asyncio.wait_for(hold.reached.wait(), 30)
            await asyncio.wait_for(simulator.chats[-1].ended(), 30)
            answer = await http.post(CHAT, json=BODY)
            assert answer.json()["choices"][0]["message"]["content"] == "Next."
