"""ACP's `session/*` methods on an LSP connection."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from acp import schema

from arriero.acp import door as acp
from arriero.agent.editor import PermissionQuestion
from arriero.agent.request import RunResult
from arriero.cli.trials.picture import red_square
from arriero.sessions.events import (
    Compacted,
    Event,
    EventBody,
    FileDiff,
    Location,
    Notice,
    StepEnded,
    StepRetried,
    StopReason,
    Text,
    Thought,
    ToolEnded,
    ToolStarted,
)
from lsp.fake_hub import FakeHub, FakeRun
from lsp.raw_client import PATIENCE, RawClient, RpcError, command
from lsp.serving import FULL, Connect, initialize

COMMANDS = "available_commands_update"


@pytest.fixture
async def client(connect: Connect) -> RawClient:
    return await connect(extensions=[acp.register])


@pytest.fixture
async def session(client: RawClient, folder: Path) -> str:
    return await new_session(client, folder)


async def new_session(client: RawClient, folder: Path) -> str:
    told = await client.request("session/new", {"cwd": str(folder), "mcpServers": []})
    found: str = told["sessionId"]
    return found


def prompt_params(session: str, *words: str | dict[str, Any]) -> dict[str, Any]:
    blocks = [{"type": "text", "text": one} if isinstance(one, str) else one for one in words]
    return {"sessionId": session, "prompt": blocks}


async def prompt(client: RawClient, session: str, *words: str | dict[str, Any]) -> Any:
    return await client.request("session/prompt", prompt_params(session, *words))


def updates(client: RawClient, session: str) -> list[Any]:
    """The updates of a session but for its commands; each must be what ACP's own schema says."""
    found = []
    for told in client.all("session/update"):
        schema.SessionNotification.model_validate(told)
        update = told["update"]
        if told["sessionId"] == session and update["sessionUpdate"] != COMMANDS:
            found.append(update)
    return found


async def working(run: FakeRun) -> RunResult:
    """A run with every kind of event."""
    path = run.handle.roots[0] + "/a.py"
    await run.emit(Thought(1, "Hm."))
    await run.emit(Text(1, "Let me "))
    await run.emit(Text(1, "look."))
    started = ToolStarted(
        1, "c1", "edit_file", {"path": "a.py"}, "Edit a.py", "edit", (Location(path, 3),)
    )
    await run.emit(started)
    diff = FileDiff(path, "old\n", "new\n")
    await run.emit(ToolEnded(1, "c1", "edit_file", "ok", "Edited.", 5, (Location(path),), (diff,)))
    await run.emit(StepEnded(1, prompt_tokens=100, answer_tokens=10))
    failed = ToolStarted(2, "c2", "run_command", {"command": "make"}, "Run make", "execute")
    await run.emit(failed)
    gone = FileDiff(path, "old\n", None)
    await run.emit(ToolEnded(2, "c2", "run_command", "error", "Error: 2", 5, (), (gone,)))
    await run.emit(Notice("warning", "The window\nis small."))
    await run.emit(StepEnded(2, prompt_tokens=150, answer_tokens=20))
    await run.emit(Text(3, "Done."))
    return await run.end("Done.", applied=True)


async def test_initialize_carries_acps_own_answer(connect: Connect, folder: Path) -> None:
    client = await connect(None, extensions=[acp.register])
    told = await initialize(client, FULL, None, [folder])
    answer = told["capabilities"]["experimental"]["agentClientProtocol"]
    model = schema.InitializeResponse.model_validate(answer)
    assert model.protocol_version == 1
    dumped = model.model_dump(by_alias=True, exclude_unset=True)
    assert dumped == answer, "a name that the schema does not know"


async def test_a_new_session_tells_modes_and_models(client: RawClient, folder: Path) -> None:
    told = await client.request("session/new", {"cwd": str(folder), "mcpServers": []})
    schema.NewSessionResponse.model_validate(told)
    assert told["modes"]["currentModeId"] == "agent"
    modes = [one["id"] for one in told["modes"]["availableModes"]]
    assert modes == ["ask", "edit", "agent", "plan"]
    mode, model = told["configOptions"]
    assert (mode["id"], mode["category"], mode["currentValue"]) == ("mode", "mode", "agent")
    assert (model["id"], model["currentValue"]) == ("model", "qwen3:8b")
    assert [one["value"] for one in model["options"]] == ["qwen3:8b", "gemma3:4b"]


