"""What the daemon has to say reaches who is there, or who comes first."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys

from arriero.daemon.announcements import Announcements


class Listener:
    """An editor that keeps what it is told; `fails` has it break."""

    def __init__(self, *, fails: bool = False) -> None:
        self.name = "listener"
        self.fails = fails
        self.told: list[str] = []

    async def message(self, level: str, text: str) -> None:
        if self.fails:
            raise ConnectionError("gone")
        assert level == "warning"
        self.told.append(text)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_to_all_who_are_there_or_to_the_first() -> None:
    there: list[Listener] = []
    announcements = Announcements(lambda: there)  # type: ignore[arg-type,return-value]
    announcements.say("one")
    announcements.say("two")
    announcements.flush()
    first = Listener()
    there.append(first)
    announcements.flush()
    await settled()
    assert first.told == ["one", "two"]
    there[:0] = [Listener(fails=True)]
    there.append(second := Listener())
    announcements.say("three")
    await settled()
    assert first.told == ["one", "two", "three"]
    assert second.told == ["three"]
    await announcements.aclose()


async def test_not_without_end() -> None:
    there: list[Listener] = []
    announcements = Announcements(lambda: there)  # type: ignore[arg-type,return-value]
    for number in range(1000):
        announcements.say(str(number))
    there.append(first := Listener())
    announcements.flush()
    await settled()
    assert first.told[-1] == "999"
    assert len(first.told) < 100


def test_the_limit_of_descriptors_is_raised() -> None:
    code = (
        "import resource; from arriero.daemon.descriptors import allow_more_descriptors as more;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, {hard}));"
        "more(); print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    for hard, expected in ((300, 300), (resource.getrlimit(resource.RLIMIT_NOFILE)[1], 8192)):
        told = subprocess.run(
            [sys.executable, "-c", code.format(hard=hard)], check=True, capture_output=True
        )
        assert int(told.stdout) == (min(expected, hard) if hard > 0 else expected)
