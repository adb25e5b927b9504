"""The corpus of faulty streams: rows of YAML, as bytes on the wire and as what must come of them.

A row's `body` is a list of items, each written in the protocol that it is sent in:

- `say`, `think`, `calls` (name and arguments), `error`, `done` (with a reason, or alone);
- for OpenAI's: `fragment` (of a call), `delta`, `finish` (a reason, and nothing after it);
- `line` (any JSON value in the protocol's frame), `json` (bare), `raw` (text), `hex` (bytes).

Beside these an item may say `many` (times), `cut` (only its first bytes), `end` (instead of its
line end), `prefix` (put `raw` or `hex` into the protocol's frame). A long text is
`{repeat: text, times: n}`.

`status`, `type`, `headers`, `lines` (the line end), `encoding` (gzip, deflate, broken), `framing`
(chunked, none, empty, length, or a `length` that is a lie), `head` (none, half, or other `bytes`)
and `end` (cut, close, hang, or other `bytes`) say how it is sent.

What must come of it: `says`, `thinks`, `calls`, `reason`, `usage`; or `fails` with the class of the
error, `told` (a pattern in its sentence) and `before` (what was said until then); or `retried`: the
request is sent again, and the next answer is good; or `any`: what comes is not fixed, but it is
an answer or a ModelError. `again`: every further answer is the same.
"""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import yaml

from faults.wire_server import End, Sending

Protocol = Literal["ollama", "openai"]
FOLDER = Path(__file__).with_name("streams")
_KINDS = {"ollama": "application/x-ndjson", "openai": "text/event-stream"}
_FIRST_ERRORS = 400


@dataclass(frozen=True)
class Case:
    """One row in one protocol."""

    protocol: Protocol
    name: str
    row: Mapping[str, Any]

    @property
    def hangs(self) -> bool:
        """Whether the answer never ends."""
        return self.row.get("end") == "hang"

    def sending(self, chance: random.Random | None = None) -> Sending:
        """Return what is sent; with `chance`, the body is cut anywhere."""
        row, body = self.row, self._body()
        if encoding := row.get("encoding"):
            body = [_encoded(b"".join(body), encoding)]
        if chance is not None:
            body = _cut(b"".join(body), chance)
        framing = row.get("framing", "chunked")
        pieces = [self._head(framing, sum(map(len, body)))]
        if row.get("head") not in (None, "full"):
            return Sending(_other_head(row["head"], pieces[0]), _end(row))
        if framing == "chunked":
            pieces += [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in body if piece]
            pieces += [] if row.get("end") else [b"0\r\n\r\n"]
        else:
            pieces += body
        end = row.get("end")
        if isinstance(end, Mapping):
            return Sending([*pieces, str(end["bytes"]).encode()], "close")
        return Sending(pieces, "close" if framing == "none" else _end(row))

    def _head(self, framing: object, length: int) -> bytes:
        status = self.row.get("status", 200)
        kind = "application/json" if status >= _FIRST_ERRORS else _KINDS[self.protocol]
        headers = {"Content-Type": self.row.get("type", kind), **self.row.get("headers", {})}
        if framing == "chunked":
            headers["Transfer-Encoding"] = "chunked"
        elif isinstance(framing, Mapping):
            headers["Content-Length"] = str(framing["length"])
        elif framing != "none":
            headers["Content-Length"] = str(length)
        if encoding := self.row.get("encoding"):
            headers["Content-Encoding"] = "gzip" if encoding == "broken" else encoding
        lines = [f"HTTP/1.1 {status} Some", *(f"{key}: {value}" for key, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode()

    def _body(self) -> list[bytes]:
        return [piece for item in self.row.get("body", ()) for piece in self._item(item)]

    def _item(self, item: Any) -> Iterator[bytes]:
        fields: dict[str, Any] = {"done": "stop"} if item == "done" else dict(item)
        for _ in range(fields.get("many", 1)):
            frames = _ollama(fields) if self.protocol == "ollama" else _openai(fields)
            data = b"".join(frames)
            if "end" in fields:
                data = data.rstrip(b"\n") + str(fields["end"]).encode()
            if line_end := self.row.get("lines"):
                data = data.replace(b"\n", line_end.encode())
            yield data[: fields.get("cut", len(data))]


def text_of(value: Any) -> str:
    """Return a text of a row, written out."""
    if isinstance(value, Mapping) and "repeat" in value:
        return str(value["repeat"]) * int(value["times"])
    return str(value)


def written_out(value: Any) -> Any:
    """Return a value of a row with its long texts written out."""
    if isinstance(value, Mapping):
        if "repeat" in value:
            return text_of(value)
        return {key: written_out(inner) for key, inner in value.items()}
    return [written_out(inner) for inner in value] if isinstance(value, list) else value


def _ollama(item: Mapping[str, Any]) -> Iterator[bytes]:
    def line(**fields: Any) -> bytes:
        return json.dumps({"model": "m", **fields}, ensure_ascii=False).encode() + b"\n"

    if "say" in item:
        yield line(message={"role": "assistant", "content": text_of(item["say"])}, done=False)
    elif "think" in item:
        yield line(message={"content": "", "thinking": text_of(item["think"])}, done=False)
    elif "calls" in item:
        calls = [{"function": call} for call in item["calls"]]
        yield line(message={"content": "", "tool_calls": calls}, done=False)
    elif "done" in item:
        message = item.get("message", {"role": "assistant", "content": ""})
        counts = {"prompt_eval_count": 12, "eval_count": 3}
        yield line(message=message, done=True, done_reason=item["done"], **counts)
    elif "error" in item:
        yield json.dumps({"error": written_out(item["error"])}).encode() + b"\n"
    elif "line" in item:
        yield json.dumps(item["line"]).encode() + b"\n"
    else:
        yield _bare(item, b"", b"\n")


def _openai(item: Mapping[str, Any]) -> Iterator[bytes]:
    kind = next((key for key in _FRAMES if key in item), None)
    if kind is None:
        yield _bare(item, b"data: ", b"\n\n")
        return
    for value in _FRAMES[kind](item[kind]):
        yield b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"
    if kind == "done":
        yield b"data: [DONE]\n\n"


def _delta(value: Any, finish: Any = None) -> Any:
    return {"choices": [{"index": 0, "delta": value, "finish_reason": finish}]}


def _call(index: int, call: Mapping[str, Any]) -> Any:
    function = {"name": call["name"], "arguments": json.dumps(call["arguments"])}
    return _delta({"tool_calls": [{"index": index, "id": f"c{index}", "function": function}]})


def _fragment(value: Mapping[str, Any]) -> Any:
    given = written_out(value)
    function = {key: given.pop(key) for key in ("name", "arguments") if key in given}
    return _delta({"tool_calls": [{**given, "function": function}]})


def _error(value: Any) -> Any:
    told = written_out(value)
    return {"error": told if isinstance(told, dict) else {"message": told}}


_COUNTS = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 3}}
_FRAMES: Mapping[str, Callable[[Any], list[Any]]] = {
    "say": lambda value: [_delta({"content": text_of(value)})],
    "think": lambda value: [_delta({"reasoning_content": text_of(value)})],
    "calls": lambda value: [_call(index, call) for index, call in enumerate(value)],
    "fragment": lambda value: [_fragment(value)],
    "delta": lambda value: [_delta(value)],
    "finish": lambda value: [_delta({}, value)],
    "done": lambda value: [_delta({}, value), _COUNTS],
    "error": lambda value: [_error(value)],
    "line": lambda value: [value],
}


