"""The servers that are known by name: what they are called, how they start, what they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Family = Literal["llamacpp", "lmstudio", "vllm", "other"]
Filling = Literal["infill", "suffix", "no"]
"""How a server fills in the middle: llama.cpp's `/infill`, or `/completions` with a `suffix`."""

SchemaForm = Literal["json_schema", "json_object"]
"""The type of a `response_format` with a schema.

OpenAI's is `json_schema`. llama.cpp had a `schema` beside `json_object` long before (its builds of
2024 refuse the other), and without a schema its `json_object` is any JSON value.
"""


@dataclass(frozen=True)
class Server:
    """A kind of server. `start`, `widen` and `fetch` are ends of sentences that say what to do.

    `fetch` gets it a model.

    `template_arguments`: it takes `chat_template_kwargs`, which reach the model's template.
    `schema_form` is how its answers are held to a schema. `filling`: vLLM
    refuses a `suffix`, LM Studio does not know it, and text-generation-webui prints it after the
    answer; of a server that is not known it is tried.
    """

    label: str
    start: str
    widen: str
    fetch: str
    family: Family = "other"
    template_arguments: bool = False
    schema_form: SchemaForm = "json_schema"
    filling: Filling = "no"


_BY_NAME: Mapping[str, Server] = {
    "llamacpp": Server(
        "llama.cpp's server",
        "start it with `llama-server -m MODEL.gguf`",
        "start llama-server with a larger `-c`",
        "start it with `llama-server -m MODEL.gguf`",
        family="llamacpp",
        template_arguments=True,
        schema_form="json_object",
        filling="infill",
    ),
    "lmstudio": Server(
        "LM Studio",
        "start its server with `lms server start`",
        "load the model with a larger context length",
        "fetch one with `lms get MODEL`, and load it with `lms load MODEL`",
        family="lmstudio",
    ),
    "vllm": Server(
        "vLLM",
        "start it with `vllm serve MODEL`",
        "start vLLM with a larger `--max-model-len`",
        "start it with `vllm serve MODEL`",
        family="vllm",
        template_arguments=True,
    ),
    "jan": Server(
        "Jan",
        "switch on the local API server in Jan's settings",
        "give the model a larger context size in Jan",
        "fetch one in Jan's hub",
    ),
    "textgen": Server(
        "text-generation-webui",
        "start it with `--api`",
        "load the model with a larger `ctx-size`",
        "load one on its page for models",
    ),
}
# Who is said to own the models in a server's list.
_OWNERS: Mapping[str, str] = {
    "llamacpp": "llamacpp",
    "vllm": "vllm",
    "organization_owner": "lmstudio",
}


def named(name: str) -> Server:
    """Return what is known of a provider by its key in the settings."""
    other = Server(
        f"the provider {name}",
        f"start it, or set `providers.{name}.base_url`",
        "give the model a larger window",
        "load one there",
        filling="suffix",
    )
    return _BY_NAME.get(name, other)


def owned_by(owner: object) -> Server | None:
    """Return the server that signs its list of models so, None for one that is not known."""
    name = _OWNERS.get(owner) if isinstance(owner, str) else None
    return None if name is None else _BY_NAME[name]
