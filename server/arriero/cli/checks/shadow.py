"""The place where commands run."""

from __future__ import annotations

from dataclasses import replace

from arriero.cli.checks.finding import Finding
from arriero.daemon.shadows import container
from arriero.settings.model import Settings
from arriero.settings.paths import cache_dir
from arriero.shadow.choose import Finding as Kind
from arriero.shadow.choose import detect


async def shadow(settings: Settings) -> Finding:
    """Which boundary is in force on this machine, and why."""
    wanted = settings.shadow.kind
    if wanted == "none":
        text = "none: commands run in your real folder, each after a question"
        return Finding("shadow", "warn", text, "Set shadow.kind to auto, unless you want that.")
    named = container(settings.shadow)
    found = judge(wanted, (await detect(cache_dir() / "shadows", named)).kinds)
    if settings.shadow.hosts and not settings.shadow.network:
        hosts = ", ".join(settings.shadow.hosts)
        return replace(found, text=f"{found.text}; in an overlay a proxy leads to {hosts}")
    return found


def judge(wanted: str, kinds: tuple[Kind, ...]) -> Finding:
    """Say which of the kinds, best first, is in force for the setting `wanted`."""
    tried = [kind for kind in kinds if wanted in ("auto", kind.kind)]
    found = next((kind for kind in tried if kind.works), None)
    if found is None:
        why = "; ".join(kind.detail for kind in tried) or f"there is no {wanted} here"
        mend = "Set shadow.kind to auto." if wanted != "auto" else "Commands will be refused."
        return Finding("shadow", "fail", f"{wanted} does not work: {why}", mend)
    text = f"{found.kind}: {found.detail}"
    better = [kind for kind in tried if not kind.works]
    if better:
        return Finding("shadow", "warn", text, f"{better[0].kind}: {better[0].detail}")
    return Finding("shadow", "ok", text)
