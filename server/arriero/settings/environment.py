"""Settings from environment variables: our own, and those of programs that people have already."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from arriero.settings import ollama_host
from arriero.settings.fields import Leaf, find, leaves
from arriero.settings.provider import READY_PROVIDERS
from arriero.settings.yaml_file import KeyPath, scalar

PREFIX = "ARRIERO_"
_NO_SETTING = frozenset(
    {
        "ARRIERO_API_KEY",
        "ARRIERO_DEBUG",
        "ARRIERO_GATEWAY_PARENT",
        "ARRIERO_GATEWAY_SOCKET",
        "ARRIERO_TEST_SCALE",
    }
)
_BACKENDS = {
    "llama.cpp": "llamacpp",
    "llama_cpp": "llamacpp",
    "lm_studio": "lmstudio",
    "text_generation_webui": "textgen",
    "oobabooga": "textgen",
}


@dataclass(frozen=True)
class Assignment:
    """A variable that sets a setting."""

    path: KeyPath
    value: Any
    variable: str


def assignments(
    environment: Mapping[str, str],
    *,
    providers: Iterable[str],
    selected: str,
    of_workspace: bool = False,
) -> Iterator[Assignment]:
    """Yield what the variables set, later ones winning.

    `providers` are the names that the other layers know, `selected` is the provider in use
    there. An empty variable sets nothing. `of_workspace`: they are a file's in which `API_PORT`
    is the port of what is written there, not of Arriero's gateway.
    """
    given = {name: value.strip() for name, value in environment.items() if value.strip()}
    names = {variable_name(name): name for name in (*providers, *READY_PROVIDERS)}
    yield from _foreign(given, selected, frozenset(names.values()))
    if not of_workspace:
        yield from _gateway(given)
    for prefix, provider in names.items():
        variable = f"{prefix}_API_KEY"
        if variable in given:
            yield Assignment(("providers", provider, "default_api_key"), given[variable], variable)
    for variable, value in sorted(given.items()):
        path = _path(variable, names)
        leaf = find(path) if path else None
        if isinstance(leaf, Leaf):
            yield Assignment(path, _typed(leaf, value), variable)


def unknown(environment: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """Yield variables with our prefix that set nothing, with the nearest that would."""
    known = [PREFIX + "__".join(path).upper() for path, _ in leaves()]
    for variable in sorted(environment):
        if not variable.startswith(PREFIX) or variable in _NO_SETTING:
            continue
        if not isinstance(find(_path(variable, {})), Leaf):
            close = difflib.get_close_matches(variable, known, n=1)
            yield variable, close[0] if close else None


def variable_name(provider: str) -> str:
    """Return `MY_PROVIDER` for `my-provider`."""
    return re.sub(r"\W", "_", provider).upper()


def _path(variable: str, names: Mapping[str, str]) -> KeyPath:
    if not variable.startswith(PREFIX):
        return ()
    parts = variable.removeprefix(PREFIX).lower().split("__")
    if parts[0] == "providers" and len(parts) > 1:
        parts[1] = names.get(parts[1].upper(), parts[1])
    return tuple(parts)


def _typed(leaf: Leaf, text: str) -> Any:
    if leaf.is_list:
        return [item.strip() for item in text.split(",") if item.strip()]
    return text if leaf.is_text else scalar(text)


def _foreign(
    given: Mapping[str, str], selected: str, known: frozenset[str]
) -> Iterator[Assignment]:
    for variable, path in (("DEFAULT_MODEL", "model"), ("WORKSPACE_PATH", "workspace")):
        if variable in given:
            yield Assignment((path,), given[variable], variable)
    if host := given.get("OLLAMA_HOST"):
        yield Assignment(
            ("providers", "ollama", "base_url"), ollama_host.base_url(host), "OLLAMA_HOST"
        )
    if url := given.get("OLLAMA_BASE_URL"):
        yield Assignment(("providers", "ollama", "base_url"), _native(url), "OLLAMA_BASE_URL")
    yield from _llm(given, given.get("ARRIERO_PROVIDER", selected), known)


def _gateway(given: Mapping[str, str]) -> Iterator[Assignment]:
    """What servers of this kind read. Such names are common: what is no port is another's."""
    for prefix in ("API", "OLLAMA_TOOLS"):
        if host := given.get(f"{prefix}_HOST"):
            yield Assignment(("gateway", "host"), host, f"{prefix}_HOST")
        if port := _port(given.get(f"{prefix}_PORT", "")):
            yield Assignment(("gateway", "port"), port, f"{prefix}_PORT")
    if host := given.get("REDIS_HOST"):
        port = _port(given.get("REDIS_PORT", "")) or 6379
        yield Assignment(("gateway", "redis_url"), f"redis://{host}:{port}/0", "REDIS_HOST")


def _port(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) and 0 < int(text) < 65_536 else None


def _llm(given: Mapping[str, str], selected: str, known: frozenset[str]) -> Iterator[Assignment]:
    """`LLM_…`: one backend, described by four variables."""
    backend = given.get("LLM_BACKEND", "").lower().replace("-", "_")
    alike = {one.lower().replace("-", "_"): one for one in known}
    name = alike.get(backend) or _BACKENDS.get(backend, backend) or selected
    entry = ("providers", name)
    if backend:
        yield Assignment(("provider",), name, "LLM_BACKEND")
    if url := given.get("LLM_BASE_URL"):
        if name not in known:
            yield Assignment((*entry, "kind"), "openai", "LLM_BACKEND")
        address = _native(url) if name == "ollama" else _with_version(url)
        yield Assignment((*entry, "base_url"), address, "LLM_BASE_URL")
    if model := given.get("LLM_MODEL"):
        yield Assignment(("model",), model, "LLM_MODEL")
    if key := given.get("LLM_API_KEY"):
        yield Assignment((*entry, "default_api_key"), key, "LLM_API_KEY")


def _native(url: str) -> str:
    """The address of Ollama itself; people give that of its OpenAI or native routes too."""
    address = ollama_host.base_url(url) if "://" not in url else url.rstrip("/")
    return re.sub(r"/(v1|api)$", "", address)


def _with_version(url: str) -> str:
    address = url if "://" in url else f"http://{url}"
    return address if urlsplit(address).path.strip("/") else f"{address.rstrip('/')}/v1"
