"""What a package.json tells; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from arriero.agent.gathering.facts import Facts

MARKS = frozenset({"tsconfig.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"})
_MANAGERS = {"pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun", "bun.lockb": "bun"}
_TOOLS = {"next": "Next.js", "nuxt": "Nuxt", "react": "React", "vue": "Vue", "svelte": "Svelte",
          "@angular/core": "Angular", "express": "Express", "@nestjs/core": "NestJS",
          "fastify": "Fastify", "electron": "Electron", "vite": "Vite", "jest": "Jest",
          "vitest": "Vitest", "mocha": "Mocha", "@playwright/test": "Playwright",
          "eslint": "ESLint", "@biomejs/biome": "Biome"}  # fmt: skip
_WANTED = {
    "test": ("test", "test:unit"),
    "lint": ("lint", "typecheck", "type-check", "check"),
    "build": ("build", "compile"),
}
_NO_TEST = re.compile(r"no test specified")


def package_json(text: str, marks: frozenset[str]) -> Facts:
    """Read the names of scripts and dependencies; what is no JSON object tells nothing."""
    try:
        package = json.loads(text)
    except (ValueError, RecursionError):
        return Facts()
    if not isinstance(package, dict):
        return Facts()
    depends = _mapping(package, "dependencies") | _mapping(package, "devDependencies")
    scripts = _mapping(package, "scripts")
    if _NO_TEST.search(str(scripts.get("test", ""))):  # what `npm init` writes
        del scripts["test"]
    typed = "typescript" in depends or "tsconfig.json" in marks
    manager = next((command for mark, command in _MANAGERS.items() if mark in marks), "npm")
    commands = {
        field: tuple(_command(manager, name) for name in names if name in scripts)
        for field, names in _WANTED.items()
    }
    return Facts(
        ("TypeScript",) if typed else ("JavaScript",),
        tuple(shown for name, shown in _TOOLS.items() if name in depends),
        commands["test"],
        commands["lint"],
        commands["build"],
    )


def _command(manager: str, script: str) -> str:
    return f"{manager} test" if script == "test" and manager != "bun" else f"{manager} run {script}"


def _mapping(package: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = package.get(key)
    return dict(value) if isinstance(value, dict) else {}
