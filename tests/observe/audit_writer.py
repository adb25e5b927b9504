"""Writes an audit trail; in a module of its own, so that other processes find it."""

from __future__ import annotations

from pathlib import Path

from arriero.observe.audit import AuditTrail


def write(folder: Path, count: int, **options: int) -> AuditTrail:
    """Write so many lines."""
    trail = AuditTrail(folder, **options)
    for number in range(count):
        trail.append([{"kind": "test", "number": number}])
    return trail


def write_many(folder: Path, count: int) -> None:
    """Write so many lines into files that are soon turned over."""
    write(folder, count, max_bytes=5_000)