async def test_a_session_can_be_made_without_a_provider(
    client: RawClient, hub: FakeHub, folder: Path
) -> None:
    hub.provider.problem = "Ollama does not answer; start it."
    told = await client.request("session/new", {"cwd": str(folder), "mcpServers": []})
    assert [one["id"] for one in told["configOptions"]] == ["mode"]


async def test_a_prompt(client: RawClient, hub: FakeHub, folder: Path, session: str) -> None:
    hub.script = working
    answer = await prompt(client, session, "Do it")
    assert answer == {
        "stopReason": "end_turn",
        "usage": {"inputTokens": 250, "outputTokens": 30, "totalTokens": 280},
        "_meta": {
            "arriero": {
                "runId": hub.last().run_id,
                "message": "Done.",
                "applied": True,
                "context": "qwen3:8b · 170 tokens",
            }
        },
    }
    (request,) = hub.requests
    assert (request.prompt, request.mode, request.label) == ("Do it", "agent", "Do it")
    assert request.session_id == session
    run, path = hub.last().run_id, str(folder / "a.py")
    assert updates(client, session) == [
        {
            "sessionUpdate": "agent_thought_chunk",
            "content": {"type": "text", "text": "Hm."},
            "messageId": f"{run}-1-thought",
        },
        {
            "sessionUpdate": "agent_message_chunk",
            "content": {"type": "text", "text": "Let me "},
            "messageId": f"{run}-1",
        },
        {
            "sessionUpdate": "agent_message_chunk",
            "content": {"type": "text", "text": "look."},
            "messageId": f"{run}-1",
        },
        {
            "sessionUpdate": "tool_call",
            "toolCallId": "c1",
            "title": "Edit a.py",
            "kind": "edit",
            "status": "in_progress",
            "locations": [{"path": path, "line": 3}],
            "rawInput": {"path": "a.py"},
            "_meta": {"arriero": {"name": "edit_file", "runId": run}},
        },
        {
            "sessionUpdate": "tool_call_update",
            "toolCallId": "c1",
            "status": "completed",
            "content": [
                {"type": "diff", "path": path, "oldText": "old\n", "newText": "new\n"},
                {"type": "content", "content": {"type": "text", "text": "Edited."}},
            ],
            "locations": [{"path": path}],
            "_meta": {"arriero": {"status": "ok", "durationMs": 5}},
        },
        {
            "sessionUpdate": "tool_call",
            "toolCallId": "c2",
            "title": "Run make",
            "kind": "execute",
            "status": "in_progress",
            "locations": [],
            "rawInput": {"command": "make"},
            "_meta": {"arriero": {"name": "run_command", "runId": run}},
        },
        {
            "sessionUpdate": "tool_call_update",
            "toolCallId": "c2",
            "status": "failed",
            "content": [
                {
                    "type": "diff",
                    "path": path,
                    "oldText": "old\n",
                    "newText": "",
                    "_meta": {"arriero": {"deleted": True}},
                },
                {"type": "content", "content": {"type": "text", "text": "Error: 2"}},
            ],
            "_meta": {"arriero": {"status": "error", "durationMs": 5}},
        },
        {
            "sessionUpdate": "agent_message_chunk",
            "content": {"type": "text", "text": "\n> The window\n> is small.\n\n"},
            "_meta": {"arriero": {"notice": "warning"}},
        },
        {
            "sessionUpdate": "agent_message_chunk",
            "content": {"type": "text", "text": "Done."},
            "messageId": f"{run}-3",
        },
    ]
    # The updates are this run's progress; a second one beside them would be noise.
    assert client.all("window/workDoneProgress/create") == []


async def test_usage_is_told_where_the_window_is_known(
    client: RawClient, hub: FakeHub, session: str
) -> None:
    settings = hub.attachments[0].settings
    window = settings.window.model_copy(update={"num_ctx": 8192})
    hub.attachments[0].settings = settings.model_copy(update={"window": window})
    hub.script = working
    await prompt(client, session, "Do it")
    used = [one for one in updates(client, session) if one["sessionUpdate"] == "usage_update"]
    assert [(one["used"], one["size"]) for one in used] == [(110, 8192), (170, 8192)]


STEP = StepEnded(1, 5800, 300, 40, 900, 9677, 5452, 16_384, "prompted")


