"""What a package.json tells; pure."""

from __future__ import annotations

import re
from typing import Any

from arriero.agent.gathering.facts import Facts
from arriero.agent.gathering.json_object import json_object, mapping

MARKS = frozenset({"tsconfig.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"})
_MANAGERS = {"pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun", "bun.lockb": "bun"}
_NAMED = re.compile(r"(npm|pnpm|yarn|bun)(?:@|$)")
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
    package = json_object(text)
    if package is None:
        return Facts()
    depends = mapping(package, "dependencies") | mapping(package, "devDependencies")
    scripts = mapping(package, "scripts")
    if _NO_TEST.search(str(scripts.get("test", ""))):  # what `npm init` writes
        del scripts["test"]
    typed = "typescript" in depends or "tsconfig.json" in marks
    manager = _manager(package, marks)
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


def _manager(package: dict[str, Any], marks: frozenset[str]) -> str:
    """Return what the package names, else what wrote the file that locks versions."""
    if named := _NAMED.match(str(package.get("packageManager", ""))):
        return named.group(1)
    return next((command for mark, command in _MANAGERS.items() if mark in marks), "npm")


def _command(manager: str, script: str) -> str:
    return f"{manager} test" if script == "test" and manager != "bun" else f"{manager} run {script}"
