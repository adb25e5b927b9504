"""Imports in threads: CPython before 3.13 may fail where two threads parse at a time."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from arriero.late_import import late_import


@pytest.mark.parametrize(("failures", "succeeds"), [(0, True), (1, True), (4, True), (5, False)])
def test_what_failed_for_no_fault_of_its_own_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, failures: int, succeeds: bool
) -> None:
    wanted, left = ModuleType("wanted"), [failures]

    def imported(name: str) -> ModuleType:
        assert name == "wanted"
        left[0] -= 1
        if left[0] >= 0:
            raise SystemError("AST constructor recursion depth mismatch (before=75, after=201)")
        return wanted

    monkeypatch.setattr(importlib, "import_module", imported)
    if succeeds:
        assert late_import("wanted") is wanted
    else:
        with pytest.raises(SystemError):
            late_import("wanted")


def test_what_is_not_there_fails_at_once() -> None:
    with pytest.raises(ModuleNotFoundError):
        late_import("arriero.nowhere")