async def stepping(run: FakeRun) -> RunResult:
    """A run that asks again, and tells what its steps take."""
    await run.emit(Text(1, "I will I will I will"))
    await run.emit(StepRetried(1, "the answer went in circles"))
    await run.emit(Text(1, "Done."))
    await run.emit(STEP)
    await run.emit(Compacted(2, {}, ("3 earlier messages",), 1))
    await run.emit(replace(STEP, step=2, prompt_tokens=900, cached_tokens=None))
    return await run.end("Done.")


async def test_steps_tell_what_they_take(client: RawClient, hub: FakeHub, session: str) -> None:
    hub.script = stepping
    told = await prompt(client, session, "Do it")
    line = "qwen3:8b · 1.2k of 16k tokens · 31 tokens/s · some left out"
    assert told["_meta"]["arriero"]["context"] == line
    first, again, _, usage, newest = updates(client, session)
    assert first["content"]["text"] == "I will I will I will"
    assert again["content"]["text"] == "\n> Asking again: the answer went in circles\n\n"
    assert again["_meta"]["arriero"] == {
        "notice": "info",
        "retried": {"step": 1, "reason": "the answer went in circles"},
    }
    assert (usage["used"], usage["size"]) == (6100, 16_384)
    assert usage["_meta"]["arriero"]["step"] == {
        "step": 1,
        "promptTokens": 5800,
        "answerTokens": 300,
        "loadMs": 40,
        "promptMs": 900,
        "answerMs": 9677,
        "cachedTokens": 5452,
        "window": 16_384,
        "rung": "prompted",
    }
    assert newest["_meta"]["arriero"]["step"]["cachedTokens"] is None


async def test_only_the_newest_usage_is_replayed(
    connect: Connect, client: RawClient, hub: FakeHub, folder: Path, session: str
) -> None:
    hub.script = stepping
    await prompt(client, session, "Do it")
    other = await connect(extensions=[acp.register])
    params = {"sessionId": session, "cwd": str(folder), "mcpServers": []}
    await other.request("session/load", params)
    used = [one["used"] for one in updates(other, session) if "used" in one]
    assert used == [1200]
    assert updates(other, session)[-1]["used"] == 1200


@pytest.mark.parametrize("loads", [False, True])
async def test_the_commands_are_told(
    client: RawClient, hub: FakeHub, folder: Path, loads: bool
) -> None:
    session = await new_session(client, folder)
    assert client.all("session/update") == [], "the client knows the session only by the answer"
    told = await client.until("session/update", lambda one: one["sessionId"] == session)
    if loads:
        before = len(client.all("session/update"))
        params = {"sessionId": session, "cwd": str(folder), "mcpServers": []}
        await client.request("session/load", params)
        (told,) = client.all("session/update")[before:]
    assert told["update"]["sessionUpdate"] == COMMANDS
    assert [one["name"] for one in told["update"]["availableCommands"]] == ["context"]


async def test_context_is_answered_without_a_run(
    client: RawClient, hub: FakeHub, session: str
) -> None:
    told = await prompt(client, session, "/context")
    assert told["stopReason"] == "end_turn"
    assert "runId" not in told["_meta"]["arriero"]
    assert updates(client, session)[-1]["content"]["text"].startswith("Nothing was sent")
    hub.script = stepping
    await prompt(client, session, "Do it")
    await prompt(client, session, " /context ")
    page = updates(client, session)[-1]["content"]["text"]
    assert "| Window | 1,200 of 16,384 tokens (7 %) |" in page
    assert "- 3 earlier messages" in page
    assert [one.prompt for one in hub.requests] == ["Do it"]


@pytest.mark.parametrize(
    "reason", ["end_turn", "max_tokens", "max_turn_requests", "refusal", "cancelled"]
)
async def test_stop_reasons(
    client: RawClient, hub: FakeHub, session: str, reason: StopReason
) -> None:
    async def script(run: FakeRun) -> RunResult:
        return await run.end("m", reason)

    hub.script = script
    answer = await prompt(client, session, "p")
    schema.PromptResponse.model_validate(answer)
    assert answer["stopReason"] == reason


@pytest.mark.parametrize("reason", ["error", "interrupted"])
async def test_a_failed_run_is_an_error_with_its_sentence(
    client: RawClient, hub: FakeHub, session: str, reason: StopReason
) -> None:
    async def script(run: FakeRun) -> RunResult:
        return await run.end("Ollama does not answer; start it.", reason)

    hub.script = script
    with pytest.raises(RpcError, match="-32603: Ollama does not answer; start it") as caught:
        await prompt(client, session, "p")
    assert caught.value.data == {"runId": hub.last().run_id}


