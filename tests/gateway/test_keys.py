"""Keys: who is let in, and what an entry of the settings may be."""

from __future__ import annotations

import pytest

from arriero.gateway.certificate import CannotServe
from arriero.gateway.dialect import Refused
from arriero.gateway.keys import ANYBODY, Keys
from arriero.settings.api_keys import ApiKey, digest_of, new_key, read_key

# Not new ones: the processes of a test run must agree on the rows below.
ONE, TWO = "arr_" + "1" * 43, "arr_" + "2" * 43
KEYS = Keys([ApiKey("one", digest_of(ONE)), ApiKey("two", digest_of(TWO), requests=3)])


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"authorization": f"Bearer {ONE}"}, "one"),
        ({"authorization": f"bearer  {TWO} "}, "two"),
        ({"x-api-key": TWO}, "two"),
        ({"authorization": "Bearer ", "x-api-key": ONE}, "one"),
        ({"authorization": "Basic abc", "x-api-key": ONE}, "one"),
        ({}, None),
        ({"authorization": ONE}, None),
        ({"authorization": f"Bearer {ONE}x"}, None),
        ({"authorization": "Bearer \udcff"}, None),
        ({"x-api-key": ""}, None),
        ({"x-api-key": ONE + "0" * 2000}, None),
    ],
)
def test_who_is_let_in(headers: dict[str, str], name: str | None) -> None:
    if name is not None:
        assert KEYS.check(headers).name == name
        return
    with pytest.raises(Refused) as caught:
        KEYS.check(headers)
    assert caught.value.fault == "unauthenticated"


def test_without_keys_everybody_is_let_in() -> None:
    keys = Keys()
    assert not keys.required
    assert keys.check({}) is ANYBODY


def test_a_key_in_clear_counts_beside_the_others() -> None:
    keys = Keys([ApiKey("one", digest_of(ONE))], clear="hunter2")
    assert keys.required
    assert keys.check({"x-api-key": "hunter2"}).name == "command-line"
    assert keys.check({"x-api-key": ONE}).name == "one"
    assert keys.names == ("one", "command-line")


@pytest.mark.parametrize("clear", ["hunter2\n", "  hunter2\r\n", "hunter2"])
def test_a_key_in_clear_is_without_the_white_space_of_its_file(clear: str) -> None:
    assert Keys(clear=clear).check({"x-api-key": "hunter2"}).name == "command-line"


@pytest.mark.parametrize("clear", ["", " \n", "clé", "a\nb", "a\tb", "\udcff", "x" * 1025])
def test_a_key_that_no_client_could_send_is_refused(clear: str) -> None:
    """An empty one too: an unset variable of a shell would open the gateway."""
    with pytest.raises(CannotServe, match=r"--api-key.*\.$"):
        Keys(clear=clear)


def test_the_longest_key_in_clear() -> None:
    assert Keys(clear="x" * 1024).check({"x-api-key": "x" * 1024}).name == "command-line"


def test_a_new_key_is_long_and_is_no_other() -> None:
    assert len({new_key() for _ in range(100)}) == 100
    assert len(new_key().removeprefix("arr_")) == 43, "256 bits"


def test_no_key_matches_nothing_at_all() -> None:
    assert KEYS.match("") is None


def test_an_entry_is_read_as_it_is_written() -> None:
    key = ApiKey("ci-1", digest_of(ONE), requests=60, tokens=1000, admin=True)
    assert read_key(str(key)) == key
    assert read_key(f"  a   sha256:{digest_of(TWO).hex().upper()} ") == ApiKey("a", digest_of(TWO))
    assert str(key) == f"ci-1 sha256:{digest_of(ONE).hex()} requests=60 tokens=1000 admin"


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "laptop",
        ONE,
        f"laptop {ONE}",
        f"sha256:{digest_of(ONE).hex()}",
        f"laptop sha256:{digest_of(ONE).hex()[1:]}",
        f"lap top sha256:{digest_of(ONE).hex()}",
        f"laptop sha256:{digest_of(ONE).hex()} requests=0",
        f"laptop sha256:{digest_of(ONE).hex()} requests=1 requests=2",
        f"laptop sha256:{digest_of(ONE).hex()} minutes=2",
        f"laptop sha256:{digest_of(ONE).hex()}f",
    ],
)
def test_an_entry_that_is_wrong(entry: str) -> None:
    with pytest.raises(ValueError, match=r"must be a name and a hash|after the hash"):
        read_key(entry)
