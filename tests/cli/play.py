"""A run as a fake daemon plays it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from arriero.workspace.uris import path_to_uri
from cli.fake_daemon import FakeConnection, FakeDaemon, Refusal

OLD, NEW = "one\ntwo\nthree\n", "one\n2\nthree\n"

LINE = "qwen3 · 6.1k of 16k tokens"
STEP = {
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


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def piece(words: str) -> dict[str, Any]:
    """A piece of the model's answer."""
    return {"sessionUpdate": "agent_message_chunk", "content": text(words)}


def retried(reason: str) -> dict[str, Any]:
    """The step's words so far do not count."""
    told = {"notice": "info", "retried": {"step": 1, "reason": reason}}
    words = f"\n> Asking again: {reason}\n\n"
    return {**piece(words), "_meta": {"arriero": told}}


class Play:
    """A run that reads a file, asks a permission and proposes to change a file."""

    def __init__(self, daemon: FakeDaemon, work: Path) -> None:
        self.path = work / "a.txt"
        self.path.write_text(OLD)
        self.permissions: list[Any] = []
        self.stop_reason = "end_turn"
        self.message = "Done."
        self.before: list[dict[str, Any]] = []
        self.after: list[dict[str, Any]] = []
        self.ask = False
        self.for_good: list[tuple[str, str]] = []
        daemon.on("session/new", {"sessionId": "s1"})
        daemon.on("session/set_mode", {})
        daemon.on("session/set_model", {})
        daemon.on("session/prompt", self.prompt)
        daemon.on("arriero/proposal", self.proposal())
        daemon.on("workspace/executeCommand", self.execute)

    async def prompt(self, client: FakeConnection, params: Any) -> Any:
        session = params["sessionId"]
        client.update("other", sessionUpdate="agent_message_chunk", content=text("not ours"))
        client.update(session, sessionUpdate="agent_thought_chunk", content=text("hm"))
        for update in self.before:
            client.update(session, **update)
        client.update(session, sessionUpdate="agent_message_chunk", content=text("I will "))
        client.update(session, sessionUpdate="agent_message_chunk", content=text("look.\x1b[2J"))
        client.update(
            session,
            sessionUpdate="tool_call",
            toolCallId="c1",
            title="Read a.txt",
            kind="read",
            rawInput={"path": "a.txt"},
        )
        client.update(
            session,
            sessionUpdate="tool_call_update",
            toolCallId="c1",
            status="failed",
            content=[{"type": "content", "content": text("Error: no such file")}],
            _meta={"arriero": {"status": "error", "durationMs": 3}},
        )
        client.update(
            session,
            sessionUpdate="agent_message_chunk",
            content=text("\n> Careful.\n\n"),
            _meta={"arriero": {"notice": "warning"}},
        )
        client.update(session, **retried("it was empty"))
        client.update(
            session,
            sessionUpdate="usage_update",
            used=6100,
            size=16_384,
            _meta={"arriero": {"step": STEP}},
        )
        for update in self.after:
            client.update(session, **update)
        if self.ask:
            self.permissions.append(
                await client.request(
                    "session/request_permission",
                    {
                        "sessionId": session,
                        "toolCall": {
                            "toolCallId": "c2",
                            "title": "Run make",
                            "content": [{"type": "content", "content": text("make all")}],
                        },
                        "options": [
                            {"optionId": f"id-{kind}", "name": kind, "kind": kind}
                            for kind in ("allow_once", "allow_always", "reject_once")
                        ]
                        + [
                            {"optionId": answer, "name": answer, "kind": kind}
                            for answer, kind in self.for_good
                        ],
                    },
                )
            )
        if self.stop_reason == "hang":
            await client.cancelled.wait()  # whoever plays has a limit of their own
            return {"stopReason": "cancelled", "_meta": {"arriero": {"runId": "r1"}}}
        if self.stop_reason == "error":
            raise Refusal("Ollama does not answer: start it.", data={"runId": "r1"})
        meta = {"runId": "r1", "message": self.message, "applied": False, "context": LINE}
        return {"stopReason": self.stop_reason, "_meta": {"arriero": meta}}

    def proposal(self) -> dict[str, Any]:
        hunk = {"id": "1", "state": "open", "line": 1, "oldLines": ["two\n"], "newLines": ["2\n"]}
        made = {"id": "2", "state": "open", "line": 0, "oldLines": [], "newLines": ["new\n"]}
        return {
            "runId": "r1",
            "sessionId": "s1",
            "label": "Change it",
            "files": [
                {
                    "uri": path_to_uri(str(self.path)),
                    "kind": "edit",
                    "newUri": None,
                    "oldText": OLD,
                    "newText": NEW,
                    "hunks": [hunk],
                },
                {
                    "uri": path_to_uri(str(self.path.with_name("b.txt"))),
                    "kind": "create",
                    "newUri": None,
                    "oldText": None,
                    "newText": "new\n",
                    "hunks": [made],
                },
            ],
            "edit": None,
        }

    async def execute(self, client: FakeConnection, params: Any) -> Any:
        hunks = params["arguments"][0]["hunks"]
        if params["command"] == "arriero.reject":
            return {"runId": "r1", "hunks": hunks}
        changes: list[dict[str, Any]] = []
        if "1" in hunks:
            place = {
                "start": {"line": 1, "character": 0},
                "end": {"line": 1, "character": 3},
            }
            document = {"uri": path_to_uri(str(self.path)), "version": 1}
            changes.append({"textDocument": document, "edits": [{"range": place, "newText": "2"}]})
        if "2" in hunks:
            uri = path_to_uri(str(self.path.with_name("b.txt")))
            zero = {"line": 0, "character": 0}
            changes.append({"kind": "create", "uri": uri})
            changes.append(
                {
                    "textDocument": {"uri": uri, "version": None},
                    "edits": [{"range": {"start": zero, "end": zero}, "newText": "new\n"}],
                }
            )
        answer = await client.request("workspace/applyEdit", {"edit": {"documentChanges": changes}})
        applied = answer["applied"]
        return {
            "runId": "r1",
            "applied": applied,
            "hunks": hunks if applied else [],
            "stale": [],
            "message": "" if applied else answer["failureReason"],
        }
