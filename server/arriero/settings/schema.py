"""The JSON schema of a settings file, for editors that complete and check YAML by one."""

from __future__ import annotations

from typing import Any

from arriero.settings.model import Settings


def json_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12); providers beside the ready ones need kind and base_url."""
    schema = Settings.model_json_schema()
    ready = list(Settings().providers)
    providers = schema["properties"]["providers"]
    entry = providers.pop("additionalProperties")
    whole = schema["$defs"][entry["$ref"].rpartition("/")[2]]
    schema["$defs"]["ReadyProviderSettings"] = {
        # A ready entry may be changed in part.
        **{key: value for key, value in whole.items() if key != "required"},
        "title": "ReadyProviderSettings",
    }
    changed = {"$ref": "#/$defs/ReadyProviderSettings"}
    providers["properties"] = dict.fromkeys(ready, changed)
    providers["additionalProperties"] = entry
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of Arriero",
        **{key: value for key, value in schema.items() if key != "title"},
    }
