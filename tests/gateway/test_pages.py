"""The dashboard over plain HTTP: who sees it, what it shows, and what a form may change."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from arriero.gateway.keys import Keys
from arriero.gateway.pages.access import COOKIE, Access, dashboard_secret
from arriero.gateway.pages.charts import chart, described
from arriero.gateway.pages.history import History, Series
from arriero.gateway.pages.live import changes, difference
from arriero.gateway.pages.rendering import Block
from arriero.gateway.pages.signed_out import SignedOut
from arriero.gateway.pages.views.overview import overview
from arriero.gateway.pages.views.runs import one_run
from arriero.sessions.events import Text
from gateway.desk_bench import ADMIN, HOSTILE, KEYS, OTHER, Bench, bench
from gateway.loops import ON_BOTH_LOOPS

PAGES = [
    ("/", ["rehearsal", "in memory", "Mend the test", "Providers"]),
    ("/dashboard/runs", ["Mend the test", "end_turn", "running"]),
    ("/dashboard/runs/run_done", ["I should look at the file first.", "The sign was wrong: now it",
                                  "812 tokens read (63 % cached)", "-return a - b", "12 ms",
                                  "Permission asked", "The window is small.", "Ended: end_turn"]),
    ("/dashboard/runs/run_open", ["running", "Read tally/money.py"]),
    ("/dashboard/tools", ["edit_file", "31 ms", "Edit tally/money.py", "open"]),
    ("/dashboard/plots", ["Time to first token", "<svg"]),
    ("/dashboard/permissions", ["permissions.commands", "Run pytest -q?", "allow_once"]),
    ("/dashboard/settings", ["agent.max_steps", "config.yaml:7", "providers.ollama.base_url"]),
]  # fmt: skip


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    for name in list(os.environ):
        if name.startswith(("ARRIERO_", "OLLAMA_", "LLM_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    async with bench(tmp_path, tmp_path / "config") as made:
        yield made


def client(desk: Bench) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(desk.app)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:11435")


@asynccontextmanager
async def signed_in(desk: Bench) -> AsyncIterator[httpx.AsyncClient]:
    async with client(desk) as made:
        answer = await made.post("/dashboard/login", data={"key": ADMIN})
        assert answer.status_code == 303
        yield made


@pytest.mark.parametrize("path", [path for path, _ in PAGES])
async def test_who_is_not_signed_in_sees_nothing(desk: Bench, path: str) -> None:
    async with client(desk) as one:
        answer = await one.get(path)
        assert (answer.status_code, answer.text) == (303, "")
        assert answer.headers["location"] == f"/dashboard/login?next={path}"
        assert (await one.get("/dashboard/live")).status_code == 403
        assert (await one.post("/dashboard/settings", data={})).status_code == 403
        assert (await one.get("/dashboard/static/dashboard.css")).status_code == 200


@pytest.mark.parametrize(("path", "words"), PAGES)
async def test_what_the_pages_show(desk: Bench, path: str, words: list[str]) -> None:
    model = {"model": "rehearsal", "prompt": "", "keep_alive": "5m"}
    provider = desk.desk.load().settings.providers["ollama"].base_url
    async with httpx.AsyncClient() as loading:
        await loading.post(f"{provider}/api/generate", json=model)
    async with signed_in(desk) as one:
        answer = await one.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    for word in words:
        assert word in answer.text
    assert HOSTILE not in answer.text
    assert "onerror=alert" not in answer.text.replace("&lt;img src=x onerror=alert(1)&gt;", "")


class Outline(HTMLParser):
    """What of a page matters to who does not see it, and to a policy without inline parts."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: set[str] = set()
        self.labels: set[str] = set()
        self.fields: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if (name := given.get("id")) is not None:
            if name in self.ids:
                self.faults.append(f"twice: {name}")
            self.ids.add(name)
        self.faults += [f"inline: {key}" for key in given if key.startswith("on") or key == "style"]
        for key in ("src", "href", "action"):
            if not (given.get(key) or "/").startswith(("/", "#")):
                self.faults.append(f"elsewhere: {given[key]}")
        if tag == "label":
            self.labels.add(given.get("for") or "")
        if tag in ("input", "select", "textarea") and given.get("type") != "hidden":
            self.fields.append(given.get("id") or "none")
        if tag == "th" and "scope" not in given:
            self.faults.append("a heading of a table without scope")


