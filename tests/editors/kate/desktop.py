"""A screen that nobody sees, with one program on it: keys go in, and its windows can be counted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

NEEDED = ("Xvfb", "xdotool", "dbus-run-session", "openbox")
_TRY = 5.0  # seconds that keys have to show their effect before they are pressed again


def missing() -> str:
    """Say which programs of a desktop are not there, empty if all are."""
    absent = [name for name in NEEDED if shutil.which(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


class Desktop:
    """Use it as `async with`; all that runs on it is ended at the end."""

    def __init__(self, command: list[str], cwd: Path, environment: Mapping[str, str]) -> None:
        self._command, self._cwd, self._environment = command, cwd, dict(environment)
        self._running: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Desktop:
        told, tell = os.pipe()
        # Without -noreset it ends all its clients when the first that came leaves it again.
        await self._start(["Xvfb", "-noreset", "-displayfd", str(tell)], pass_fds=(tell,))
        os.close(tell)
        with os.fdopen(told) as number:  # to its end: it writes in two pieces, and dies of a reader
            display = await asyncio.to_thread(number.read)  # that left before the second
        self._environment["DISPLAY"] = f":{display.strip()}"
        await self._start(["openbox"])
        await self._start(["dbus-run-session", "--", *self._command])
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in reversed(self._running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    async def _start(self, command: list[str], pass_fds: tuple[int, ...] = ()) -> None:
        self._running.append(
            await asyncio.create_subprocess_exec(
                *command,
                cwd=self._cwd,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=pass_fds,
            )
        )

    async def press(self, *keys: str) -> None:
        """Press keys, by the names of the X server."""
        await self._asked("key", "--delay", "40", *keys)

    async def press_until(self, true: Callable[[], bool], what: str, *keys: str) -> None:
        """Press keys until their effect shows."""
        for _ in range(10):
            await self.press(*keys)
            with contextlib.suppress(AssertionError):

                async def holds() -> bool:
                    return true()

                return await _held(holds, what, _TRY)
        raise AssertionError(f"{keys} had no effect: {what}")

    async def window(self, title: str, patience: float = 60) -> None:
        """Wait for a window."""
        await _held(lambda: self._seen("--name", title), f"a window {title!r}", patience)

    async def menu(self, keys: str, fits: Callable[[int], bool], patience: float = 60) -> int:
        """Press keys until a menu opens whose height in pixels fits; return the height.

        What is in a menu cannot be read, but how much is in it can be seen.
        """
        loop = asyncio.get_running_loop()
        before = await self._visible()
        end = loop.time() + patience
        while loop.time() < end:
            await self.press(keys)
            until = loop.time() + _TRY
            while loop.time() < until:
                opened = await self._visible() - before
                if opened:
                    if fits(height := await self._height(opened.pop())):
                        return height
                    break
                await asyncio.sleep(0.05)
            await self.press("Escape")
            await asyncio.sleep(0.2)
        raise AssertionError(f"{keys} opened no menu that fits")

    async def _seen(self, *by: str) -> bool:
        return bool(await self._asked("search", "--onlyvisible", *by))

    async def _visible(self) -> set[str]:
        name = Path(self._command[0]).name
        return set((await self._asked("search", "--onlyvisible", "--class", name)).split())

    async def _height(self, window: str) -> int:
        told = await self._asked("getwindowgeometry", "--shell", window)
        return int(dict(line.split("=") for line in told.split())["HEIGHT"]) if told else 0

    async def _asked(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            "xdotool",
            *arguments,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        output, _ = await process.communicate()
        return output.decode()


async def _held(true: Callable[[], Awaitable[bool]], what: str, patience: float) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    while not await true():
        if loop.time() > end:
            raise AssertionError(f"waited in vain for {what}")
        await asyncio.sleep(0.05)
