"""Logs: their form, and that no secret gets into them."""

from __future__ import annotations

import logging
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.observe import log
from arriero.observe.masking import masked

SECRETS = [
    "Authorization: Bearer abc123def456",
    "{'Authorization': 'Basic dXNlcjpwYXNz'}",
    "MY_PROVIDER_API_KEY=abc123def",
    '{"api_key": "abc123def"}',
    "token='abc123def'",
    "password: abc123def",
    "GET http://user:abc123def@host/x",
    "key sk-abc123def456ghi789",
    "ghp_abc123def456ghi789",
    "-----BEGIN RSA PRIVATE KEY-----\nabc123def\n-----END RSA PRIVATE KEY-----",
]


@pytest.mark.parametrize("text", SECRETS)
def test_secrets_are_masked(text: str) -> None:
    assert "***" in masked(text)
    assert "abc123def" not in masked(text)
    assert "dXNlcjpwYXNz" not in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "prompt_tokens=4096",
        "the token of a list is a comma",
        "http://127.0.0.1:11434/api/chat",
        "run 3 ended: end_turn",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert masked(text) == text


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@pytest.fixture
def root() -> logging.Logger:
    return logging.getLogger()


def test_the_daemons_log(root: logging.Logger, tmp_path: Path) -> None:
    path = log.log_to_file(tmp_path / "state", "info")
    logger = logging.getLogger("arriero.test")
    logger.debug("not shown")
    logger.info("a word with a lone \udc80")
    logging.getLogger("pygls.protocol").info("a payload")
    try:
        raise ValueError("api_key=abc123def")
    except ValueError:
        logger.exception("failed")
    text = path.read_text(encoding="utf-8")
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO arriero\.test: a word", text)
    assert "not shown" not in text
    assert "payload" not in text
    assert "Traceback" in text
    assert "abc123def" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_log_is_turned_over(
    root: logging.Logger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_BYTES", 1000)
    path = log.log_to_file(tmp_path, "info")
    for number in range(100):
        logging.getLogger("arriero.test").info("%d %s", number, "x" * 100)
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["daemon.log", "daemon.log.1", "daemon.log.2", "daemon.log.3"]
    assert path.stat().st_size <= 1000
    assert {stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()} == {0o600}


def test_a_long_record_is_cut(root: logging.Logger, tmp_path: Path) -> None:
    path = log.log_to_file(tmp_path, "info")
    logging.getLogger("arriero.test").info("a%sz", "x" * 1_000_000)
    text = path.read_text(encoding="utf-8")
    assert len(text) < log.MAX_RECORD + 100
    assert text.endswith("xz\n")
    assert "characters left out" in text


def test_setting_up_twice_writes_once(root: logging.Logger, tmp_path: Path) -> None:
    log.log_to_file(tmp_path, "info")
    path = log.log_to_file(tmp_path, "info")
    logging.getLogger("arriero.test").info("once")
    assert path.read_text(encoding="utf-8").count("once") == 1


def test_a_command_is_quiet_unless_asked(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    log.log_to_terminal({})
    logging.getLogger("arriero.test").error("hidden")
    assert "hidden" not in capsys.readouterr().err
    log.log_to_terminal({"ARRIERO_DEBUG": "1"})
    logging.getLogger("arriero.test").debug("shown")
    assert "shown" in capsys.readouterr().err


def test_a_log_says_nothing_to_a_terminal() -> None:
    record = logging.LogRecord(
        "a", logging.INFO, "", 1, "x\x1b]8;;http://e\x07y\x9b2J\tz\n", (), None
    )
    text = log.Formatter().format(record)
    assert r"x\x1b]8;;http://e\x07y\x9b2J" in text
    assert text.endswith("\tz\n")
