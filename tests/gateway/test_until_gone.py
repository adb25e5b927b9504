"""Work for a client that may leave at any moment."""

from __future__ import annotations

import asyncio
import sys

import pytest

from arriero.gateway import leaving
from arriero.gateway.body import ClientGone
from arriero.gateway.exchange import Exchange
from arriero.gateway.leaving import until_gone
from gateway.loops import ON_BOTH_LOOPS

pytestmark = ON_BOTH_LOOPS


@pytest.fixture(autouse=True)
def watched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "_UNWATCHED", 0.0)


class Client:
    """Leaves when `left` is set."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.exchange = Exchange({"type": "http", "headers": []}, self._receive, self._send)

    async def _receive(self) -> dict[str, str]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: object) -> None:
        raise AssertionError("nothing is sent")


def requests_to_cancel() -> int:
    task = asyncio.current_task()
    assert task is not None
    if sys.version_info >= (3, 11):
        return task.cancelling()
    return 0


async def test_work_comes_to_its_end() -> None:
    done: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.001)
        done.append("work")

    await until_gone(Client().exchange.gone, work())
    assert done == ["work"]
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}  # nobody watches any more


async def test_work_is_over_before_its_client_is_told_to_be_gone() -> None:
    client, ends = Client(), list[str]()

    async def work() -> None:
        client.left.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ends.append("work")

    with pytest.raises(ClientGone):
        await until_gone(client.exchange.gone, work())
    assert ends == ["work"]
    assert requests_to_cancel() == 0
    await asyncio.sleep(0)  # whoever asked goes on


async def test_what_is_over_soon_is_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "_UNWATCHED", 0.02)
    asked: list[str] = []

    async def gone() -> None:
        asked.append("whether it is there")

    assert await until_gone(gone, asyncio.sleep(0, "done")) == "done"
    await asyncio.sleep(0.03)
    assert asked == []


async def test_a_fault_is_the_callers() -> None:
    async def work() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await until_gone(Client().exchange.gone, work())


@pytest.mark.parametrize("turns", range(8))
async def test_who_leaves_as_the_work_ends_disturbs_nothing_after_it(turns: int) -> None:
    """Whichever comes first, the caller is not cancelled by what comes later."""
    client = Client()

    async def work() -> None:
        asyncio.get_running_loop().call_soon(client.left.set)
        for _ in range(turns):
            await asyncio.sleep(0)

    try:
        await until_gone(client.exchange.gone, work())
    except ClientGone:
        assert turns
    for _ in range(5):
        await asyncio.sleep(0)
    assert requests_to_cancel() == 0


async def test_who_is_cancelled_from_elsewhere_is_cancelled() -> None:
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(until_gone(Client().exchange.gone, work()))
    await begun.wait()
    task.cancel()
    await asyncio.wait((task,))
    assert task.cancelled()
