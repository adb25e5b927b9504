"""Every recorded exchange with a real Ollama server, asked of the simulator: same shape of answer.

The recordings are of a server built from Ollama's source of August 2026, with a model of 3.8 M
parameters that was made for this project. What the simulated model says is taken from the
recording; everything else (status, headers, lines, keys, types, counts, errors) is compared.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from arriero.models.rehearsal import Call, Fault, SimulatedModel, Simulator, Turn
from arriero.models.rehearsal.catalog import Path as RenderPath

_RECORDINGS = Path(__file__).with_name("recordings")
_REPEATED = re.compile(r"<'(.+)' repeated to (\d+) characters>", re.DOTALL)

# Values that must be equal; of others the type must be.
_EXACT = {
    *("role", "content", "response", "done", "done_reason", "arguments", "model", "error"),
    *("prompt_eval_count", "eval_count", "index", "parameters", "context_length"),
    "capabilities",
}
# Recordings whose tokens the estimate does not know (it takes a word for one token), or that were
# constrained by a grammar.
_OTHER_COUNTS = {
    "native--chat_format",
    "native--gen_raw_fim",
    "rendered--gen_suffix",
    "rendered--chat_overflow",
}


def recordings() -> list[str]:
    return sorted(path.stem for path in _RECORDINGS.glob("*.json"))


def test_the_recordings_are_there() -> None:
    assert len(recordings()) == 58


@pytest.mark.parametrize("name", recordings())
async def test_same_request_same_shape_of_answer(name: str) -> None:
    recorded = json.loads((_RECORDINGS / f"{name}.json").read_text("utf-8"))
    wanted = [line for _, line in recorded["chunks"]]
    body = recorded["request"]["body"]
    turn = _turn(name, wanted)
    async with (
        Simulator([turn], models=_models(name)) as simulator,
        httpx.AsyncClient(base_url=simulator.base_url, trust_env=False) as client,
    ):
        if name == "native--ps":
            await _load(client, num_ctx=2048)
        answer = await client.request(
            recorded["request"]["method"],
            recorded["request"]["path"],
            content=_content(body),
            headers={"Host": "evil.example"} if name == "native--badhost" else None,
        )
    assert answer.status_code == recorded["status"]
    _compare_headers(name, dict(recorded["headers"]), answer)
    _compare_bodies(name, "".join(wanted), answer.text)


def _models(name: str) -> list[SimulatedModel]:
    """The models of the server that was recorded."""

    def model(
        short: str,
        path: RenderPath,
        capabilities: tuple[str, ...],
        modified_ns: int,
        *,
        tags_tools: bool = True,
    ) -> SimulatedModel:
        return SimulatedModel(
            short,
            path=path,
            capabilities=capabilities,
            num_ctx=8192,
            parameter_size="3.80M",
            quantization="F16",
            modified_ns=modified_ns,
            tags_tools=tags_tools,
        )

    go: RenderPath = "leaky" if name.startswith("rendered-leaky") else "rendered"
    models = [
        model("agentlet", "native", ("tools", "completion"), 3_000_000_001, tags_tools=False),
        model("agentlet-go", go, ("completion", "tools", "insert"), 2_000_000_001),
        model("agentlet-plain", "native", ("completion",), 1_000_000_001),
        model("agentlet-notools", "native", ("completion",), 500_000_001),
        model("agentlet-loop", "native", ("completion",), 400_000_001),
    ]
    return models[:3] if name == "native--tags" else models  # the others were made later


def _turn(name: str, lines: list[str]) -> Turn:
    """Let the model say what it said in the recording."""
    if name.endswith("chat_tool_unknownname") and "leaky" not in name:
        return Turn(calls=[Call("run_command", {"command": "pytest"})])
    objects = _lines("".join(lines))
    text, calls = "", list[Call]()
    for line in objects if all(isinstance(one, dict) for one in objects) else []:
        message = line.get("message") or {}
        text += message.get("content", "") + line.get("response", "")
        functions = [call["function"] for call in message.get("tool_calls") or ()]
        calls += [Call(function["name"], function["arguments"]) for function in functions]
    if name == "special--notools_chat":
        text += " help you?"  # the recorded answer was cut by its limit
    if "crash" in name:
        after = len(objects) - 1 if len(objects) > 1 else 0
        return Turn(_pieces(objects), fault=Fault("crash", after=after))
    if name.endswith(("chat_length", "chat_overflow", "chat_truncate")):
        text += " and more than was asked for"
    return Turn(text, calls=calls)


def _pieces(objects: list[Any]) -> list[str]:
    pieces = [one["message"]["content"] for one in objects if "message" in one]
    return pieces or ["never said"]


def _content(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    for message in body.get("messages") or ():
        if isinstance(message, dict) and (found := _REPEATED.match(message["content"])):
            text, length = found.group(1), int(found.group(2))
            message["content"] = (text * (length // len(text) + 1))[:length]
    return json.dumps(body).encode()


async def _load(client: httpx.AsyncClient, num_ctx: int) -> None:
    body = {"model": "agentlet", "messages": [], "options": {"num_ctx": num_ctx}}
    assert (await client.post("/api/chat", json=body)).status_code == 200


def _compare_headers(name: str, wanted: dict[str, str], answer: httpx.Response) -> None:
    assert answer.headers.get("content-type") == wanted.get("Content-Type")
    if not name.endswith("show"):  # a description is sent in chunks only if it is long
        framing = "transfer-encoding" if "Transfer-Encoding" in wanted else "content-length"
        assert framing in answer.headers
    assert re.fullmatch(r"\w{3}, \d{2} \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer.headers["date"])


def _compare_bodies(name: str, wanted: str, found: str) -> None:
    assert wanted.endswith("\n") == found.endswith("\n")
    wanted_lines, found_lines = _lines(wanted), _lines(found)
    if "show" in name and "error" not in wanted_lines[0]:
        _compare_descriptions(wanted_lines[0], found_lines[0])
        return
    exact = _EXACT - {"prompt_eval_count", "eval_count"} if name in _OTHER_COUNTS else _EXACT
    if "crash" in name or "overflow" in name:
        exact = exact - {"prompt_eval_count"}
        wanted_lines = [_without_counts(line) for line in wanted_lines]
        found_lines = [_without_counts(line) for line in found_lines]
    if name.endswith("overflow"):
        exact = exact - {"content"}  # the model's own words are not told
    assert [_shape(line, exact) for line in found_lines] == [
        _shape(line, exact) for line in wanted_lines
    ]


def _compare_descriptions(wanted: dict[str, Any], found: dict[str, Any]) -> None:
    assert list(found) == list(wanted)
    assert found["parameters"] == wanted["parameters"]
    assert set(found["capabilities"]) == set(wanted["capabilities"])
    assert list(found["details"]) == list(wanted["details"])
    for key in ("general.architecture", "llama.context_length", "llama.embedding_length"):
        assert found["model_info"][key] == wanted["model_info"][key]
    assert set(found["model_info"]) <= set(wanted["model_info"])
    assert list(found["tensors"][0]) == list(wanted["tensors"][0])
    assert found["modelfile"].splitlines()[0] == wanted["modelfile"].splitlines()[0]


def _lines(text: str) -> list[Any]:
    try:
        return [json.loads(line) for line in text.splitlines() if line]
    except ValueError:
        return [text]


def _without_counts(line: Any) -> Any:
    """Replace the counts in the error of a window that is too small: tokens are estimated."""
    if isinstance(line, dict) and isinstance(line.get("error"), str):
        line["error"] = re.sub(
            r'request \(\d+ tokens\)|n_prompt_tokens":\d+', "COUNT", line["error"]
        )
    return line


def _shape(value: Any, exact: set[str], key: str = "") -> Any:
    if key in exact:
        return value
    if isinstance(value, dict):
        return [(name, _shape(one, exact, name)) for name, one in value.items()]
    if isinstance(value, list):
        shapes = [_shape(one, exact, key) for one in value]
        return shapes[:1] if shapes and all(shape == shapes[0] for shape in shapes) else shapes
    return type(value).__name__