def _bare(item: Mapping[str, Any], before: bytes, after: bytes) -> bytes:
    if "json" in item:
        return json.dumps(item["json"]).encode()
    data = bytes.fromhex(item["hex"]) if "hex" in item else text_of(item["raw"]).encode()
    return before + data + after if item.get("prefix") else data


def _encoded(data: bytes, encoding: str) -> bytes:
    if encoding == "deflate":
        return zlib.compress(data)
    packed = gzip.compress(data, mtime=0)
    return packed if encoding == "gzip" else packed[:12] + b"\xff" * 8 + packed[20:]


def _cut(data: bytes, chance: random.Random) -> list[bytes]:
    most = min(chance.randint(1, 40), len(data) + 1)
    places = sorted({0, *chance.sample(range(len(data) + 1), most), len(data)})
    return [data[a:b] for a, b in pairwise(places)]


def _other_head(head: object, full: bytes) -> Sequence[bytes]:
    if isinstance(head, Mapping):
        return [str(head["bytes"]).encode()]
    return [full[: len(full) // 2]] if head == "half" else []


def _end(row: Mapping[str, Any]) -> End:
    end: End = row.get("end", "keep")
    return end


def _load() -> Iterator[Case]:
    files: Mapping[str, Sequence[Protocol]] = {
        "both": ("ollama", "openai"),
        "ollama": ("ollama",),
        "openai": ("openai",),
    }
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # eight times as fast, where it is
    for name, protocols in files.items():
        rows = yaml.load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), loader)
        for row in rows:
            for protocol in protocols:
                yield Case(protocol, f"{protocol}: {row['name']}", row)


CASES = tuple(_load())