@pytest.mark.parametrize("path", [*(path for path, _ in PAGES), "/dashboard/login"])
async def test_pages_are_well_made(desk: Bench, path: str) -> None:
    async with signed_in(desk) as one:
        text = (await one.get(path)).text
    outline = Outline()
    outline.feed(text)
    assert outline.faults == []
    assert set(outline.fields) <= outline.labels
    assert text.count("<h1>") == 1
    assert not re.search(r"https?://(?!127\.0\.0\.1)", text.replace("http://localhost:3000", ""))


async def test_ways_to_sign_in(desk: Bench) -> None:
    async with client(desk) as one:
        link = desk.desk.access.link("http://127.0.0.1:11435")
        answer = await one.get(link)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert (await one.get("/dashboard/runs")).status_code == 200
        for wrong in ("", OTHER, "arr_none", "ü"):
            one.cookies.clear()
            refused = await one.post("/dashboard/login", data={"key": wrong})
            assert refused.status_code == (200 if not wrong else 403)
            assert "set-cookie" not in refused.headers
        one.cookies.clear()
        to = await one.post("/dashboard/login", data={"key": ADMIN, "next": "/dashboard/tools"})
        assert to.headers["location"] == "/dashboard/tools"


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/dashboard/\r\nx: y", "/v1/x"],
)
async def test_signing_in_leads_to_our_pages_only(desk: Bench, elsewhere: str) -> None:
    async with client(desk) as one:
        to = await one.post("/dashboard/login", data={"key": ADMIN, "next": elsewhere})
    assert to.headers["location"] == "/"


async def test_too_many_tries(desk: Bench) -> None:
    async with client(desk) as one:
        tries = [await one.post("/dashboard/login", data={"key": f"k{n}"}) for n in range(21)]
        assert [answer.status_code for answer in tries] == [403] * 20 + [429]
        assert int(tries[-1].headers["retry-after"]) >= 1
        right = await one.post("/dashboard/login", data={"key": ADMIN})
        assert right.status_code == 429, "who guesses would see that it is the right one"
        link = await one.get(desk.desk.access.link(""))
        assert link.status_code == 303, "the user of the machine is not locked out"


async def test_cookies_that_do_not_count(tmp_path: Path) -> None:
    now = 1000.0
    out = SignedOut(tmp_path)
    keys = [KEYS]
    secret = dashboard_secret(tmp_path)
    assert dashboard_secret(tmp_path) == secret
    assert (tmp_path / "dashboard.secret").stat().st_mode & 0o777 == 0o600
    access = Access(secret, lambda: keys[-1], out, clock=lambda: now)
    cookie = await access.sign_in(ADMIN)
    assert cookie is not None
    assert await access.signed_in(cookie)
    until, sign_in, mac = cookie.split("|")
    later = str(int(until) + 1)
    for wrong in ("", "|", "||", f"{later}|{sign_in}|{mac}", f"{until}|other|{mac}", cookie[:-1],
                  f"{cookie}x", f"{until}||{mac}", f"{'9' * 40}|{sign_in}|{mac}",
                  "ü|1|2", "9999999999|\udcff|2"):  # fmt: skip
        assert not await access.signed_in(wrong)
    elsewhere = Access(b"other" * 8, lambda: KEYS, out, clock=lambda: now)
    assert not await elsewhere.signed_in(cookie)
    keys.append(Keys())
    assert not await access.signed_in(cookie), "its key is gone"
    keys.append(KEYS)
    now += 8 * 86_400
    assert not await access.signed_in(cookie), "it is old"


