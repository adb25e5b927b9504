"""What is given to those who run the gateway: the Grafana dashboard and the container files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from arriero.gateway.metrics import Metrics
from arriero.models.types import Usage
from arriero.sessions.events import Event, RunEnded, RunStarted, ToolEnded
from arriero.settings.environment import PREFIX, unknown
from arriero.settings.fields import leaves

PROJECT = Path(__file__).parents[2]
GRAFANA: Any = json.loads((PROJECT / "docs" / "grafana.json").read_text())
COMPOSE: Any = yaml.safe_load((PROJECT / "compose.yaml").read_text())
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
EXPRESSIONS = [target["expr"] for panel in GRAFANA["panels"] for target in panel["targets"]]


def used() -> dict[str, set[str]]:
    """Return the names that a gateway in use tells Prometheus, with their labels."""
    metrics = Metrics()
    with metrics.request("chat") as record:
        record.first_token()
        record.finished(200, Usage(prompt_tokens=1, answer_tokens=1, cached_tokens=1, load_ms=1))
    metrics.providers.labels("ollama").set(1)
    for body in (
        RunStarted("p", "m", "agent", "big", "ollama"),
        ToolEnded(1, "c1", "read_file", "ok", "", 30),
        RunEnded("end_turn", ""),
    ):
        metrics.saw(Event(1, "ses_1", "run_1", 0.0, body))
    return {
        sample.name: set(sample.labels)
        for family in metrics.registry.collect()
        for sample in family.samples
    }


def test_grafana_asks_for_what_there_is() -> None:
    there, asked = used(), set[str]()
    for expression in EXPRESSIONS:
        names = re.findall(r"\b(arriero_\w+)", expression)
        assert names, expression
        asked |= set(names)
        labels = {"instance"}.union(*(there[name] for name in names))
        for group in re.findall(r"by \(([^)]*)\)", expression):
            assert {one.strip() for one in group.split(",")} <= labels, expression
        for label in re.findall(r"(\w+)=~?\"", expression):
            assert label in labels, expression
    whole = {re.sub(r"_(bucket|count|sum)$", "", name) for name in asked}
    told = {
        re.sub(r"_(bucket|count|sum)$", "", name) for name in there if not name.endswith("_created")
    }
    assert told - whole == {"arriero_cached_share"}, "it is worked out from the tokens"


def test_grafanas_panels_stand_beside_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in GRAFANA["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in GRAFANA["panels"]}) == len(GRAFANA["panels"])


def test_compose_names_settings_that_exist_and_demands_a_key() -> None:
    environment = COMPOSE["services"]["gateway"]["environment"]
    ours = {name: value for name, value in environment.items() if name != "ARRIERO_API_KEY"}
    assert list(unknown(ours)) == []
    assert any(name.startswith(PREFIX) for name in ours)
    assert environment["ARRIERO_API_KEY"].startswith("${ARRIERO_API_KEY:?")
    assert "127.0.0.1:11435" in COMPOSE["services"]["gateway"]["ports"][0]
    for service in COMPOSE["services"].values():
        for volume in service["volumes"]:
            name = volume.rpartition("}:")[0] or volume.partition(":")[0]
            assert name.startswith("${") or name in COMPOSE["volumes"]
    for needed in COMPOSE["services"]["gateway"]["depends_on"]:
        assert "healthcheck" in COMPOSE["services"][needed]


@pytest.mark.parametrize("word", ["USER 1000", "HEALTHCHECK", "EXPOSE 11435", '"0.0.0.0"'])
def test_the_image_is_built_with_care(word: str) -> None:
    assert word in DOCKERFILE
    ignored = (PROJECT / ".dockerignore").read_text().split()
    for copied in re.findall(r"^COPY (?!--)(.*) \S+$", DOCKERFILE, re.MULTILINE):
        for source in copied.split():
            assert f"!{source}" in ignored
            assert (PROJECT / source).exists()


def test_the_port_is_the_settings() -> None:
    port = next(leaf for path, leaf in leaves() if path == ("gateway", "port"))
    assert str(port.default) in DOCKERFILE
