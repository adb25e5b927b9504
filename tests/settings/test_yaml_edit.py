"""Changing one setting in a file: what is asked for changes, and nothing else does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.settings.fields import ANY, leaves
from arriero.settings.reference import template
from arriero.settings.yaml_edit import UNSET, NotEditable, with_value
from arriero.settings.yaml_file import parse_yaml

FILE = Path("config.yaml")


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        ("", "model", "m", 'model: "m"\n'),
        ("# mine", "agent.seed", 3, "# mine\nagent:\n  seed: 3\n"),
        ("model: a  # why\n# end\n", "model", "b", 'model: "b"  # why\n# end\n'),
        ("model: a", "mode", "ask", 'model: a\nmode: "ask"\n'),
        ("model:   # none yet\nmode: ask\n", "model", "b", 'model: "b"   # none yet\nmode: ask\n'),
        ("agent:\n    seed: 1\n    # tail\n", "agent.probe", False,
         "agent:\n    probe: false\n    seed: 1\n    # tail\n"),
        ("agent:\n  # seed\n  #seed: 1\n\nmode: ask\n", "agent.seed", 2,
         "agent:\n  seed: 2\n  # seed\n  #seed: 1\n\nmode: ask\n"),
        ("agent: {seed: 1, probe: true}\n", "agent.seed", 2, 'agent: {"seed": 2, "probe": true}\n'),
        ("agent: {seed: 1}\n", "agent.seed", UNSET, "agent: {}\n"),
        ("{model: a}\n", "mode", "ask", '{"model": "a", "mode": "ask"}\n'),
        ("allowed_dirs:\n  - /a  # one\n  - /b\n# next\nmode: ask\n", "allowed_dirs", ["/c"],
         'allowed_dirs: ["/c"]\n# next\nmode: ask\n'),
        ("allowed_dirs:\n- /a\n- /b\nmode: ask\n", "allowed_dirs", UNSET, "mode: ask\n"),
        ("mode: ask # x\nmodel: a\n", "mode", UNSET, "model: a\n"),
        ("agent:\n  seed: 1\nmode: ask", "mode", UNSET, "agent:\n  seed: 1\n"),
        ("model: >\n  folded\n  text\nmode: ask\n", "model", "m", 'model: "m"\nmode: ask\n'),
        ("providers:\n  mine:\n    kind: openai\n    base_url: http://a\n",
         "providers.mine.timeout", 5.5,
         "providers:\n  mine:\n    timeout: 5.5\n    kind: openai\n    base_url: http://a\n"),
        ("model: a\n", "model", "a", "model: a\n"),
        ("model: '1'\n", "model", "ü\n: #", 'model: "ü\\n: #"\n'),
    ],
)  # fmt: skip
def test_one_change(text: str, path: str, value: Any, expected: str) -> None:
    assert with_value(text, tuple(path.split(".")), value) == expected


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("agent: &a\n  seed: 1\nwindow: *a\n", "agent.seed"),
        ("model: a\n...\n", "mode"),
    ],
)
def test_what_is_left_to_an_editor(text: str, path: str) -> None:
    with pytest.raises(NotEditable, match="in an editor"):
        with_value(text, tuple(path.split(".")), 7)


PATHS = [path for path, _ in leaves() if ANY not in path]
VALUES = (
    st.booleans()
    | st.integers(-99, 99)
    | st.sampled_from([0.5, 2.25])
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)
    | st.lists(st.text(st.sampled_from("ab/ #:'\""), max_size=5), min_size=1, max_size=3)
)
CHANGES = st.lists(
    st.tuples(st.sampled_from(PATHS), VALUES | st.just(UNSET)), min_size=1, max_size=8
)
BEGINNINGS = st.sampled_from(
    ["", template(), "# only words\n", "model: x # here\nagent:\n  # inside\n  seed: 1\n\n# last\n",
     "window: {num_ctx: 4096}\nshadow:\n      timeout: 3\n      # deep\n"]
)  # fmt: skip


@given(BEGINNINGS, CHANGES)
def test_any_changes(text: str, changes: list[tuple[tuple[str, ...], Any]]) -> None:
    comments = [line.strip() for line in text.splitlines() if line.strip().startswith("#")]
    wanted: dict[str, Any] = {}
    for path, value in changes:
        text = with_value(text, path, value)
        wanted[".".join(path)] = value
    said = parse_yaml(text, FILE).values
    for name, value in wanted.items():
        node: Any = said
        for key in name.split("."):
            node = (node or {}).get(key)
        assert json.dumps(node) == json.dumps(None if value is UNSET else value)
    left = [line.strip() for line in text.splitlines() if line.strip().startswith("#")]
    assert left == comments
