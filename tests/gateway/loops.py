"""For tests of what touches the event loop: `pytestmark = ON_BOTH_LOOPS`, or before one of them."""

from __future__ import annotations

import pytest

ON_BOTH_LOOPS = pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])
