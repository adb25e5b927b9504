"""Signing in and out: whose sign-in one is, what ends it, and what a guesser learns."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.types import Message

from arriero.gateway.dialect import Refused
from arriero.gateway.keys import Keys
from arriero.gateway.pages.access import SECONDS, Access, dashboard_secret
from arriero.gateway.pages.signed_out import SignedOut
from arriero.sessions.events import Text
from arriero.settings.api_keys import ApiKey, digest_of
from gateway.desk_bench import ADMIN, KEYS, Bench
from gateway.test_settings_page import desk, signed_in

__all__ = ["desk"]


def access(folder: Path, keys: Keys = KEYS) -> Access:
    return Access(dashboard_secret(folder), lambda: keys, SignedOut(folder))


async def test_signing_out_ends_the_sign_in(desk: Bench) -> None:
    async with signed_in(desk) as one, signed_in(desk) as other:
        copy = next(iter(one.cookies.jar)).value or ""
        token = desk.desk.access.form_token(copy)
        answer = await one.post("/dashboard/logout", data={"token": token})
        assert answer.status_code == 303
        again = await one.get("/", headers={"Cookie": f"arriero_dashboard={copy}"})
        assert again.status_code == 303, "a copy of the cookie"
        assert (await other.get("/")).status_code == 200, "that of another browser"


async def test_an_open_page_ends_with_its_sign_in(desk: Bench) -> None:
    async with signed_in(desk) as one:
        cookie = next(iter(one.cookies.jar)).value or ""
    pieces: asyncio.Queue[bytes] = asyncio.Queue()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "path": "/dashboard/live", "query_string": b"at=/dashboard/runs",
        "headers": [(b"cookie", f"arriero_dashboard={cookie}".encode())],
    }  # fmt: skip

    async def receive() -> Message:
        return await asyncio.Future()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            pieces.put_nowait(message["body"])

    live = asyncio.create_task(desk.app(scope, receive, send))
    assert b"Mend the test" in await pieces.get()
    await desk.desk.access.sign_out(cookie)
    await desk.tell("run_open", Text(2, "something new"))
    assert await pieces.get() == b"event: gone\ndata: {}\n\n"
    await live


async def test_signed_out_of_every_process(tmp_path: Path) -> None:
    here, there = access(tmp_path), access(tmp_path)
    cookie = await here.sign_in(here.code)
    assert cookie is not None
    assert await there.signed_in(cookie)
    await here.sign_out(cookie)
    assert not await there.signed_in(cookie)
    assert not await access(tmp_path).signed_in(cookie), "after a new start"


async def test_what_is_over_by_itself_is_forgotten(tmp_path: Path) -> None:
    now = [1000.0]
    out = SignedOut(tmp_path, clock=lambda: now[0])
    made = Access(dashboard_secret(tmp_path), lambda: KEYS, out, clock=lambda: now[0])
    for _ in range(3):
        await made.sign_out(await made.sign_in(made.code) or "")
    await made.sign_out("of|nobody|here")
    folder = tmp_path / "signed-out"
    assert len(list(folder.iterdir())) == 3
    now[0] += SECONDS + 1
    await made.sign_out(await made.sign_in(made.code) or "")
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("name", ["boss", "code", "command-line"])
async def test_a_sign_in_is_that_of_its_key_whatever_it_is_called(
    tmp_path: Path, name: str
) -> None:
    first = ApiKey(name, digest_of("arr_first"), admin=True)
    second = ApiKey(name, digest_of("arr_second"), admin=True)
    both = access(tmp_path, Keys([first, second], clear="arr_third"))
    cookies = {
        key: await both.sign_in(key) or "" for key in ("arr_first", "arr_second", "arr_third")
    }
    for cookie in cookies.values():
        assert await both.signed_in(cookie)
    only = access(tmp_path, Keys([first]))
    assert await only.signed_in(cookies["arr_first"])
    assert not await only.signed_in(cookies["arr_second"]), "its key is gone"
    plain = ApiKey(name, digest_of("arr_first"))
    assert not await access(tmp_path, Keys([plain])).signed_in(cookies["arr_first"])


async def test_a_guesser_is_not_told_of_the_right_key(tmp_path: Path) -> None:
    made = access(tmp_path)
    for number in range(20):
        assert await made.sign_in(f"k{number}") is None
    for key in ("wrong", ADMIN):
        with pytest.raises(Refused) as error:
            await made.sign_in(key)
        assert error.value.retry_after
    assert await made.sign_in(made.code) is not None, "nobody guesses the code: it has no limit"
