"""What every test of the index ends with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index.repository import close_databases


@pytest.fixture(autouse=True)
def _databases_end_with_their_test() -> Iterator[None]:
    yield
    close_databases()