LINK = {"type": "resource_link", "name": "a.py", "uri": "file:///w/a%20b.py"}
EMBEDDED = {
    "type": "resource",
    "resource": {"uri": "file:///w/c.py", "text": "c = 1\n", "mimeType": "text/x-python"},
}
BLOB = {"type": "resource", "resource": {"uri": "file:///w/d.png", "blob": "AAAA"}}
PICTURE = red_square()
IMAGE = {"type": "image", "data": b64encode(PICTURE).decode(), "mimeType": "image/png"}
SOUND = {"type": "audio", "data": "AAAA", "mimeType": "audio/wav"}


@pytest.mark.parametrize(
    ("blocks", "text", "items", "left_out"),
    [
        (["One ", "two"], "One two", [], None),
        (["See ", LINK, "!"], "See /w/a b.py!", [], None),
        (["See ", EMBEDDED], "See /w/c.py", [("/w/c.py", "c = 1\n")], None),
        (["See ", BLOB], "See /w/d.png", [], "/w/d.png (not a text)"),
        (["See", IMAGE, SOUND], "See", [], "a sound"),
        (["See", {**IMAGE, "data": "?"}], "See", [], "an image that cannot be read"),
        (["See", {**IMAGE, "data": ""}], "See", [], "an image that is empty"),
        (
            ["See", {**IMAGE, "data": "aGVsbG8="}],
            "See",
            [],
            "an image that is not a PNG, JPEG, WebP or GIF file",
        ),
        (
            ["See", {**IMAGE, "data": "iVBORw0KGgo="}],
            "See",
            [],
            "an image that is a PNG file that breaks off or is damaged",
        ),
    ],
)
async def test_content_blocks(
    client: RawClient,
    hub: FakeHub,
    session: str,
    blocks: Any,
    text: str,
    items: list[tuple[str, str]],
    left_out: str | None,
) -> None:
    await prompt(client, session, *blocks)
    (request,) = hub.requests
    assert request.prompt == text
    assert [(item.title, item.text) for item in request.attachments] == items
    assert request.images == ((PICTURE,) if IMAGE in blocks else ())
    said = [one["content"]["text"] for one in updates(client, session)]
    left = [] if left_out is None else [f"\n> Left out: {left_out}.\n\n"]
    assert said == [*left, "\n> An answer.\n\n"]


@pytest.mark.parametrize("schema", [{"type": "object"}, None])
async def test_the_shape_of_the_last_answer(
    client: RawClient, hub: FakeHub, session: str, schema: Any
) -> None:
    params = {**prompt_params(session, "Do"), "_meta": {"arriero": {"outputSchema": schema}}}
    await client.request("session/prompt", params)
    assert hub.requests[-1].output_schema == schema
    params["_meta"] = {"arriero": {"outputSchema": {"type": "nothing"}}}
    with pytest.raises(RpcError, match="-32602: The output schema cannot be used: 'nothing'"):
        await client.request("session/prompt", params)


async def test_one_prompt_at_a_time(client: RawClient, hub: FakeHub, session: str) -> None:
    hub.script = endless
    _, running = client.start("session/prompt", prompt_params(session, "One"))
    await client.until("session/update")
    with pytest.raises(RpcError, match="-32600: This session is still answering"):
        await prompt(client, session, "Two")
    client.notify("session/cancel", {"sessionId": session})
    assert (await asyncio.wait_for(running, PATIENCE))["stopReason"] == "cancelled"
    hub.script = working
    assert (await prompt(client, session, "Three"))["stopReason"] == "end_turn"


async def endless(run: FakeRun) -> RunResult:
    await run.emit(Text(1, "…"))
    await asyncio.Event().wait()
    raise AssertionError


async def test_cancel_right_after_the_prompt(client: RawClient, hub: FakeHub, session: str) -> None:
    hub.script = endless
    _, running = client.start("session/prompt", prompt_params(session, "One"))
    client.notify("session/cancel", {"sessionId": session})
    assert (await asyncio.wait_for(running, PATIENCE))["stopReason"] == "cancelled"
    client.notify("session/cancel", {"sessionId": session})
    client.notify("session/cancel", {"sessionId": "none"})


