"""What a model can do, as new and old servers of Ollama tell it."""

from __future__ import annotations

from typing import Any

import pytest

from arriero.models.ollama.capabilities import capabilities

TOOLS = "{{ if .Tools }}# Tools{{ end }}{{ .Prompt }}"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"capabilities": ["completion", "tools"], "template": ""}, {"completion", "tools"}),
        ({"capabilities": ["completion"], "template": TOOLS}, {"completion"}),
        # Before 0.6.4 there is no such field.
        ({"template": TOOLS, "model_info": {"qwen2.block_count": 2}}, {"completion", "tools"}),
        ({"template": "{{ .Prompt }}{{ .Suffix }}"}, {"completion", "insert"}),
        ({"template": "{{ .Prompt }}", "model_info": None}, {"completion"}),
        ({"model_info": {"bert.pooling_type": 1}}, {"embedding"}),
        (
            {"template": "{{ .Prompt }}", "projector_info": {"clip.has_vision_encoder": True}},
            {"completion", "vision"},
        ),
        ({"model_info": {"mllama.vision.block_count": 32}}, {"completion", "vision"}),
        ({}, set()),
    ],
)
def test_capabilities(answer: dict[str, Any], expected: set[str]) -> None:
    assert capabilities(answer) == expected
