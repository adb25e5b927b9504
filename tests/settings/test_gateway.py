"""The gateway's settings: keys, and the names and pages that it knows."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from arriero.settings.api_keys import digest_of
from arriero.settings.gateway import GatewaySettings

ONE, TWO = digest_of("one").hex(), digest_of("two").hex()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ([f"app sha256:{ONE} requests=1", f"app sha256:{TWO} requests=9"], 'two keys named "app"'),
        ([f"a sha256:{ONE}", f"b sha256:{TWO}", f"a sha256:{ONE} admin"], 'two keys named "a"'),
        ([f"command-line sha256:{ONE}"], '"command-line" is the name of --api-key'),
    ],
)
def test_each_key_has_a_name_of_its_own(keys: list[str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        GatewaySettings.model_validate({"keys": keys})
    GatewaySettings.model_validate({"keys": keys[1:2] or [f"other sha256:{ONE}"]})


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("models.lan", "models.lan"),
        (" Models.LAN ", "models.lan"),
        ("models.lan:27892", "models.lan"),
        ("192.168.0.7:80", "192.168.0.7"),
        ("[fd00::1]", "fd00::1"),
        ("[FD00:0::1]:443", "fd00::1"),
        ("fd00::1", "fd00::1"),
        ("my_box", "my_box"),
    ],
)
def test_a_host_in_each_spelling(given: str, name: str) -> None:
    assert GatewaySettings.model_validate({"allowed_hosts": [given]}).allowed_hosts == (name,)


@pytest.mark.parametrize(
    "given",
    [
        "", "*", "*.lan", "http://models.lan", "models.lan/", "a b", "me@models.lan",
        "models.lan:x", "models.lan:70000", "[models.lan]", "[fd00::1", "bücher.lan", ":80",
    ],
)  # fmt: skip
def test_what_can_be_no_host(given: str) -> None:
    with pytest.raises(ValidationError, match="must be a name or an address"):
        GatewaySettings.model_validate({"allowed_hosts": [given]})


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("HTTP://App.lan", "http://app.lan"),
        ("http://app.lan:80", "http://app.lan"),
        ("https://app.lan:443/", "https://app.lan"),
        ("https://app.lan:80", "https://app.lan:80"),
        ("http://[FD00::1]:3000", "http://[fd00::1]:3000"),
        ("vscode-webview://abc", "vscode-webview://abc"),
        ("null", "null"),
    ],
)
def test_an_origin_in_each_spelling(given: str, origin: str) -> None:
    made = GatewaySettings.model_validate({"allowed_origins": [given]})
    assert made.allowed_origins == (origin,)


@pytest.mark.parametrize(
    "given",
    [
        "", "*", "app.lan", "localhost:3000", "http://", "http://app.lan/path", "http://app.lan?x",
        "http://me@app.lan", "http://*.lan", "http://app.lan:x", "http://a b",
    ],
)  # fmt: skip
def test_what_can_be_no_origin(given: str) -> None:
    with pytest.raises(ValidationError, match="must be an origin such as"):
        GatewaySettings.model_validate({"allowed_origins": [given]})
