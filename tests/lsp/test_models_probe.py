"""`arriero/models` with `probe`: a model is tried, with progress, and its profile is kept."""

from __future__ import annotations

import asyncio

import pytest

from arriero.agent.model_profile import ModelProfile
from lsp.fake_hub import FakeHub
from lsp.raw_client import PATIENCE, RawClient, RpcError
from lsp.serving import Connect

MODEL = "qwen3:8b"
KEY = f"ollama/{MODEL}"
SHOWN = {
    "rung": "native",
    "native": True,
    "prompted": True,
    "constrained": True,
    "thinks": False,
    "editFormat": "blocks",
    "tokensPerSecond": 20.0,
    "promptTokensPerSecond": 200.0,
}


@pytest.fixture
async def client(connect: Connect) -> RawClient:
    return await connect()


async def test_a_model_is_tried_with_progress(client: RawClient, hub: FakeHub) -> None:
    hub.model_profiles.known[KEY] = ModelProfile(KEY, edit_format="blocks", native_works=False)
    told = await client.request("arriero/models", {"probe": MODEL, "workDoneToken": "t"})
    profile = told["shown"]["profile"]
    assert profile.pop("probedAt") > 0
    assert profile == SHOWN
    assert hub.model_profiles.known[KEY].native_works is True
    # As runs use it, so that it is not loaded anew.
    assert {request.runner.num_ctx for request in hub.provider.asked} == {16_384}
    assert {request.runner.keep_alive for request in hub.provider.asked} == {"30m"}
    values = [one["value"] for one in client.all("$/progress")]
    assert values[0]["title"] == f"Arriero: trying {MODEL}"
    assert len([value for value in values if value["kind"] == "report"]) == 3
    assert values[-1]["kind"] == "end"


async def test_what_a_model_has_shown_is_shown(client: RawClient, hub: FakeHub) -> None:
    hub.model_profiles.known[KEY] = ModelProfile(KEY, rung="constrained")
    told = await client.request("arriero/models", {"show": MODEL})
    assert told["shown"]["profile"]["rung"] == "constrained"
    assert told["shown"]["profile"]["native"] is None
    assert hub.provider.asked == []


@pytest.mark.parametrize("way", ["request", "progress"])
async def test_a_probe_is_cancelled(client: RawClient, hub: FakeHub, way: str) -> None:
    hub.provider.pulled.append("endless")
    params = {"probe": "endless", "workDoneToken": "t"}
    number, probing = client.start("arriero/models", params)
    await client.until("$/progress", lambda one: "asking" in one["value"].get("message", ""))
    if way == "request":
        client.notify("$/cancelRequest", {"id": number})
    else:
        client.notify("window/workDoneProgress/cancel", {"token": "t"})
    with pytest.raises(RpcError, match="-32800"):
        await asyncio.wait_for(probing, PATIENCE)
    assert hub.model_profiles.known == {}


async def test_an_unknown_model_is_not_tried(client: RawClient, hub: FakeHub) -> None:
    with pytest.raises(RpcError, match="There is no model x; pull it first"):
        await client.request("arriero/models", {"probe": "x"})
    assert hub.provider.asked == []