async def form_of(one: httpx.AsyncClient, name: str) -> dict[str, str]:
    """Return the hidden fields of a setting's form."""
    text = (await one.get("/dashboard/settings")).text
    form = text[text.index(f'id="setting-{name}"') :].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


async def test_a_setting_is_changed_and_its_comments_stay(desk: Bench, tmp_path: Path) -> None:
    file = tmp_path / "config" / "arriero" / "config.yaml"
    before = file.read_text()
    async with signed_in(desk) as one:
        data = await form_of(one, "agent.max_steps") | {"value": "12", "do": "set"}
        answer = await one.post("/dashboard/settings", data=data)
        assert answer.status_code == 200
        assert "agent.max_steps is stored" in answer.text
        assert file.read_text() == before.replace("max_steps: 30  #", "max_steps: 12  #")
        assert desk.used[-1].agent.max_steps == 12

        again = await one.post("/dashboard/settings", data=data | {"value": "13"})
        assert again.status_code == 422
        assert "has changed since this page was made" in again.text

        data = await form_of(one, "agent.max_steps") | {"value": "", "do": "unset"}
        answer = await one.post("/dashboard/settings", data=data)
        assert "back to its default" in answer.text
        assert file.read_text() == before.replace("  max_steps: 30  # enough\n", "")
        data = await form_of(one, "allowed_dirs") | {"value": "/srv/a\r\n\r\n/srv/b", "do": "set"}
        await one.post("/dashboard/settings", data=data)
        assert desk.used[-1].allowed_dirs == ("/srv/a", "/srv/b")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("agent.max_steps", "0", "must be a whole number from 1 to 1000, not 0"),
        ("agent.max_steps", "many", "not &#34;many&#34;"),
        ("agent.max_steps", "", "Must be a whole number"),
        ("mode", "fly", "must be one of"),
        ("allowed_dirs", "not/absolute", "must name folders from"),
        ("providers.ollama.base_url", "ftp://x", "must be an address such as"),
        ("gateway.keys", "x", "no setting gateway.keys that can be changed here"),
        ("no.such", "x", "no setting no.such"),
        ("agent", "x", "no setting agent "),
    ],
)
async def test_a_value_that_is_wrong(
    desk: Bench, tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    file = tmp_path / "config" / "arriero" / "config.yaml"
    before = file.read_text()
    async with signed_in(desk) as one:
        data = await form_of(one, "agent.max_steps") | {"name": name, "value": value, "do": "set"}
        answer = await one.post("/dashboard/settings", data=data)
    assert answer.status_code == 422
    assert sentence in answer.text
    told = answer.text.partition('role="alert"')[2].partition("</p>")[0]
    assert str(file) not in told  # it is as it was: nothing wrong stands in it
    assert file.read_text() == before
    assert desk.used == []


async def test_an_address_for_others_wants_a_key(desk: Bench) -> None:
    async with signed_in(desk) as one:
        for value, is_refused in (("0.0.0.0", True), ("127.0.0.1", False)):
            data = await form_of(one, "gateway.host") | {"value": value, "do": "set"}
            answer = await one.post("/dashboard/settings", data=data)
            assert answer.status_code == (422 if is_refused else 200)
            told = "make one for the settings with `arriero keys new" in answer.text
            assert told is is_refused
    assert [settings.gateway.host for settings in desk.used] == ["127.0.0.1"]


async def test_forms_of_others(desk: Bench, tmp_path: Path) -> None:
    file = tmp_path / "config" / "arriero" / "config.yaml"
    before = file.read_text()
    async with signed_in(desk) as one:
        good = await form_of(one, "model") | {"value": "m", "do": "set"}
        tries: list[tuple[dict[str, str], dict[str, str]]] = [
            (good | {"token": ""}, {}),
            (good | {"token": desk.desk.access.form_token("another cookie")}, {}),
            ({key: value for key, value in good.items() if key != "token"}, {}),
            (good, {"Origin": "http://evil.example"}),
            (good, {"Origin": "null"}),
            (good, {"Sec-Fetch-Site": "cross-site"}),
            (good, {"Sec-Fetch-Site": "same-site"}),
            (good | {"value": "x" * 70_000}, {}),
        ]
        for data, headers in tries:
            answer = await one.post("/dashboard/settings", data=data, headers=headers)
            assert answer.status_code == 403
        for content in (b"\xff\xfe", b"a&" * 1000, b"%ff=%00"):
            answer = await one.post("/dashboard/settings", content=content)
            assert answer.status_code == 403
        assert (await one.post("/dashboard/logout", data={})).status_code == 403
        assert file.read_text() == before
        ours = {"Origin": "http://127.0.0.1:11435", "Sec-Fetch-Site": "same-origin"}
        assert (await one.post("/dashboard/settings", data=good, headers=ours)).status_code == 200
        out = await one.post("/dashboard/logout", data={"token": good["token"]})
        assert out.status_code == 303
        assert (await one.get("/")).status_code == 303


async def test_which_layer_wins(desk: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARRIERO_AGENT__SEED", "7")
    async with signed_in(desk) as one:
        page = (await one.get("/dashboard/settings")).text
        assert "environment (<code>ARRIERO_AGENT__SEED</code>). It wins over the file." in page
        data = await form_of(one, "agent.seed") | {"value": "9", "do": "set"}
        answer = await one.post("/dashboard/settings", data=data)
    assert "ARRIERO_AGENT__SEED wins over the file" in answer.text
    assert desk.used[-1].agent.seed == 7


async def test_secrets_are_not_shown(desk: Bench) -> None:
    async with signed_in(desk) as one:
        for name, value in (
            ("providers.ollama.default_api_key", "sesame-open"),
            ("gateway.redis_url", "redis://:sesame-open@127.0.0.1"),
        ):
            data = await form_of(one, name) | {"value": value, "do": "set"}
            answer = await one.post("/dashboard/settings", data=data)
            assert answer.status_code == 200
            assert "sesame-open" not in answer.text
        assert "sesame-open" not in (await one.get("/dashboard/settings")).text
    assert desk.used[-1].gateway.redis_address == "redis://:sesame-open@127.0.0.1"


async def test_a_file_that_is_broken(desk: Bench, tmp_path: Path) -> None:
    async with signed_in(desk) as one:
        data = await form_of(one, "model") | {"value": "of long thought", "do": "set"}
        (tmp_path / "config" / "arriero" / "config.yaml").write_text("model: [")
        for page in ("/dashboard/settings", "/", "/dashboard/permissions"):
            answer = await one.get(page)
            assert answer.status_code == 200
            assert "is not valid YAML" in answer.text
        answer = await one.post("/dashboard/settings", data=data)
    assert answer.status_code == 422
    assert "is not valid YAML" in answer.text
    assert "of long thought" in answer.text  # what was typed is not lost


async def test_a_secret_that_is_not_stored_is_not_shown(desk: Bench, tmp_path: Path) -> None:
    async with signed_in(desk) as one:
        name = "providers.ollama.default_api_key"
        data = await form_of(one, name) | {"value": "sesame-open", "do": "set"}
        (tmp_path / "config" / "arriero" / "config.yaml").write_text("model: [")
        answer = await one.post("/dashboard/settings", data=data)
    assert answer.status_code == 422
    assert "is not valid YAML" in answer.text
    assert "sesame-open" not in answer.text


async def test_what_is_not_there(desk: Bench) -> None:
    async with signed_in(desk) as one:
        for path in ("/dashboard/runs/run_none", "/dashboard/static/nothing"):
            assert (await one.get(path)).status_code == 404


@ON_BOTH_LOOPS
async def test_a_page_lives(desk: Bench) -> None:
    async def view() -> Any:
        return await one_run(desk.desk, "run_open")

    stream = changes(view, desk.desk.log, look=0.01, idle=1000)
    async with aclosing(stream) as events:
        first = told(await anext(events))
        assert first["set"][0][0] == "run"
        assert any("Read tally/money.py" in block[3] for block in first["set"])
        (event,) = await desk.tell("run_open", Text(2, "Half a "))
        second = told(await anext(events))
        assert [block[:1] for block in second["set"]] == [[f"event-{event.seq}"]]
        assert second["set"][0][2] == first["set"][-1][0]
        await desk.tell("run_open", Text(2, "word"))
        third = told(await anext(events))
        assert third["set"][0][0] == f"event-{event.seq}"
        assert "Half a word" in third["set"][0][3]


def told(event: bytes) -> Any:
    return json.loads(event.decode().removeprefix("data: "))


async def test_a_run_that_is_gone_ends_its_page(desk: Bench) -> None:
    async def view() -> Any:
        return await one_run(desk.desk, "run_none")

    stream = changes(view, desk.desk.log, look=0.01)
    assert [event async for event in stream] == [b"event: gone\ndata: {}\n\n"]


def test_what_differs() -> None:
    a, b, c = Block("a", "1"), Block("b", "2"), Block("c", "3")
    shown = {a.id: a.stamp, b.id: b.stamp}
    assert difference(shown, [a, b]) == ""
    assert json.loads(difference(shown, [a, c])) == {
        "set": [["c", c.stamp, "a", "3"]],
        "drop": ["b"],
    }
    assert json.loads(difference(shown, [Block("a", "x"), b]))["set"][0][0] == "a"


async def test_a_model_server_that_is_not_there(desk: Bench, tmp_path: Path) -> None:
    file = tmp_path / "config" / "arriero" / "config.yaml"
    file.write_text("providers:\n  ollama:\n    base_url: http://127.0.0.1:1\n")
    shown = await overview(desk.desk)
    models = next(block for block in shown.blocks if block.id == "models")
    assert 'class="note"' in models.html
    assert "<table>" not in models.html


async def test_plots_are_what_happened_between_two_looks(desk: Bench) -> None:
    now = 1_000_000.0
    history = History(desk.metrics, clock=lambda: now)
    history.look()
    for _ in range(5):
        with desk.metrics.request("chat") as record:
            record.first_token()
            record.finished(200)
    desk.metrics.request("chat").finished(502)
    desk.metrics.request("messages").finished(404)
    now += 60
    history.look()
    plots = {series.name: series for series in history.series()}
    assert plots["Requests"].last == pytest.approx(7)
    assert plots["Failed requests"].last == pytest.approx(2)
    assert plots["Cached share of prompts"].last is None
    assert [at for at, _ in plots["Requests"].points] == [now]


@pytest.mark.parametrize(
    ("points", "words", "marks"),
    [
        ((), "nothing in the last hour", 0),
        (((100.0, None),), "nothing in the last hour", 0),
        (((100.0, 3.0), (110.0, None), (120.0, 1.5), (130.0, 2.5)), "2.5 at last", 2),
        (((100.0, 0.0), (110.0, 0.0)), "0 at last", 1),
        (((100.0, 123456.0),), "123 k at last", 1),
    ],
)
def test_a_plot(points: tuple[tuple[float, float | None], ...], words: str, marks: int) -> None:
    series = Series("Hops & <skips>", "a minute", points)
    assert words in described(series)
    svg = str(chart(series, 130.0))
    assert svg.count('class="line"') == marks
    assert "<skips>" not in svg
    assert "nan" not in svg


async def test_the_history_ends_with_its_desk(desk: Bench) -> None:
    assert any(task.get_name() == "dashboard-history" for task in asyncio.all_tasks())
    await desk.desk.history.aclose()
    assert not any(task.get_name() == "dashboard-history" for task in asyncio.all_tasks())


async def test_health(desk: Bench) -> None:
    state = await desk.desk.health.state()
    assert state["status"] == "ok"
    assert state["providers"]["ollama"]["status"] == "up"
    assert state["providers"]["ollama"]["models"] >= 1
    assert state["providers"]["llamacpp"]["status"] == "down"
    assert "problem" in state["providers"]["llamacpp"]
    assert next(iter(state["providers"])) == "ollama"
    assert COOKIE not in json.dumps(state)
