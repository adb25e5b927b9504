"""`arriero acp` with the protocol's own package as the editor, and the real daemon behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import acp
import pytest
import pytest_asyncio
from acp import schema

from arriero.models.rehearsal import Call, Simulator, Turn
from e2e.conftest import DaemonProcess, folders
from forked import program


@dataclass
class Person:
    """The client: it answers questions by `answers`, an option's id or its kind, in their order."""

    answers: list[str] = field(default_factory=list)
    unsaved: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    updates: list[Any] = field(default_factory=list)
    seen: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def request_permission(
        self,
        session_id: str,
        tool_call: schema.ToolCallUpdate,
        options: Sequence[schema.PermissionOption],
        **_: Any,
    ) -> schema.RequestPermissionResponse:
        self.asked.append(f"{tool_call.title}: {', '.join(one.name for one in options)}")
        wanted = self.answers.pop(0)
        for one in options:
            if wanted in (one.option_id, one.kind):
                chosen = schema.AllowedOutcome(outcome="selected", option_id=one.option_id)
                return schema.RequestPermissionResponse(outcome=chosen)
        return schema.RequestPermissionResponse(outcome=schema.DeniedOutcome(outcome="cancelled"))

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        async with self.seen:
            self.updates.append(update)
            self.seen.notify_all()

    async def read_text_file(self, path: str, **_: Any) -> schema.ReadTextFileResponse:
        name = Path(path).name
        text = self.unsaved.get(name)
        if text is None:
            text = await asyncio.to_thread(Path(path).read_text)
        return schema.ReadTextFileResponse(content=text)

    def on_connect(self, conn: Any) -> None:
        """Nothing is to be done."""

    @property
    def said(self) -> str:
        texts = [u.content.text for u in self.updates if u.session_update == "agent_message_chunk"]
        return "".join(texts)

    async def sees(self, kind: str) -> None:
        async with self.seen:
            await self.seen.wait_for(lambda: any(u.session_update == kind for u in self.updates))


@asynccontextmanager
async def editor(
    environment: dict[str, str], root: Path, person: Person, *, reads: bool = False
) -> AsyncIterator[acp.core.ClientSideConnection]:
    async with acp.spawn_agent_process(
        cast("acp.Client", person), *program(), "acp", env=environment, cwd=root
    ) as (connection, _):
        files = schema.FileSystemCapabilities(read_text_file=reads, write_text_file=False)
        told = await connection.initialize(
            protocol_version=1, client_capabilities=schema.ClientCapabilities(fs=files)
        )
        assert told.protocol_version == 1
        assert told.agent_info is not None
        assert told.agent_info.name == "arriero"
        yield connection


@dataclass(frozen=True)
class Talk:
    """A session of an editor's."""

    agent: acp.core.ClientSideConnection
    session_id: str

    async def prompt(self, words: str) -> schema.PromptResponse:
        return await self.agent.prompt(session_id=self.session_id, prompt=[acp.text_block(words)])


@asynccontextmanager
async def talk(
    environment: dict[str, str], root: Path, person: Person, *, reads: bool = False
) -> AsyncIterator[Talk]:
    async with editor(environment, root, person, reads=reads) as agent:
        session = await agent.new_session(cwd=str(root), mcp_servers=[])
        yield Talk(agent, session.session_id)


def edit(path: str, old: str, new: str) -> Call:
    return Call("edit_file", {"path": path, "old_string": old, "new_string": new})


def script(simulator: Simulator, *turns: Turn) -> None:
    simulator.script.__init__(list(turns), otherwise=Turn("Nothing more."))  # type: ignore[misc]


def two_files(simulator: Simulator) -> None:
    reads = [Call("read_file", {"path": name}) for name in ("a.txt", "b.txt")]
    calls = [edit("a.txt", "two", "2"), edit("b.txt", "five", "5")]
    script(simulator, Turn("", calls=reads), Turn("", calls=calls), Turn("Both are changed."))