async def test_cancelling_the_request_cancels_the_run(
    client: RawClient, hub: FakeHub, session: str
) -> None:
    hub.script = endless
    number, running = client.start("session/prompt", prompt_params(session, "One"))
    await client.until("session/update")
    client.notify("$/cancelRequest", {"id": number})
    with pytest.raises(RpcError, match="-32800"):
        await asyncio.wait_for(running, PATIENCE)
    result = await asyncio.wait_for(hub.last().wait(), PATIENCE)
    assert result.stop_reason == "cancelled"


async def test_a_run_outlives_its_editor(client: RawClient, hub: FakeHub, session: str) -> None:
    go_on = asyncio.Event()

    async def script(run: FakeRun) -> RunResult:
        await run.emit(Text(1, "…"))
        await go_on.wait()
        return await run.end()

    hub.script = script
    client.start("session/prompt", prompt_params(session, "One"))
    await client.until("session/update")
    client._writer.close()
    await asyncio.wait_for(hub.attachments[0].detached.wait(), PATIENCE)
    go_on.set()
    result = await asyncio.wait_for(hub.last().wait(), PATIENCE)
    assert result.stop_reason == "end_turn"


# -- permissions


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [
        ({"outcome": "selected", "optionId": "allow_once"}, "allow_once"),
        ({"outcome": "selected", "optionId": "allow_always"}, "allow_always"),
        ({"outcome": "selected", "optionId": "reject_once"}, "reject_once"),
        ({"outcome": "selected", "optionId": "nonsense"}, "cancelled"),
        ({"outcome": "cancelled"}, "cancelled"),
        ("nonsense", "cancelled"),
    ],
)
async def test_a_permission_is_asked_through_acp(
    client: RawClient, hub: FakeHub, session: str, outcome: Any, answer: str
) -> None:
    async def script(run: FakeRun) -> RunResult:
        question = PermissionQuestion(
            run.handle.session_id, run.handle.run_id, "c1", "Run make", "command: make"
        )
        return await run.end(await run.editor.ask(question))

    hub.script = script
    client.answers["session/request_permission"] = lambda _: {"outcome": outcome}
    told = await prompt(client, session, "p")
    assert told["_meta"]["arriero"]["message"] == answer
    (asked,) = client.all("session/request_permission")
    schema.RequestPermissionRequest.model_validate(asked)
    assert asked["toolCall"]["toolCallId"] == "c1"
    assert asked["toolCall"]["title"] == "Run make"
    assert asked["toolCall"]["content"][0]["content"]["text"] == "command: make"
    assert [one["kind"] for one in asked["options"]] == [
        "allow_once",
        "allow_always",
        "reject_once",
    ]


@pytest.mark.parametrize("answer", ["allow_here", "reject_here"])
async def test_answers_for_good_are_options_where_they_are_offered(
    client: RawClient, hub: FakeHub, session: str, answer: str
) -> None:
    async def script(run: FakeRun) -> RunResult:
        question = PermissionQuestion(
            run.handle.session_id,
            run.handle.run_id,
            "c1",
            "Run make",
            "command: make",
            ("allow_once", "allow_here", "reject_here", "reject_once"),
            "run_command(make)",
        )
        return await run.end(await run.editor.ask(question))

    hub.script = script
    chosen = {"outcome": "selected", "optionId": answer}
    client.answers["session/request_permission"] = lambda _: {"outcome": chosen}
    told = await prompt(client, session, "p")
    assert told["_meta"]["arriero"]["message"] == answer
    (asked,) = client.all("session/request_permission")
    schema.RequestPermissionRequest.model_validate(asked)
    assert [(one["optionId"], one["kind"]) for one in asked["options"]] == [
        ("allow_once", "allow_once"),
        ("allow_here", "allow_always"),
        ("reject_here", "reject_always"),
        ("reject_once", "reject_once"),
    ]


async def test_a_command_asks_with_buttons_on_the_same_connection(
    client: RawClient, hub: FakeHub, session: str
) -> None:
    async def script(run: FakeRun) -> RunResult:
        question = PermissionQuestion(
            run.handle.session_id, run.handle.run_id, "c1", "Run make", "command: make"
        )
        return await run.end(await run.editor.ask(question))

    hub.script = script
    client.answers["window/showMessageRequest"] = lambda _: {"title": "Allow"}
    result = await client.command("arriero.agent", prompt="p")
    assert result["message"] == "allow_once"
    assert client.all("session/request_permission") == []


