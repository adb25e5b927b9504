"""What a model of Ollama's can do, also where the server is too old to say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arriero.models.json_values import an_object


def capabilities(answer: Mapping[str, Any]) -> frozenset[str]:
    """Return the capabilities in an answer of `/api/show`.

    Ollama tells them since 0.6.4. Before, they follow from the rules by which it found them out
    itself: `Capabilities` in https://github.com/ollama/ollama/blob/v0.6.8/server/images.go.
    """
    told = answer.get("capabilities")
    if isinstance(told, list):
        return frozenset(map(str, told))
    info, template = an_object(answer.get("model_info")), str(answer.get("template") or "")
    if not info and not template:  # it tells nothing of the model at all
        return frozenset()
    pools = any(key.endswith(".pooling_type") for key in info)
    found = {"embedding" if pools else "completion"}
    found |= {
        name for mark, name in ((".Tools", "tools"), (".Suffix", "insert")) if mark in template
    }
    sees = answer.get("projector_info") or any(key.endswith("vision.block_count") for key in info)
    return frozenset(found | {"vision"} if sees else found)
