"""When the daemon keeps indexes, and what it tells of them; the indexer is a fake."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agent.fakes import FakeEditor, call, calls, say
from arriero.daemon.attachment import Attachment
from arriero.daemon.hub import Hub
from arriero.daemon.index_progress import IndexProgress
from arriero.daemon.indexes import Indexes
from arriero.daemon.kept_index import ours
from arriero.index.paths import index_folder
from arriero.index.status import IndexStatus
from arriero.index.workspace import WorkspaceIndex
from arriero.sessions.events import ToolEnded, ToolStarted
from arriero.workspace.files import list_files
from arriero.workspace.folderwatch import Changed
from daemon.bench import DiskEditor, ask, hub
from daemon.clock import Clock, until
from workspace.user import User

Json = dict[str, Any]


@dataclass
class FakeClient:
    """Stands in for `IndexClient`: notes what it is told, reports what a test says."""

    cache: Path
    tell: Callable[[IndexStatus], None]
    options: dict[str, int]
    roots: list[str] = field(default_factory=list)
    orders: list[Json] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    indexes: dict[str, WorkspaceIndex] = field(default_factory=dict)

    def open(self, root: str, exclude: Sequence[str] = ()) -> WorkspaceIndex:
        self.roots.append(root)
        self.indexes[root] = WorkspaceIndex(root, self.cache, self.orders.append, exclude)
        return self.indexes[root]

    def leave(self, root: str) -> None:
        self.roots.remove(root)
        self.indexes.pop(root).close()

    def pause(self) -> None:
        self.states.append("pause")

    def resume(self) -> None:
        self.states.append("resume")

    async def close(self) -> None:
        self.states.append("close")

    def report(self, root: Path, **fields: Any) -> None:
        status = IndexStatus(str(root), **fields)
        self.indexes[str(root)].take_in(status)
        self.tell(status)

    def ordered(self, do: str) -> list[Json]:
        return [order for order in self.orders if order["do"] == do]


@dataclass
class Place:
    hub: Hub
    clock: Clock
    clients: list[FakeClient]

    @property
    def client(self) -> FakeClient:
        (client,) = self.clients
        return client

    @property
    def roots(self) -> list[str]:
        return [root for client in self.clients for root in client.roots]

    async def attach(
        self, root: Path, editor: FakeEditor | None = None, **settings: Any
    ) -> Attachment:
        attachment = await self.hub.attach([str(root)], editor or FakeEditor())
        if settings:
            await attachment.set_editor_settings({"index": settings}, trusted=False)
        return attachment


@asynccontextmanager
async def place(tmp_path: Path, *turns: Any) -> AsyncIterator[Place]:
    clock = Clock()
    clients: list[FakeClient] = []

    def make(cache: Path, **named: Any) -> FakeClient:
        clients.append(FakeClient(cache, **named))
        return clients[-1]

    async with hub(tmp_path, list(turns)) as (made, _):
        made.indexes = Indexes(tmp_path / "cache", clock.sleep, make)  # type: ignore[arg-type]
        yield Place(made, clock, clients)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = Path(os.path.realpath(tmp_path)) / "work"
    folder.mkdir()
    (folder / "a.txt").write_text("llama\n")
    return folder


async def test_it_begins_after_a_moment_and_ends_with_the_last_editor(
    tmp_path: Path, root: Path
) -> None:
    async with place(tmp_path) as here:
        one, two = await here.attach(root), await here.attach(root)
        await until(lambda: here.clock.sleepers)
        assert here.roots == []
        assert [state.state for state in here.hub.indexes.states(one.roots)] == ["waiting"]
        here.clock.advance(1)
        await until(lambda: here.roots == [str(root)])
        assert here.client.options == {"most_files": 200_000}
        await one.detach()
        assert here.roots == [str(root)]
        await two.detach()
        assert here.roots == []
        assert here.hub.indexes.states([str(root)]) == []


async def test_a_command_that_is_done_in_a_moment_starts_nothing(
    tmp_path: Path, root: Path
) -> None:
    async with place(tmp_path) as here:
        attachment = await here.attach(root)
        await until(lambda: here.clock.sleepers)
        await attachment.detach()
        here.clock.advance(10)
        assert here.clients == []


async def test_who_asks_does_not_wait_for_the_moment(tmp_path: Path, root: Path) -> None:
    async with place(tmp_path) as here:
        attachment = await here.attach(root)
        await here.hub.indexes.settle(attachment, 0.05)
        assert here.roots == [str(root)]


async def test_what_the_watcher_tells_is_passed_on(tmp_path: Path, root: Path) -> None:
    async with place(tmp_path) as here:
        attachment = await here.attach(root)
        (workspace,) = attachment.workspaces
        here.clock.advance(1)
        await here.hub.indexes.settle(attachment, 0.05)
        workspace.watcher._publish([Changed(str(root / "a.txt"), "changed")])
        change = [str(root / "a.txt"), "changed"]
        await until(
            lambda: any(
                change in map(list, order["changes"]) for order in here.client.ordered("changed")
            )
        )


async def test_what_is_noticed_late_is_said(tmp_path: Path, root: Path) -> None:
    async with place(tmp_path) as here:
        attachment = await here.attach(root)
        (workspace,) = attachment.workspaces
        await here.hub.indexes.settle(attachment, 0.05)
        here.client.report(root, phase="ready", files=1, writes=True)
        for problem in ("The system gives no more file watches.", ""):
            workspace.watcher._watch.problem = problem
            workspace.watcher._publish([Changed(str(root), "rescan")])
            await until(
                lambda problem=problem: (  # type: ignore[misc]
                    [one.message for one in here.hub.indexes.states(attachment.roots)] == [problem]
                )
            )


@pytest.mark.parametrize("enabled", [True, False])
async def test_the_setting(tmp_path: Path, root: Path, enabled: bool) -> None:
    async with place(tmp_path) as here:
        attachment = await here.attach(root, enabled=enabled, max_files=500)
        await here.hub.indexes.settle(attachment, 0.05)
        assert here.roots == ([str(root)] if enabled else [])
        assert here.hub.indexes.indexed(attachment.roots) is enabled
        if enabled:
            assert here.client.options == {"most_files": 500}
        await attachment.set_editor_settings({"index": {"enabled": not enabled}}, trusted=False)
        await here.hub.indexes.settle(attachment, 0.05)
        assert here.roots == ([] if enabled else [str(root)])


async def test_a_home_is_indexed_when_somebody_asks(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(root))
    async with place(tmp_path) as here:
        attachment = await here.attach(root)
        await here.hub.indexes.settle(attachment, 0.05)
        (state,) = here.hub.indexes.states(attachment.roots)
        assert (here.roots, state.state) == ([], "off")
        assert "arriero index rebuild" in state.message
        assert await here.hub.indexes.rebuild(attachment) == []
        await here.hub.indexes.settle(attachment, 0.05)
        assert here.roots == [str(root)]
    async with place(tmp_path) as again:
        attachment = await again.attach(root)
        await again.hub.indexes.settle(attachment, 0.05)
        assert again.roots == [str(root)], "and from then on"


@pytest.mark.parametrize("name", ["cache", ".cache/arriero", "a [b] *c?", "back\\slash", "!x "])
def test_our_own_files_are_left_out_of_the_folder_that_they_are_in(
    tmp_path: Path, name: str
) -> None:
    """Each look at the index would change it, and each change be looked at."""
    root = tmp_path / "home"
    cache = root / name
    for folder in (cache / "index", root / "a b cc", root / "sub" / "cache"):
        folder.mkdir(parents=True)
        (folder / "file").write_text("x\n")
    (tmp_path / "link").symlink_to(cache)
    theirs = {str(root / "a b cc" / "file"), str(root / "sub" / "cache" / "file")}
    assert set(list_files(str(root)).paths) > theirs
    for spelled in (cache, tmp_path / "link"):
        assert set(list_files(str(root), exclude=ours(str(root), spelled)).paths) == theirs
    for inside in (cache, cache / "index"):
        assert list_files(str(inside), exclude=ours(str(inside), cache)).paths == ()
    assert ours(str(root / "sub"), cache) == ()


async def test_what_is_ours_is_left_out_of_index_and_watcher(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    async with place(tmp_path) as here:
        attachment = await here.attach(tmp_path, exclude=["*.log"])
        await here.hub.indexes.settle(attachment, 0.05)
        [workspace] = attachment.workspaces
        index = here.client.indexes[str(tmp_path)]
        assert (index.exclude, workspace.watcher._exclude) == (("*.log", "/cache/"),) * 2


async def test_rebuilding_removes_what_is_there(tmp_path: Path, root: Path) -> None:
    async with place(tmp_path) as here:
        attachment = await here.attach(root)
        await here.hub.indexes.settle(attachment, 0.05)
        folder = index_folder(tmp_path / "cache", str(root))
        folder.mkdir(parents=True)
        for name in ("index.sqlite3", "index.sqlite3-wal"):
            (folder / name).write_text("old")
        assert await here.hub.indexes.rebuild(attachment) == []
        assert sorted(os.listdir(folder)) == ["writer.lock"]
        await here.hub.indexes.settle(attachment, 0.05)
        assert here.roots == [str(root)]


async def test_open_files_are_read_first(tmp_path: Path, root: Path) -> None:
    user = User(root)
    user.type("a.txt", "llama\n")
    async with place(tmp_path) as here:
        attachment = await here.attach(root, FakeEditor(buffers=user))
        await here.hub.indexes.settle(attachment, 0.05)
        assert [order["paths"] for order in here.client.ordered("prefer")] == [
            [str(root / "a.txt")]
        ]
        user.type("b.txt", "new\n")
        here.client.report(root, phase="building", files=9, pending=8, writes=True)
        assert here.client.ordered("prefer")[-1]["paths"] == [str(root / "b.txt")]
        here.client.report(root, phase="building", files=9, pending=7, writes=True)
        assert len(here.client.ordered("prefer")) == 2


async def test_a_run_has_the_processor_until_its_prompt_is_out_and_in_its_tools(
    tmp_path: Path, root: Path
) -> None:
    paused: list[tuple[str, str]] = []
    async with place(tmp_path, calls(call("list_directory")), say("Done.")) as here:
        attachment = await here.attach(root)
        await here.hub.indexes.settle(attachment, 0.05)
        client = here.client
        client.states.clear()

        class Watching(DiskEditor):
            async def event(self, event: Any) -> None:
                if isinstance(event.body, (ToolStarted, ToolEnded)):
                    paused.append((event.body.kind, client.states[-1]))

        await here.attach(root, Watching())
        await ask(attachment)
        assert client.states == ["pause", "resume", "pause", "resume"]
        assert paused == [("tool_started", "pause"), ("tool_ended", "resume")]


async def test_an_index_does_not_begin_before_the_first_prompt_is_out(
    tmp_path: Path, root: Path
) -> None:
    async with place(tmp_path) as here:
        await here.attach(root)
        with here.hub.indexes.processor.run("run_1"):
            await until(lambda: here.clock.sleepers)
            here.clock.advance(1)
            await until(lambda: not here.clock.sleepers)
            assert here.roots == []
            here.hub.indexes.processor.prompted("run_1")
            await until(lambda: here.roots == [str(root)])


async def test_long_work_is_shown_and_short_work_is_not(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = Clock()
    monkeypatch.setattr(
        "arriero.daemon.indexes.IndexProgress", partial(IndexProgress, now=lambda: now.now)
    )
    editor = FakeEditor()
    async with place(tmp_path) as here:
        attachment = await here.attach(root, editor)
        told: list[str] = []
        await here.hub.indexes.settle(attachment, 0.05)
        attachment.on_change = lambda: told.append(
            here.hub.indexes.states(attachment.roots)[0].state
        )

        def report(pending: int) -> None:
            phase = "building" if pending else "ready"
            here.client.report(root, phase=phase, files=20_000, pending=pending, writes=True)

        report(50)
        now.advance(5)
        report(40)
        report(0)
        assert editor.progresses == []
        report(20_000)
        report(19_000)
        assert editor.progresses == []
        now.advance(1.5)
        report(16_880)
        report(10_000)
        (shown,) = editor.progresses
        assert shown.words == ["3,120 of 20,000 files", "10,000 of 20,000 files"]
        assert shown.cancel is None
        assert "indexing work" in shown.title
        late = FakeEditor()
        await here.attach(root, late)
        report(9_000)
        assert late.progresses[0].words == ["11,000 of 20,000 files"]
        report(0)
        assert shown.ended
        assert late.progresses[0].ended
        assert told == ["building", "ready", "building", "ready"]


async def test_what_other_editors_have_typed_counts_and_ones_own_before_it(
    tmp_path: Path, root: Path
) -> None:
    ours, theirs = User(root), User(root)
    theirs.type("a.txt", "vicuna\n")
    theirs.type("b.txt", "guanaco\n")
    ours.type("a.txt", "alpaca\n")
    async with place(tmp_path) as here:
        attachment = await here.attach(root, FakeEditor(buffers=ours))
        await here.attach(root, FakeEditor(buffers=theirs))
        await here.hub.indexes.settle(attachment, 0.05)
        searcher = here.hub.indexes.searcher(attachment.roots, ours)

        def lines(text: str) -> list[str]:
            return [os.path.basename(hit.path) for hit in searcher.search(text, "text").hits]

        assert lines("alpaca") == ["a.txt"]
        assert lines("guanaco") == ["b.txt"]
        assert lines("vicuna") == []
        assert lines("llama") == []
        ours.close("a.txt")
        assert lines("vicuna") == ["a.txt"]
        theirs.close("a.txt")
        assert lines("llama") == ["a.txt"]


async def test_states(tmp_path: Path, root: Path) -> None:
    async with place(tmp_path) as here:
        attachment = await here.attach(root)
        await here.hub.indexes.settle(attachment, 0.05)
        here.client.report(root, phase="building", files=10, pending=4, writes=True)
        (state,) = here.hub.indexes.states(attachment.roots)
        assert (state.state, state.files, state.done, state.message) == ("building", 10, 6, "")
        with here.hub.indexes.processor.run("run_1"):
            assert here.hub.indexes.states(attachment.roots) == [replace(state, state="paused")]
        here.client.report(root, phase="waiting", problem="The disk is full; make room.")
        (state,) = here.hub.indexes.states(attachment.roots)
        assert (state.state, state.message) == ("waiting", "The disk is full; make room.")


async def test_what_the_settings_leave_out_counts_at_once_and_for_each_folder(
    tmp_path: Path, root: Path
) -> None:
    other = root.with_name("other")
    other.mkdir()
    async with place(tmp_path) as here:
        attachment = await here.hub.attach([str(root), str(other)], FakeEditor())
        theirs = await here.attach(other)
        await here.hub.indexes.settle(attachment, 0.05)
        assert [here.client.indexes[str(one)].exclude for one in (root, other)] == [(), ()]
        await attachment.set_editor_settings({"index": {"exclude": ["*.csv"]}}, trusted=True)
        await here.hub.indexes.settle(attachment, 0.05)
        assert [here.client.indexes[str(one)].exclude for one in (root, other)] == [("*.csv",)] * 2
        values = {"index": {"exclude": ["/data", "*.csv"]}}
        await theirs.set_editor_settings(values, trusted=True)
        await here.hub.indexes.settle(attachment, 0.05)
        assert here.client.indexes[str(root)].exclude == ("*.csv",)
        assert here.client.indexes[str(other)].exclude == ("*.csv", "/data")
        await attachment.detach()
        await here.hub.indexes.settle(theirs, 0.05)
        assert here.client.indexes[str(other)].exclude == ("/data", "*.csv")


async def test_each_folder_has_its_own_events(tmp_path: Path, root: Path) -> None:
    other = root.with_name("work2")  # a name that begins with the other's
    other.mkdir()
    async with place(tmp_path) as here:
        attachment = await here.hub.attach([str(root), str(other)], FakeEditor())
        await here.hub.indexes.settle(attachment, 0)
        await until(lambda: len(here.roots) == 2 and len(here.client.ordered("changed")) == 2)
        for folder in (root, other):  # both were told to look anew: from then on changes are told
            (folder / "new.txt").write_text("llama")
        for workspace in attachment.workspaces:  # as an editor tells all to all
            changes = [Changed(str(folder / "gone.txt"), "deleted") for folder in (root, other)]
            workspace.watcher.hear(changes)

        def told(folder: Path) -> set[str]:
            orders = [o for o in here.client.ordered("changed") if o["root"] == str(folder)]
            return {path for order in orders for path, kind in order["changes"] if kind != "rescan"}

        for folder in (root, other):
            wanted = {str(folder / "new.txt"), str(folder / "gone.txt")}
            await until(lambda folder=folder, wanted=wanted: told(folder) == wanted)  # type: ignore[misc]


async def test_a_failure_is_told_and_the_next_editor_tries_again(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: FakeClient, root: str, exclude: Sequence[str] = ()) -> WorkspaceIndex:
        raise OSError("no processes are left")

    async with place(tmp_path) as here:
        with monkeypatch.context() as patched:
            patched.setattr(FakeClient, "open", fails)
            attachment = await here.attach(root)
            await here.hub.indexes.settle(attachment, 20)
        (state,) = here.hub.indexes.states([str(root)])
        assert state.state == "off"
        assert "arriero daemon logs" in state.message
        assert not here.hub.indexes.indexed([str(root)])
        another = await here.attach(root)
        await here.hub.indexes.settle(another, 0)
        await until(lambda: here.roots == [str(root)])
