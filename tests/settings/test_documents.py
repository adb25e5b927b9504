"""What is generated from the model: the reference, the file to begin with, the schema."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from arriero.settings.fields import ANY, leaves
from arriero.settings.layers import load_settings, user_file
from arriero.settings.model import Settings
from arriero.settings.reference import reference, template
from arriero.settings.schema import json_schema

ROOT = Path(__file__).parents[2]


def test_the_committed_page_is_current() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert page == reference(), "arriero config schema --markdown > docs/settings.md"


def test_every_setting_is_described_in_a_sentence() -> None:
    for path, leaf in leaves():
        assert re.fullmatch(r"[A-Z`].*\.", leaf.description), path


def test_the_file_to_begin_with_changes_nothing(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path)}
    path = user_file(environment)
    path.parent.mkdir(parents=True)
    path.write_text(template(), encoding="utf-8")
    assert load_settings(environment=environment).settings == Settings()


def test_the_file_to_begin_with_is_valid_without_its_marks(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path)}
    path = user_file(environment)
    path.parent.mkdir(parents=True)
    path.write_text(re.sub(r"(?m)^( *)#(?! )", r"\1", template()), encoding="utf-8")
    loaded = load_settings(environment=environment)
    named = {".".join(p) for p, _ in leaves() if ANY not in p}
    assert named <= set(loaded.origins)
    assert loaded.settings.model_copy(update={"providers": Settings().providers}) == Settings()


def test_the_schema_knows_every_setting() -> None:
    schema = json_schema()
    for path, leaf in leaves():
        node = schema
        for key in path:
            node = node["additionalProperties"] if key == ANY else node["properties"][key]
            if "$ref" in node:
                node = schema["$defs"][node["$ref"].rpartition("/")[2]]
        assert node["description"] == leaf.description, path


def test_the_schema_lets_a_ready_provider_be_changed_in_part() -> None:
    schema = json_schema()
    entry = schema["properties"]["providers"]["properties"]["ollama"]["$ref"].rpartition("/")[2]
    assert "required" not in schema["$defs"][entry]
    assert schema["$defs"]["ProviderSettings"]["required"] == ["kind", "base_url"]


@pytest.mark.parametrize("name", ["agent", "window"])
def test_settings_cannot_be_changed_in_place(name: str) -> None:
    section = getattr(Settings(), name)
    with pytest.raises(ValueError, match="frozen"):
        setattr(section, next(iter(type(section).model_fields)), None)


def test_the_template_is_plain_yaml_too() -> None:
    assert set(yaml.safe_load(template())) <= set(Settings.model_fields)
