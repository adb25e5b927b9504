"""When the loop of a gateway sleeps before it looks, and when it must not."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest

from arriero.gateway.gathering import MANY, PAUSE, Gathering, run

ROWS = (
    # streams, the loop's timeout, whether it sleeps
    (0, None, False),
    (1, None, False),
    (MANY - 1, None, False),
    (MANY, None, True),
    (MANY, 0, False),  # callbacks are ready
    (MANY, PAUSE / 2, False),  # a timer is close
    (64, 0.01, True),
)


@pytest.mark.parametrize(("streams", "timeout", "sleeps"), ROWS)
def test_when_it_sleeps(streams: int, timeout: float | None, sleeps: bool) -> None:
    slept: list[float] = []
    reading, writing = socket.socketpair()
    with Gathering(slept.append) as gathering, reading, writing:
        gathering.streams = lambda: streams
        gathering.register(reading, 1)
        writing.send(b"x")
        assert [key.fileobj for key, _ in gathering.select(timeout)] == [reading]
    assert slept == ([PAUSE] if sleeps else [])


def test_what_comes_in_its_sleep_is_told_together() -> None:
    first, second = socket.socketpair(), socket.socketpair()
    first[1].send(b"x")
    with Gathering(lambda _: second[1].sendall(b"y")) as gathering:
        gathering.streams = lambda: MANY
        for pair in (first, second):
            gathering.register(pair[0], 1)
        found = {key.fileobj for key, _ in gathering.select(None)}
    assert found == {first[0], second[0]}
    for one in (*first, *second):
        one.close()


async def _told(gathering: Gathering | None) -> tuple[bool, str]:
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    return gathering is not None and getattr(loop, "_selector", None) is gathering, "result"


def test_a_program_runs_in_such_a_loop() -> None:
    can = sys.version_info >= (3, 11) and sys.platform != "win32"
    assert run(_told) == (can, "result")


def test_its_end_is_that_of_the_program() -> None:
    async def fail(_: Gathering | None) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run(fail)
