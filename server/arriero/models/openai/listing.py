"""What a server tells of its models, as our values. No input or output happens here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from arriero.models.json_values import an_object, number
from arriero.models.types import LoadedModel, ModelDetails, ModelInfo

Entry = Mapping[str, Any]

# Lists do not tell which models only embed. LM Studio begins their names with "text-embedding".
_EMBEDDER = re.compile(r"embed|(^|[/_-])(bge|gte|e5)-|minilm", re.IGNORECASE)


def entries(answer: object) -> list[Entry] | None:
    """Return the elements of `/models`, None if the answer is none."""
    data = answer.get("data") if isinstance(answer, Mapping) else answer
    if not isinstance(data, list):
        return None
    return [one for one in data if isinstance(one, Mapping) and one.get("id")]


def find(all_entries: Sequence[Entry], model: str, *, alone: bool) -> Entry | None:
    """Return the entry of a model by its id or alias.

    `alone`: a server with one model takes every name for it.
    """
    for entry in all_entries:
        if model == entry["id"] or model in (entry.get("aliases") or ()):
            return entry
    return all_entries[0] if alone and len(all_entries) == 1 else None


def offered(all_entries: Sequence[Entry], names: Sequence[str], *, alone: bool) -> list[Entry]:
    """Return the entries of some models, under these names; `alone` as for `find`."""
    found = ((name, find(all_entries, name, alone=alone)) for name in names)
    return [{**entry, "id": name, "aliases": ()} for name, entry in found if entry is not None]


def model_info(entry: Entry) -> ModelInfo:
    """Return an element of the list; llama.cpp tells the size in `meta`."""
    meta = an_object(entry.get("meta"))
    return ModelInfo(
        name=str(entry["id"]),
        size=number(meta.get("size")),
        parameter_size=_billions(number(meta.get("n_params"))),
        quantization=str(meta.get("ftype") or ""),
    )


def details(model: str, entry: Entry, props: Mapping[str, Any]) -> ModelDetails:
    """Describe a model. `props` is the answer of llama.cpp's `/props`, empty for other servers.

    Its `n_ctx` is the window of one slot, which is what a request gets. vLLM tells
    `max_model_len`.
    """
    info, meta = model_info(entry), an_object(entry.get("meta"))
    caps, template = (
        an_object(props.get("chat_template_caps")),
        str(props.get("chat_template") or ""),
    )
    if _EMBEDDER.search(model):
        return ModelDetails(model, frozenset({"embedding"}), parameter_size=info.parameter_size)
    can = {"completion", "tools"}
    if caps.get("supports_tools") is False and caps.get("supports_tool_calls") is not True:
        can.discard("tools")
    if "enable_thinking" in template or "<think>" in template:
        can.add("thinking")
    if an_object(props.get("modalities")).get("vision") is True:
        can.add("vision")
    return ModelDetails(
        name=model,
        capabilities=frozenset(can),
        parameter_size=info.parameter_size,
        quantization=info.quantization,
        trained_window=number(meta.get("n_ctx_train")) or None,
        configured_window=_window(entry, props) or None,
        template=template,
    )


def loaded(entry: Entry, props: Mapping[str, Any]) -> list[LoadedModel]:
    """Return the one model of llama.cpp's server, none while it sleeps.

    It does not tell how much is in the graphics memory: all, as far as is known.
    """
    if props.get("is_sleeping") is True:
        return []
    size = model_info(entry).size
    return [LoadedModel(str(entry["id"]), size, size, _window(entry, props), expires_at="")]


def _window(entry: Entry, props: Mapping[str, Any]) -> int:
    settings = an_object(props.get("default_generation_settings"))
    meta = an_object(entry.get("meta"))
    told = (
        settings.get("n_ctx"),
        props.get("n_ctx"),
        meta.get("n_ctx"),
        entry.get("max_model_len"),
    )
    return next((count for count in map(number, told) if count > 0), 0)


def _billions(count: int) -> str:
    return f"{count / 1e9:.1f}B" if count else ""
