"""`arriero keys`: what it prints is what the gateway reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from arriero.cli.app import main
from arriero.gateway.keys import Keys
from arriero.settings.api_keys import read_key
from arriero.settings.layers import load_settings


def test_a_new_key_opens_what_its_line_stands_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert main(["keys", "new", "laptop", "--requests", "60", "--admin"]) == 0
    printed = capsys.readouterr()
    key = printed.out.strip()
    assert key not in printed.err
    file = tmp_path / "arriero" / "config.yaml"
    assert str(file) in printed.err
    file.parent.mkdir()
    file.write_text(printed.err.split("\n\n")[1])
    (entry,) = load_settings().settings.gateway.keys
    found = Keys([read_key(entry)]).check({"x-api-key": key})
    assert (found.name, found.requests, found.tokens, found.admin) == ("laptop", 60, None, True)
    assert key not in file.read_text()
    assert main(["keys", "list"]) == 0
    assert capsys.readouterr().out.startswith("laptop  sha256:")


@pytest.mark.parametrize("name", ["", "a b", "ü", "x" * 65, "a\n"])
def test_a_name_that_is_wrong(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "new", name]) == 2
    assert "A name is 1 to 64 letters" in capsys.readouterr().err
