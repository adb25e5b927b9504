"""Where a control group is made, and what is written to it, in a tree of plain files."""

from __future__ import annotations

from pathlib import Path

import pytest

from arriero.shadow.cgroup import Group, make_group
from arriero.shadow.types import Limits


def tree(top: Path, own: str, *, handing_down: dict[str, str]) -> tuple[Path, Path]:
    """Make what the kernel shows of its groups; `own` is the group of this process."""
    group = top / "groups"
    (group / own).mkdir(parents=True)
    for name, controllers in handing_down.items():
        place = group / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "cgroup.subtree_control").write_text(controllers + "\n")
        (place / "cgroup.procs").write_text("")
    (top / "own").write_text(f"5:memory:/other\n0::/{own}\n")
    (top / "mounts").write_text(
        "29 23 0:26 / /sys rw - sysfs sysfs rw\n"
        f"30 23 0:26 / {group} rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"
    )
    return top / "own", top / "mounts"


@pytest.mark.parametrize(
    ("handing_down", "expected"),
    [
        ({"": "cpu memory pids", "user/app": "memory pids"}, "user/app"),
        ({"": "cpu memory pids", "user/app": "cpu"}, ""),
        ({"user": "memory"}, None),
        ({}, None),
        ({"elsewhere": "memory pids"}, None),
    ],
)
def test_the_nearest_that_hands_down(
    handing_down: dict[str, str], expected: str | None, tmp_path: Path
) -> None:
    own, mounts = tree(tmp_path, "user/app/editor.scope", handing_down=handing_down)
    group = make_group(own, mounts)
    assert (group is None) is (expected is None)
    if group is not None and expected is not None:
        assert group.path.parent == tmp_path / "groups" / expected
        # Twice a command's: jobs share it.
        assert (group.path / "memory.max").read_text() == f"{8 << 30}\n"
        assert (group.path / "pids.max").read_text() == "1024\n"
        group.limit(Limits(memory_bytes=1 << 20, processes=3))
        assert (group.path / "memory.max").read_text() == f"{2 << 20}\n"
        assert (group.path / "memory.swap.max").read_text() == "0\n"
        assert group.killed() == 0
        (group.path / "memory.events").write_text("low 0\noom 2\noom_kill 3\n")
        assert group.killed() == 3


def test_without_version_two_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("5:memory:/other\n")
    (tmp_path / "mounts").write_text("30 23 0:26 / /sys/fs/cgroup rw - cgroup cgroup rw,memory\n")
    assert make_group(tmp_path / "own", tmp_path / "mounts") is None
    assert make_group(tmp_path / "none", tmp_path / "mounts") is None


def test_removing_ends_what_is_left(tmp_path: Path) -> None:
    gone = Group(tmp_path / "gone")
    gone.remove()
    empty = Group(tmp_path / "empty")
    empty.path.mkdir()
    empty.remove()
    assert not empty.path.exists()