# -- sessions


async def test_load_replays_the_history(
    connect: Connect, client: RawClient, hub: FakeHub, folder: Path, session: str
) -> None:
    hub.script = working
    await prompt(client, session, "Do it")
    other = await connect(extensions=[acp.register])
    params = {"sessionId": session, "cwd": str(folder), "mcpServers": []}
    told = await other.request("session/load", params)
    schema.LoadSessionResponse.model_validate(told)
    assert told["modes"]["currentModeId"] == "agent"
    live, replayed = updates(client, session), updates(other, session)
    assert replayed[0]["sessionUpdate"] == "user_message_chunk"
    assert replayed[0]["content"]["text"] == "Do it"
    assert replayed[2]["content"]["text"] == "Let me look."
    assert [one["sessionUpdate"] for one in replayed[3:]] == [
        one["sessionUpdate"] for one in live[3:]
    ]
    # From now on it follows the session, and what the other client says in it.
    before = len(replayed)
    await prompt(client, session, "Again")
    await other.until_true(lambda: len(updates(other, session)) >= before + 9)
    assert updates(other, session)[before]["content"]["text"] == "Again"
    assert len(updates(client, session)) == 2 * len(live), "its own words are not repeated to it"


Late = Callable[[list[Event]], Sequence[Event]]
"""Says what another door adds while a history is read, given that history."""


@pytest.fixture
def reader(
    client: RawClient,
    hub: FakeHub,
    connect: Connect,
    session: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Late], Awaitable[RawClient]]:
    """Make another client, to which more happens whenever it reads the history of a prompt."""

    async def make(late: Late) -> RawClient:
        hub.script = working
        await prompt(client, session, "Do it")
        other = await connect(extensions=[acp.register])
        attachment = hub.attachments[-1]
        read = attachment.events

        async def events(session_id: str) -> list[Event]:
            history = await read(session_id)
            for event in late(history):
                await attachment.editor.event(event)
            return history

        monkeypatch.setattr(attachment, "events", events)
        return other

    return make


def one_more(history: list[Event], text: str) -> Event:
    return replace(history[-1], seq=history[-1].seq + 1, body=Text(9, text))


def texts_of(client: RawClient, session: str) -> list[str]:
    told = [one.get("content", {}) for one in updates(client, session)]
    return [one["text"] for one in told if isinstance(one, dict) and "text" in one]


async def test_what_comes_while_a_history_is_sent_is_told_once_and_behind_it(
    reader: Callable[[Late], Awaitable[RawClient]], folder: Path, session: str
) -> None:
    def late(history: list[Event]) -> Sequence[Event]:
        said = next(event for event in history if isinstance(event.body, Text))
        return said, one_more(history, "And more.")

    other = await reader(late)
    params = {"sessionId": session, "cwd": str(folder), "mcpServers": []}
    await other.request("session/load", params)
    texts = texts_of(other, session)
    assert texts[0] == "Do it"
    assert texts.count("Let me look.") == 1
    assert texts[-1] == "And more."


