"""Setting up the logs of the daemon and of the terminal's commands.

Times are UTC in ISO 8601. Secrets are masked and long records cut, tracebacks included, and the
libraries that would write whole messages of editors and models are kept quiet.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from collections.abc import Mapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from arriero.observe.masking import masked

FILE_NAME = "daemon.log"
MAX_BYTES = 5_000_000
BACKUPS = 3
MAX_RECORD = 16_000  # characters
# They log payloads (pygls), addresses (httpx) or every file event (watchfiles) at INFO.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NOISY = ("pygls", "httpx", "httpcore", "watchfiles", "asyncio", "uvicorn")


def log_to_file(folder: Path, level: str) -> Path:
    """Write the daemon's log into a folder, made if missing; return the file.

    `level` is that of the setting `log_level`. The file is for its owner only, and is turned over
    at 5 MB, with three old ones kept. Replaces what an earlier call set up.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = _PrivateFileHandler(
        folder / FILE_NAME, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8"
    )
    _install(handler, level)
    logging.captureWarnings(capture=True)
    return folder / FILE_NAME


def log_to_terminal(environment: Mapping[str, str] = os.environ) -> None:
    """Keep a command quiet, or with `ARRIERO_DEBUG=1` have it write its log to stderr."""
    if environment.get("ARRIERO_DEBUG") == "1":
        _install(logging.StreamHandler(sys.stderr), "debug")
    else:
        _install(logging.NullHandler(), "error")


def log_to_stderr(level: str) -> None:
    """Write the log of a service in the foreground to stderr; `level` as in `log_to_file`."""
    _install(logging.StreamHandler(sys.stderr), level)


class Formatter(logging.Formatter):
    """`2026-01-31T12:00:00.123Z INFO arriero.daemon.hub: text`, and a traceback below."""

    converter = time.gmtime  # type: ignore[assignment]  # typeshed wants the optional argument
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return one record, masked and cut, and with nothing in it that a terminal obeys."""
        text = _CONTROLS.sub(_spelled, masked(super().format(record)))
        if len(text) <= MAX_RECORD:
            return text
        half = MAX_RECORD // 2
        return f"{text[:half]} … {len(text) - 2 * half} characters left out … {text[-half:]}"


def _spelled(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"


def _install(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h.formatter, Formatter)]:
        root.removeHandler(old)
        old.close()
    handler.setFormatter(Formatter())
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


class _PrivateFileHandler(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base's name
        """Leave out a record for which the disk has no room: stderr is the same file, mostly."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)

    def _open(self) -> IO[str]:  # type: ignore[override]  # the base names a narrower class
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return open(descriptor, "a", encoding=self.encoding, errors="backslashreplace")  # noqa: PTH123 - a descriptor