@pytest.fixture
def files(root: Path) -> Path:
    (root / "b.txt").write_text("four\nfive\nsix\n")
    return root


@pytest.mark.parametrize(
    ("answers", "a", "b", "asked"),
    [
        (["accept", "accept"], "one\n2\nthree\n", "four\n5\nsix\n", 2),
        (["reject", "accept"], "one\ntwo\nthree\n", "four\n5\nsix\n", 2),
        (["accept_all"], "one\n2\nthree\n", "four\n5\nsix\n", 1),
        (["reject_all"], "one\ntwo\nthree\n", "four\nfive\nsix\n", 1),
        (["closed"], "one\ntwo\nthree\n", "four\nfive\nsix\n", 1),
    ],
)
async def test_each_file_is_asked_about(
    files: Path,
    environment: dict[str, str],
    daemon: DaemonProcess,
    simulator: Simulator,
    answers: list[str],
    a: str,
    b: str,
    asked: int,
) -> None:
    two_files(simulator)
    person = Person(list(answers))
    async with talk(environment, files, person) as talking:
        ended = await talking.prompt("Numbers, please.")
    assert ended.stop_reason == "end_turn"
    assert "Both are changed." in person.said
    assert len(person.asked) == asked
    assert person.asked[0].startswith("Edit a.txt (+1 \u22121): Accept, Accept all that is left")
    assert (files / "a.txt").read_text() == a
    assert (files / "b.txt").read_text() == b
    shown = [u for u in person.updates if u.session_update == "tool_call" and u.content]
    diffs = [c for u in shown for c in u.content if c.type == "diff" and "review" in u.tool_call_id]
    assert (diffs[0].old_text, diffs[0].new_text) == ("one\ntwo\nthree\n", "one\n2\nthree\n")


async def test_what_is_not_saved_is_left_as_it_is(
    files: Path,
    environment: dict[str, str],
    daemon: DaemonProcess,
    simulator: Simulator,
) -> None:
    two_files(simulator)
    person = Person(["accept_all"], unsaved={"a.txt": "one\ntwo\nthree\nand more\n"})
    async with talk(environment, files, person, reads=True) as talking:
        await talking.prompt("Go.")
    assert (files / "a.txt").read_text() == "one\ntwo\nthree\n"
    assert (files / "b.txt").read_text() == "four\n5\nsix\n"
    assert "a.txt has changes in the editor that are not saved" in person.said


async def test_a_permission_a_new_file_and_a_second_life(
    root: Path,
    environment: dict[str, str],
    daemon: DaemonProcess,
    simulator: Simulator,
) -> None:
    (root / ".arriero").mkdir()
    write = Call("write_file", {"path": "new/c.txt", "content": "made\n"})
    script(
        simulator,
        Turn("", calls=[Call("run_command", {"command": "true"})]),
        Turn("", calls=[write]),
        Turn("Made."),
    )
    person = Person(["reject_once", "accept"])
    environment["ARRIERO_PERMISSIONS__COMMANDS"] = "ask"
    async with talk(environment, root, person) as talking:
        ident = talking.session_id
        await talking.prompt("Make c.")
    assert person.asked[0].startswith("Run true")
    assert person.asked[1].startswith("Create new/c.txt")
    assert (root / "new" / "c.txt").read_text() == "made\n"
    again = Person()
    async with editor(environment, root, again) as agent:
        listed = await agent.list_sessions(cwd=str(root))
        assert ident in [one.session_id for one in listed.sessions]
        await agent.load_session(cwd=str(root), session_id=ident, mcp_servers=[])
        await again.sees("available_commands_update")
        assert "Made." in again.said
        await agent.set_session_mode(session_id=ident, mode_id="ask")
        script(simulator, Turn("Still here."))
        await agent.prompt(session_id=ident, prompt=[acp.text_block("And?")])
        assert "Still here." in again.said


