"""`POST /api/pull`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from arriero.models.rehearsal import decode
from arriero.models.rehearsal.catalog import SimulatedModel, full_name
from arriero.models.rehearsal.decode import Refused
from arriero.models.rehearsal.deliver import NDJSON
from arriero.models.rehearsal.http import Received, Responder
from arriero.models.rehearsal.state import State

_PARTS = 4
_UNKNOWN = "pull model manifest: file does not exist"


async def pull(state: State, request: Received, respond: Responder) -> None:
    """Install a model from those that the simulator was told it can fetch."""
    body = decode.decode(request.raw, "PullRequest", decode.PULL)
    name = body.get("model") or body.get("name") or ""
    if not name:
        raise Refused(400, "model is required")
    model = state.find(name) or state.pullable.get(full_name(name))
    stream = body.get("stream") is not False
    if model is None and not stream:
        raise Refused(500, _UNKNOWN)
    if not stream and model is not None:
        state.models[model.full_name] = model
        await respond.json(200, {"status": "success"})
        return
    await respond.start(NDJSON)
    await respond.line({"status": "pulling manifest"})
    if model is None:
        await respond.line({"error": _UNKNOWN})
        await respond.end()
        return
    for line in _progress(model):
        await respond.line(line)
    state.models[model.full_name] = model
    await respond.line({"status": "success"})
    await respond.end()


def _progress(model: SimulatedModel) -> Iterator[dict[str, Any]]:
    layer = {
        "status": f"pulling {model.digest[:12]}",
        "digest": f"sha256:{model.digest}",
        "total": model.size,
    }
    yield layer  # nothing fetched yet: Go leaves a zero out
    for part in range(1, _PARTS + 1):
        yield {**layer, "completed": model.size * part // _PARTS}
    yield {"status": "verifying sha256 digest"}
    yield {"status": "writing manifest"}
