"""What stands around a command inside the overlay, read from the kernel."""

from __future__ import annotations

import re

import pytest

from arriero.shadow.launcher import landlock, seccomp
from shadow.desk import Desk

pytestmark = [pytest.mark.namespaces, pytest.mark.timeout(60)]

# A ruleset of another process cannot be seen, but one more layer than the sixteen that the kernel
# allows is refused: so many could still be added.
COUNT_LAYERS = """
import ctypes, struct
libc = ctypes.CDLL(None, use_errno=True)
count = 0
while True:
    attributes = struct.pack("Q", 1)
    made = libc.syscall(444, attributes, len(attributes), 0)
    if libc.syscall(446, made, 0) != 0:
        break
    count += 1
print(count)
"""


async def test_no_rights_and_a_filter(overlay: Desk) -> None:
    status = (await overlay.run("cat /proc/self/status")).output
    found = dict(re.findall(r"(?m)^(\w+):\s+(.*)$", status))
    assert {found[name] for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")} == {
        "0" * 16
    }
    assert found["NoNewPrivs"] == "1"
    if seccomp.known():
        assert found["Seccomp"] == "2"
    assert "a filter of system calls" in overlay.shadow.boundary


async def test_landlock_is_in_force_inside(overlay: Desk) -> None:
    if landlock.version() < 2:
        pytest.skip("this kernel has no Landlock that allows renames")
    result = await overlay.run("exec python3 -", stdin=COUNT_LAYERS.encode())
    assert result.output == "15\n"
    assert "Landlock" in overlay.shadow.boundary
    # It is in nobody's way: renames between folders, and devices.
    result = await overlay.run("mv src/app.py build/app.log && echo x > /dev/null && echo fine")
    assert result.output == "fine\n"
