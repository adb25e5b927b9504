"""The order of stored names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from arriero.index.paths import in_order, ordered

names = st.sets(
    st.lists(st.sampled_from(["a", "b", "-", ".", "\x01", "\udcff", "/", "ü"]), min_size=1).map(
        lambda parts: "".join(parts).encode("utf-8", "surrogateescape")
    )
)


@given(names)
def test_many_at_once_are_in_the_same_order(found: set[bytes]) -> None:
    expected = sorted(found, key=in_order)
    assert ordered(b"\0".join(found)) == b"\0".join(expected)
