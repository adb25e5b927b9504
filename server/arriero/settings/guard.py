"""What files in a workspace may set, also when the workspace is trusted.

Such files often come with the code, from people who do not own this machine. So they choose a
model and how a run goes about its work; they can make a permission narrower, never wider; and
they do not say where prompts and keys are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arriero.settings.model import Settings
from arriero.settings.safety import LimitSettings
from arriero.settings.yaml_file import KeyPath

_FREE = {
    ("provider",),
    ("model",),
    ("agent", "max_steps"),
    ("agent", "max_answer_tokens"),
    ("agent", "result_chars"),
    ("agent", "temperature"),
    ("agent", "seed"),
    ("agent", "think"),
    ("window", "num_ctx"),
    ("window", "keep_alive"),
    ("completion", "provider"),
    ("completion", "model"),
    ("completion", "pause"),
    ("completion", "context_tokens"),
    ("completion", "max_lines"),
    ("completion", "disabled_languages"),
}
_FREE_OF_A_PROVIDER = {"default_model", "models", "tools", "timeout", "max_retries"}
_ADDRESS_OF_A_PROVIDER = {"kind", "base_url", "default_api_key", "requires_api_key", "hosts"}


@dataclass(frozen=True)
class Guard:
    """Judges what a file of a workspace may set over `below`, the user's own settings.

    `addresses` also lets it say where a provider is, as the user's own `.env` does.
    """

    below: Settings
    addresses: bool

    def allows(self, path: KeyPath, value: Any) -> bool:
        """Whether the file may set `path` to `value`."""
        if path in _FREE:
            return True
        if path[0] == "providers":
            if self.addresses:
                return path[2] in _FREE_OF_A_PROVIDER | _ADDRESS_OF_A_PROVIDER
            return path[1] in self.below.providers and path[2] in _FREE_OF_A_PROVIDER
        narrower = _NARROWER.get(path)
        return narrower is not None and narrower(_value(self.below, path), value)


def _value(settings: Settings, path: KeyPath) -> Any:
    value: Any = settings
    for name in path:
        value = getattr(value, name)
    return value


def _ranked(*from_narrow_to_wide: str) -> Callable[[Any, Any], bool]:
    def narrower(below: Any, new: Any) -> bool:
        order: Sequence[Any] = from_narrow_to_wide
        return new in order and order.index(new) <= order.index(below)

    return narrower


def _any_list(below: Any, new: Any) -> bool:  # noqa: ARG001 - rules that only ever narrow
    return isinstance(new, list)


def _at_most(below: Any, new: Any) -> bool:
    return isinstance(new, (int, float)) and new <= below


def _at_most_or_any(below: Any, new: Any) -> bool:
    return isinstance(new, (int, float)) and (below is None or new <= below)


def _only_off(below: Any, new: Any) -> bool:
    return new is False or new is below


def _profile(below: Any, new: Any) -> bool:
    return isinstance(new, str) and new in _PROFILES_WITHIN[below]


def _subset(below: Any, new: Any) -> bool:
    return isinstance(new, list) and set(map(str, new)) <= set(below)


# Which profiles allow no call that the first one would ask for or deny, nor ask for one it denies.
_PROFILES_WITHIN: Mapping[str, frozenset[str]] = {
    "trusted": frozenset({"trusted", "review", "read-only", "locked"}),
    "review": frozenset({"review", "read-only", "locked"}),
    "read-only": frozenset({"read-only"}),
    "locked": frozenset({"locked"}),
}
_NARROWER: Mapping[KeyPath, Callable[[Any, Any], bool]] = {
    ("mode",): _ranked("ask", "plan", "edit", "agent"),
    ("apply",): _ranked("review", "auto"),
    ("agent", "probe"): _only_off,
    ("window", "preload"): _only_off,
    ("index", "enabled"): _only_off,
    ("index", "max_files"): _at_most,
    ("completion", "enabled"): _only_off,
    ("completion", "prompted"): _only_off,
    ("completion", "snippets"): _only_off,
    ("completion", "in_comments"): _only_off,
    ("completion", "as_items"): _only_off,
    ("permissions", "commands"): _ranked("deny", "ask", "auto", "allow"),
    ("permissions", "profile"): _profile,
    ("permissions", "ask"): _any_list,
    ("permissions", "deny"): _any_list,
    ("shadow", "kind"): _ranked("overlay", "auto", "container", "copy", "none"),
    ("shadow", "network"): _only_off,
    ("shadow", "hosts"): _subset,
    ("fetch", "hosts"): _subset,
    ("shadow", "timeout"): _at_most,
    ("shadow", "output_kb"): _at_most,
    ("shadow", "memory_mb"): _at_most,
    ("shadow", "processes"): _at_most,
    **{
        ("limits", name): _at_most_or_any
        for name in LimitSettings.model_fields
        if name != "concurrent_runs"
    },
    ("allowed_dirs",): _subset,
}
