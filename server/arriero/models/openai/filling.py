"""Filling in the middle: llama.cpp's `/infill`, and `/completions` with a `suffix`.

A prompt that is sent as it is goes to `/completions` too, which every such server has.

No input or output happens here. `/infill` is described in the README of llama.cpp's server; it
refuses with 501 where the model has no tokens for it. The `suffix` is OpenAI's own, of its older
route.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from arriero.models.filling import FillRequest
from arriero.models.json_values import an_object, objects
from arriero.models.openai.events import Event
from arriero.models.openai.servers import Filling
from arriero.models.openai.wire import usage_of
from arriero.models.types import Chunk, Finished, TextChunk

Route = Literal["infill", "suffix", "prompt"]
# Of Ollama's names, those that OpenAI's route has. Others are known to llama.cpp and vLLM alone.
_SAMPLING = frozenset({"top_p", "presence_penalty", "frequency_penalty"})


def route(request: FillRequest, known: Filling) -> Route | None:
    """Return how to ask a server of which `known` is known; None: it cannot fill."""
    if request.prompted is not None:
        return "prompt"
    return None if known == "no" else known


def body(request: FillRequest, route: Route) -> dict[str, Any]:
    """Return the body of a streamed request to `/infill`, or to `/completions`."""
    made = _infill(request) if route == "infill" else _completions(request)
    made |= {key: value for key, value in request.sampling.items() if key in _SAMPLING}
    return {key: value for key, value in made.items() if value is not None}


class FillReader:
    """Turns the events of either route into chunks; they differ in where the text stands."""

    def __init__(self) -> None:
        self.ended = False
        self._reason: Literal["stop", "length"] = "stop"
        self._usage: Mapping[str, Any] = {}
        self._timings: Mapping[str, Any] = {}

    @property
    def begun(self) -> bool:
        """Whether something has begun that is no chunk yet."""
        return False

    def read(self, event: Event, found: list[Chunk]) -> None:
        """Add what an event holds; raises ValueError for one that is none of the protocol's."""
        if isinstance(event, str):  # DONE
            self.ended = True
            return
        self._usage = an_object(event.get("usage")) or self._usage
        self._timings = an_object(event.get("timings")) or self._timings
        choices = objects(event.get("choices"))
        texts = [event.get("content"), *(choice.get("text") for choice in choices)]
        for text in texts:
            if text is not None and not isinstance(text, str):
                raise ValueError(f"not a text: {text!r:.200}")
            if text:
                found.append(TextChunk(text))
        reasons = [choice.get("finish_reason") for choice in choices]
        if event.get("stop_type") == "limit" or "length" in reasons:
            self._reason = "length"
        if event.get("stop") is True or any(reasons):
            self.ended = True

    def finish(self) -> Iterator[Chunk]:
        """Yield the last chunk."""
        yield Finished(self._reason, usage_of(self._usage, self._timings))


def _infill(request: FillRequest) -> dict[str, Any]:
    return {
        "model": request.model,
        "input_prefix": request.before,
        "input_suffix": request.after,
        "prompt": "",
        "n_predict": request.max_tokens,
        "stream": True,
        "cache_prompt": True,
        "temperature": request.temperature,
        "seed": request.seed,
        "stop": list(request.stop) or None,
    }


def _completions(request: FillRequest) -> dict[str, Any]:
    return {
        "model": request.model,
        "prompt": request.before,
        "suffix": None if request.prompted is not None else request.after,
        "max_tokens": request.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": request.temperature,
        "seed": request.seed,
        "stop": list(request.stop) or None,
    }
