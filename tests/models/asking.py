"""Asking a simulator over plain HTTP, and reading its answers."""

from __future__ import annotations

import json
from typing import Any

import httpx

from arriero.models.rehearsal import Simulator

USER = [{"role": "user", "content": "Hi"}]


def client(simulator: Simulator) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=simulator.base_url, trust_env=False, timeout=10)


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.text.splitlines()]


def text(answer: list[dict[str, Any]], key: str = "content") -> str:
    return "".join(line.get("message", {}).get(key, "") for line in answer)
