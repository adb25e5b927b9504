"""From a message as a value to its bytes in the outbox: a large one is encoded in a thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from arriero import large_json
from arriero.daemon.framing import frame, framed
from arriero.rpc.outbox import Outbox

log = logging.getLogger(__name__)

Wire = Callable[[Any], Any]
Failed = Callable[[Exception], object]


def send(outbox: Outbox, message: dict[str, Any], wire: Wire, failed: Failed | None = None) -> None:
    """Send a message, from any thread; `wire` returns its typed parts as JSON values.

    Raises TypeError or ValueError for what JSON cannot express. If the message is large and the
    caller in the loop's thread, `failed` gets that error instead, soon.
    """
    size = large_json.weight(message)
    if size < large_json.LARGE:
        outbox.send(frame({"jsonrpc": "2.0", **wire(message)}))
    elif outbox.here:
        outbox.send_made(partial(_made, outbox, message, wire, failed or _unsent), size)
    else:
        outbox.send(_framed(message, wire))


def _made(outbox: Outbox, message: dict[str, Any], wire: Wire, failed: Failed) -> bytes | None:
    try:
        return _framed(message, wire)
    except Exception as error:  # noqa: BLE001 - `failed` answers or logs it
        outbox.call(failed, error)
        return None


def _framed(message: dict[str, Any], wire: Wire) -> bytes:
    return framed(large_json.dumps({"jsonrpc": "2.0", **wire(message)}))


def _unsent(error: Exception) -> None:
    log.error("A large message is no JSON", exc_info=error)
