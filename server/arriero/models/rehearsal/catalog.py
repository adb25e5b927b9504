"""The models that a simulator has, and how Ollama's listings describe them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

Path = Literal["native", "rendered", "leaky"]

_KEY_VALUE_HEADS, _HEAD_LENGTH = 8, 128
# Bytes of a token's keys and values in one layer, two for each number.
LAYER_BYTES = _KEY_VALUE_HEADS * 2 * _HEAD_LENGTH * 2


@dataclass(frozen=True)
class SimulatedModel:
    """A model that is installed.

    `path` says who turns tool calls into JSON: `native` is llama.cpp with the model's own template
    (calls come in the last line), `rendered` is Ollama with a Go template (calls come before the
    last line), `leaky` is a Go template whose calls Ollama does not know (they come as text).
    `num_ctx` is the Modelfile's, None where it has none; `trained_window` is the longest possible;
    `largest_window` is what the server really gives at most, whatever it is asked for.
    `load_delay` is in seconds, really waited for. `tags_tools` False: `/api/tags` does not list
    the capability `tools` though `/api/show` does. All of it is on the graphics card by default:
    a smaller `size_vram` than `size` is a model that spills to the CPU. With `layers` the model's
    shape is told, and `size` is that of its weights: in memory each token of its window adds
    `LAYER_BYTES` for each layer, and the graphics card holds `graphics_memory` bytes of it all.
    Words of `synonyms`, in lower case, are the same to it when it embeds.
    """

    name: str
    path: Path = "native"
    capabilities: tuple[str, ...] = ("completion", "tools")
    trained_window: int = 8192
    num_ctx: int | None = None
    largest_window: int | None = None
    load_delay: float = 0.0
    size: int = 2_019_393_189
    size_vram: int = 2_019_393_189
    layers: int | None = None
    graphics_memory: int | None = None
    family: str = "llama"
    parameter_size: str = "3.2B"
    quantization: str = "Q4_K_M"
    embedding_length: int = 256
    synonyms: tuple[tuple[str, ...], ...] = ()
    tags_tools: bool = True
    modified_ns: int = 1_780_000_000_000_000_001

    @property
    def full_name(self) -> str:
        """The name with its tag."""
        return full_name(self.name)

    @property
    def digest(self) -> str:
        """The digest of the manifest: 64 hexadecimal digits."""
        return hashlib.sha256(self.full_name.encode()).hexdigest()

    @property
    def registry_name(self) -> str:
        """The name as Ollama writes it in refusals of a capability."""
        return f"registry.ollama.ai/library/{self.full_name}"

    def memory(self, window: int) -> tuple[int, int]:
        """Return the bytes that it takes with a window, and those of them on the graphics card."""
        if self.layers is None:
            return self.size, self.size_vram
        size = self.size + self.layers * LAYER_BYTES * window
        return size, size if self.graphics_memory is None else min(size, self.graphics_memory)

    def can(self, capability: str) -> bool:
        """Tell whether `/api/show` lists a capability."""
        return capability in self.capabilities


def full_name(name: str) -> str:
    """Add the tag that Ollama assumes where there is none."""
    return name if ":" in name.rsplit("/", 1)[-1] else f"{name}:latest"


def details(model: SimulatedModel) -> dict[str, Any]:
    """Return the `details` object of a model."""
    return {
        "parent_model": "",
        "format": "gguf",
        "family": model.family,
        "families": [model.family],
        "parameter_size": model.parameter_size,
        "quantization_level": model.quantization,
    }


def parameters(model: SimulatedModel) -> str:
    """Return the `parameters` text of `/api/show`."""
    rows = [] if model.num_ctx is None else [("num_ctx", str(model.num_ctx))]
    rows.append(("temperature", "0"))
    return "\n".join(f"{key:<30} {value}" for key, value in rows)


def template(model: SimulatedModel) -> str:
    """Return a template of the kind that gives a model its path and capabilities."""
    if model.path == "native":
        return "{%- for message in messages -%}{{ message.content }}{%- endfor -%}"
    insert = "{{- if .Suffix }}<|fim_prefix|>{{ .Prompt }}<|fim_suffix|>{{ .Suffix }}{{ end }}"
    tools = "{{- range .Tools }}{{ .Function.Name }}{{ end }}"
    parts = [insert if model.can("insert") else "", tools if model.can("tools") else ""]
    return "".join(parts) + "{{- range .Messages }}{{ .Content }}{{ end }}"


def model_info(model: SimulatedModel) -> dict[str, Any]:
    """Return the `model_info` object of `/api/show`."""
    shape = {
        "block_count": model.layers,
        "attention.head_count": 32,
        "attention.head_count_kv": _KEY_VALUE_HEADS,
        "attention.key_length": _HEAD_LENGTH,
        "attention.value_length": _HEAD_LENGTH,
    }
    told = {} if model.layers is None else shape
    return {
        **{f"{model.family}.{key}": value for key, value in told.items()},
        "general.architecture": model.family,
        "general.basename": model.name,
        "general.file_type": 15,
        "general.parameter_count": 3_212_749_888,
        "general.quantization_version": 2,
        f"{model.family}.context_length": model.trained_window,
        f"{model.family}.embedding_length": model.embedding_length,
        f"{model.family}.vocab_size": 2048,
        "tokenizer.ggml.merges": None,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.tokens": None,
    }