async def test_a_prompt_is_cancelled(
    root: Path,
    environment: dict[str, str],
    daemon: DaemonProcess,
    simulator: Simulator,
) -> None:
    script(simulator, Turn("word " * 5_000, delay=0.01))
    person = Person()
    async with talk(environment, root, person) as talking:
        prompt = asyncio.ensure_future(talking.prompt("Talk."))
        await person.sees("agent_message_chunk")
        await talking.agent.cancel(session_id=talking.session_id)
        assert (await prompt).stop_reason == "cancelled"


async def test_the_daemon_is_killed_and_the_next_prompt_has_another(
    root: Path, own_environment: dict[str, str], own_daemon: DaemonProcess, simulator: Simulator
) -> None:
    await own_daemon.start()
    script(simulator, Turn("word " * 5_000, delay=0.01))
    person = Person()
    async with talk(own_environment, root, person) as talking:
        prompt = asyncio.ensure_future(talking.prompt("Talk."))
        await person.sees("agent_message_chunk")
        own_daemon.kill()
        with pytest.raises(acp.RequestError, match="The daemon ended"):
            await prompt
        await own_daemon.start()
        script(simulator, Turn("Back again."))
        ended = await talking.prompt("And now?")
        assert ended.stop_reason == "end_turn"
        assert "Back again." in person.said


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agent_process(
    tmp_path_factory: pytest.TempPathFactory, shared_runtime: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """An `arriero acp` that must outlive all that it is sent."""
    process = await asyncio.create_subprocess_exec(
        *program(),
        "acp",
        env=folders(tmp_path_factory.mktemp("acp"), shared_runtime),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    yield process
    rest, _ = await process.communicate(b"")
    assert (process.returncode, rest) == (0, b"")


BAD_LINES = [
    ('{"jsonrpc":"2.0","id":1,"method":"session/new","params":{}}', -32602, "`cwd` is missing"),
    (
        '{"jsonrpc":"2.0","id":1,"method":"session/new","params":{"cwd":"here"}}',
        -32602,
        "no absolute path",
    ),
    (
        '{"jsonrpc":"2.0","id":1,"method":"session/new","params":{"cwd":"/a\\u0000b"}}',
        -32602,
        "no absolute path",
    ),
    (
        '{"jsonrpc":"2.0","id":1,"method":"session/list","params":{"cwd":"/a\\ud800b"}}',
        -32602,
        "no absolute path",
    ),
    (
        '{"jsonrpc":"2.0","id":1,"method":"session/prompt","params":{"sessionId":"x"}}',
        -32602,
        "There is no session 'x'",
    ),
    ('{"jsonrpc":"2.0","id":1,"method":"session/fly"}', -32601, "no method 'session/fly'"),
    ('{"jsonrpc":"2.0","id":1,"method":"authenticate","params":[1]}', -32602, "an object"),
    ('{"jsonrpc":"2.0","id":[1],"method":"authenticate"}', -32600, "a number or a string"),
    ("{rubbish", -32700, "one line of JSON"),
    ("[1]", -32600, "A message is an object"),
    ('{"jsonrpc":"2.0","id":1,"method":7}', -32601, "no method 7"),
]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("line", "code", "words"), BAD_LINES)
async def test_bad_input_is_answered_once_and_ends_nothing(
    agent_process: asyncio.subprocess.Process, line: str, code: int, words: str
) -> None:
    assert agent_process.stdin is not None
    assert agent_process.stdout is not None
    after = '{"jsonrpc":"2.0","id":"last","method":"initialize","params":{}}'
    agent_process.stdin.write(f"{line}\n\n{after}\n".encode())
    told = [await asyncio.wait_for(agent_process.stdout.readline(), 20) for _ in range(2)]
    answers = [json.loads(one) for one in told]
    assert max(str(one["id"]) for one in answers) == "last"
    [error] = [one["error"] for one in answers if "error" in one]
    assert error["code"] == code
    assert words in error["message"]
