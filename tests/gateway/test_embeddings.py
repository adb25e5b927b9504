"""Vectors cost tokens as answers do: of the key's limit, and in the metrics."""

from __future__ import annotations

from pathlib import Path

import pytest

from arriero.models.rehearsal import SimulatedModel, Simulator
from arriero.settings.api_keys import digest_of
from gateway.gateway_server import places, running


@pytest.mark.parametrize(
    ("path", "field", "dialect"),
    [
        ("/v1/embeddings", "input", "/v1/embeddings"),
        ("/api/embed", "input", "/api/embed"),
        ("/api/embeddings", "prompt", "/api/embeddings"),
    ],
)
async def test_tokens_of_texts_are_counted(
    path: str, field: str, dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places(tmp_path, monkeypatch)
    embeds = SimulatedModel("embeds", capabilities=("embedding",))
    few = f"few sha256:{digest_of('few').hex()} tokens=20"
    async with (
        Simulator(models=[embeds]) as simulator,
        running(tmp_path, simulator, keys=[few]) as gateway,
    ):
        body, headers = {"model": "embeds", field: "word " * 40}, {"x-api-key": "few"}
        first = await gateway.http.post(path, json=body, headers=headers)
        second = await gateway.http.post(path, json=body, headers=headers)
        assert (first.status_code, second.status_code) == (200, 429), second.text
        assert "20 tokens a minute" in second.text
        told = (await gateway.http.get("/metrics", headers=headers)).text
    (read,) = [
        line
        for line in told.splitlines()
        if line.startswith("arriero_tokens_total{") and 'direction="in"' in line
    ]
    assert 'model="embeds"' in read
    assert float(read.split()[-1]) >= 40
    assert f'arriero_requests_total{{dialect="{dialect}",model="embeds",status="200"}} 1.0' in told


async def test_vectors_of_the_length_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places(tmp_path, monkeypatch)
    embeds = SimulatedModel("embeds", capabilities=("embedding",))
    async with Simulator(models=[embeds]) as simulator, running(tmp_path, simulator) as gateway:
        body = {"model": "embeds", "input": ["a", "b"], "dimensions": 3}
        ours = (await gateway.http.post("/api/embed", json=body)).json()["embeddings"]
        openai = (await gateway.http.post("/v1/embeddings", json=body)).json()["data"]
    assert [len(one) for one in ours] == [3, 3]
    assert [len(one["embedding"]) for one in openai] == [3, 3]
