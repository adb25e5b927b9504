"""What an answer of the daemon means for who asks it beside an editor."""

from __future__ import annotations

from typing import Any

import pytest

from arriero.daemon.client import DaemonGone, RemoteError
from arriero.headless import daemon_link
from arriero.headless.daemon_link import METHOD_NOT_FOUND, DaemonLink, Unanswered


class FakeClient:
    gone = False

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.asked = 0

    async def request(self, method: str, params: Any, *, timeout: float) -> object:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        self.gone = True


@pytest.mark.parametrize(
    ("answer", "told", "asked"),
    [
        ({"editor": None}, {"editor": None}, 2),
        (RemoteError(METHOD_NOT_FOUND, "no such method"), None, 1),  # an older daemon
        (RemoteError(-32603, "it failed"), Unanswered, 2),  # what it did is not known
        (RemoteError(-32602, "wrong parameters"), Unanswered, 2),
        (DaemonGone(), Unanswered, 2),
    ],
)
async def test_only_a_method_that_is_not_known_means_that_there_is_no_editor(
    monkeypatch: pytest.MonkeyPatch, answer: object, told: object, asked: int
) -> None:
    client = FakeClient(answer)

    async def connected(endpoint: object, *, start: bool) -> FakeClient:
        client.gone = False
        return client

    monkeypatch.setattr(daemon_link, "connect", connected)
    link = DaemonLink()
    for _ in range(2):
        if told is Unanswered:
            with pytest.raises(Unanswered):
                await link.ask("arriero/applyChange", {}, timeout=1)
        else:
            assert await link.ask("arriero/applyChange", {}, timeout=1) == told
    assert client.asked == asked
