"""What a Cargo.toml tells; pure."""

from __future__ import annotations

from arriero.agent.gathering.facts import Facts
from arriero.agent.gathering.toml_values import KeyPath, toml_values

_TOOLS = ("tokio", "axum", "actix-web", "serde", "clap", "bevy", "tauri", "leptos", "rocket")
_DEPENDENCIES = ("dependencies", "dev-dependencies", "build-dependencies")


def cargo(text: str, _: frozenset[str]) -> Facts:
    """Read what a package or a workspace depends on."""
    paths = {path for path, _ in toml_values(text)}
    used = {_depended_on(path) for path in paths}
    everywhere = " --workspace" if any(path[:1] == ("workspace",) for path in paths) else ""
    return Facts(
        ("Rust",),
        tuple(name for name in _TOOLS if name in used),
        (f"cargo test{everywhere}",),
        (f"cargo clippy{everywhere}",),
        (f"cargo build{everywhere}",),
    )


def _depended_on(path: KeyPath) -> str:
    """Return the name in `dependencies`, `workspace.dependencies`, `target.….dependencies`."""
    begin = {"workspace": 1, "target": 2}.get(path[0], 0) if path else 0
    inside = path[begin:]
    return inside[1] if len(inside) > 1 and inside[0] in _DEPENDENCIES else ""