async def test_histories_that_are_asked_for_at_once_come_one_after_the_other(
    reader: Callable[[Late], Awaitable[RawClient]], folder: Path, session: str
) -> None:
    told_late = list[str]()

    def late(history: list[Event]) -> Sequence[Event]:
        told_late.append(f"More {len(told_late)}.")
        return (one_more(history, told_late[-1]),)

    other = await reader(late)
    params = {"sessionId": session, "cwd": str(folder), "mcpServers": []}
    await asyncio.gather(*(other.request("session/load", params) for _ in range(2)))
    texts = texts_of(other, session)
    after = [text for text in texts if text.startswith("More")]
    assert sorted(after) == sorted(told_late), "each is told once"
    assert len(told_late) == 2
    history = [text for text in texts if text not in after]
    assert history[: len(history) // 2] * 2 == history


async def test_a_failed_run_is_replayed_with_its_sentence(
    client: RawClient, hub: FakeHub, folder: Path, session: str
) -> None:
    async def script(run: FakeRun) -> RunResult:
        return await run.end("It broke.", "error")

    hub.script = script
    with pytest.raises(RpcError):
        await prompt(client, session, "p")
    params = {"sessionId": session, "cwd": str(folder), "mcpServers": []}
    await client.request("session/load", params)
    assert updates(client, session)[-1]["content"]["text"] == "\n> It broke.\n\n"


ENDS: list[tuple[list[EventBody], StopReason, str, str | None]] = [
    ([Text(1, "Do"), Text(1, "ne.")], "end_turn", "Done.", None),
    ([Text(1, "A part "), Text(1, "of it")], "max_tokens", "A part of it", None),
    ([], "end_turn", "The answer was empty.", "The answer was empty."),
    ([Text(1, "I look.")], "max_turn_requests", "Stopped after 40.", "Stopped after 40."),
    ([Text(1, "No."), StepRetried(1, "x")], "end_turn", "No.", "No."),
    ([Text(1, "I look.")], "cancelled", "Cancelled.", None),
]


@pytest.mark.parametrize(("said", "reason", "message", "told"), ENDS)
async def test_an_end_that_is_not_in_the_models_words_is_told(
    client: RawClient,
    hub: FakeHub,
    folder: Path,
    session: str,
    said: list[EventBody],
    reason: StopReason,
    message: str,
    told: str | None,
) -> None:
    async def script(run: FakeRun) -> RunResult:
        for body in said:
            await run.emit(body)
        return await run.end(message, reason)

    hub.script = script
    await prompt(client, session, "p")
    live = updates(client, session)
    params = {"sessionId": session, "cwd": str(folder), "mcpServers": []}
    await client.request("session/load", params)
    replayed = updates(client, session)[len(live) :]
    for shown in (live, replayed):
        notices = [
            one["content"]["text"].strip("\n> ")
            for one in shown
            if "notice" in one.get("_meta", {}).get("arriero", {})
        ]
        assert [one for one in notices if "Asking again" not in one] == ([told] if told else [])


async def test_a_command_in_a_followed_session_is_shown_too(
    client: RawClient, hub: FakeHub, session: str
) -> None:
    await client.request(
        "workspace/executeCommand", command("arriero.ask", prompt="Why?", sessionId=session)
    )
    asked, answered = updates(client, session)
    assert asked["sessionUpdate"] == "user_message_chunk"
    assert answered["content"]["text"] == "\n> An answer.\n\n"


async def test_sessions_that_are_not_followed_are_not_shown(
    client: RawClient, hub: FakeHub, session: str
) -> None:
    hub.script = working
    await client.command("arriero.agent", prompt="p")
    kinds = {one["update"]["sessionUpdate"] for one in client.all("session/update")}
    assert kinds <= {COMMANDS}  # they follow the answer to `session/new`, sooner or later


async def test_list(client: RawClient, folder: Path, session: str) -> None:
    told = await client.request("session/list", {})
    schema.ListSessionsResponse.model_validate(told)
    assert told["sessions"] == [
        {"sessionId": session, "cwd": str(folder), "updatedAt": "1970-01-01T00:16:40+00:00"}
    ]
    told = await client.request("session/list", {"cwd": str(folder)})
    assert len(told["sessions"]) == 1
    assert (await client.request("session/list", {"cwd": "/other"}))["sessions"] == []


async def test_set_mode(client: RawClient, hub: FakeHub, session: str) -> None:
    assert await client.request("session/set_mode", {"sessionId": session, "modeId": "ask"}) == {}
    assert updates(client, session) == [
        {"sessionUpdate": "current_mode_update", "currentModeId": "ask"}
    ]
    await prompt(client, session, "p")
    assert hub.requests[0].mode == "ask"
    with pytest.raises(RpcError, match="-32602: There is no mode 'yolo'; the modes are ask, edit"):
        await client.request("session/set_mode", {"sessionId": session, "modeId": "yolo"})


async def test_set_model(client: RawClient, hub: FakeHub, session: str) -> None:
    params = {"sessionId": session, "modelId": "gemma3:4b"}
    assert await client.request("session/set_model", params) == {}
    assert hub.sessions[session].model == "gemma3:4b"


@pytest.mark.parametrize("way", ["session/set_model", "session/set_config_option"])
async def test_a_model_that_is_not_there_is_told_when_it_is_chosen(
    client: RawClient, hub: FakeHub, session: str, way: str
) -> None:
    def params(model: str) -> dict[str, str]:
        chosen = {"modelId": model, "configId": "model", "value": model}
        return {"sessionId": session, **chosen}

    with pytest.raises(RpcError, match="-32602: There is no model none; pull it first"):
        await client.request(way, params("none"))
    assert hub.sessions[session].model is None
    hub.provider.problem = "Ollama does not answer: start it."
    told = await client.request(way, params("none"))
    assert "Ollama does not answer: start it. It is kept" in told["_meta"]["arriero"]["notice"]
    assert hub.sessions[session].model == "none"


@pytest.mark.parametrize(("option", "value"), [("mode", "plan"), ("model", "gemma3:4b")])
async def test_set_config_option(
    client: RawClient, hub: FakeHub, session: str, option: str, value: str
) -> None:
    params = {"sessionId": session, "configId": option, "value": value}
    told = await client.request("session/set_config_option", params)
    schema.SetSessionConfigOptionResponse.model_validate(told)
    now = {one["id"]: one["currentValue"] for one in told["configOptions"]}
    assert now[option] == value
    assert getattr(hub.sessions[session], option) == value
    with pytest.raises(RpcError, match="-32602: There is no option 'x'"):
        await client.request("session/set_config_option", {**params, "configId": "x"})


@pytest.mark.parametrize(
    ("method", "params", "sentence"),
    [
        ("session/new", {}, "`cwd`: Field required."),
        ("session/new", {"cwd": "/nowhere", "mcpServers": []}, "/nowhere is not open here"),
        ("session/new", [1], "`params`"),
        ("session/new", None, "`cwd`: Field required."),
        (
            "session/prompt",
            {"sessionId": "x", "prompt": [{"type": "text"}]},
            "`prompt.0.text.text`",
        ),
        ("session/prompt", {"sessionId": "x", "prompt": []}, "The prompt is empty"),
        ("session/prompt", {"sessionId": "x", "prompt": "words"}, "`prompt`"),
        ("session/prompt", {"sessionId": "x", "prompt": [1] * 10_000}, "`prompt.0`"),
        ("session/prompt", {"sessionId": "x", "prompt": [1] * 10_001}, "more than 10,000 items"),
        (
            "session/prompt",
            {"sessionId": "x", "prompt": [{"type": "text", "text": "p"}]},
            "There is no session 'x': ask for the list of them, or begin a new one.",
        ),
        ("session/load", {"sessionId": "x", "mcpServers": []}, "`cwd`: Field required."),
        (
            "session/set_mode",
            {"sessionId": "x", "modeId": "ask"},
            "There is no session 'x': ask for the list of them, or begin a new one.",
        ),
        ("session/set_model", {"sessionId": "x"}, "`modelId`: Field required."),
        (
            "session/set_model",
            {"sessionId": "x", "modelId": "m"},
            "There is no session 'x': ask for the list of them, or begin a new one.",
        ),
        ("session/list", {"cwd": 5}, "`cwd`"),
    ],
)
async def test_what_does_not_fit_is_answered_with_a_sentence(
    client: RawClient, method: str, params: Any, sentence: str
) -> None:
    with pytest.raises(RpcError) as caught:
        await client.request(method, params)
    assert caught.value.code == -32602
    assert sentence in caught.value.message


async def test_load_checks_folder_and_session(
    client: RawClient, folder: Path, session: str
) -> None:
    for params, sentence in (
        ({"sessionId": session, "cwd": "/nowhere"}, "/nowhere is not open here"),
        (
            {"sessionId": "x", "cwd": str(folder)},
            "There is no session 'x': ask for the list of them, or begin a new one.",
        ),
    ):
        with pytest.raises(RpcError, match=sentence):
            await client.request("session/load", {**params, "mcpServers": []})


async def test_a_prompt_without_initialize(connect: Connect) -> None:
    client = await connect(None, extensions=[acp.register])
    with pytest.raises(RpcError, match="-32002"):
        await prompt(client, "x", "p")


async def test_a_lone_surrogate_is_shown_as_a_mark(
    client: RawClient, hub: FakeHub, session: str
) -> None:
    async def script(run: FakeRun) -> RunResult:
        await run.emit(Text(1, "a\ud83d"))
        where = (Location("/w/\udce9"),)
        await run.emit(ToolStarted(1, "c", "n", {"path": "\udce9"}, "t\udce9", "read", where))
        return await run.end("")

    hub.script = script
    await prompt(client, session, "p")
    text, tool = updates(client, session)
    assert text["content"]["text"] == "a\N{REPLACEMENT CHARACTER}"
    assert tool["title"] == "t\N{REPLACEMENT CHARACTER}"
