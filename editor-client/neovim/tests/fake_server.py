"""A stand-in for `arriero lsp` that tests talk to: real framing, scripted behaviour, no model.

It speaks LSP on stdin and stdout and writes every message it receives to the file named by
FAKE_LOG, one JSON object a line. A run that edits proposes to upper-case each line that holds
"todo", one hunk a line; words in the prompt ask for more:

    apply   the change is applied at once, without review
    create  the proposal also creates new.txt beside the document
    slow    the run goes on until it is cancelled
    die     the server's process ends

FAKE_FAULT makes it misbehave, for tests that must then fail or must cope: "deaf" never applies what
was accepted, "late" names an old version of the document in its edits, "unindexed" has no index.
"""

# ruff: noqa: INP001

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from fake_chat import FakeChat
from fake_index import FakeIndex
from fake_proposal import File, Json, propose, whole_lines

ANSWERS = {"arriero.ask", "arriero.explain", "arriero.review"}
EDITS = {
    f"arriero.{name}" for name in ("edit", "agent", "fix", "document", "test", "followComment")
}
OTHERS = {
    f"arriero.{name}"
    for name in (
        "accept",
        "reject",
        "undo",
        "redo",
        "cancel",
        "status",
        "selectModel",
        "commitMessage",
        "reindex",
    )
}
CANCELLED = {"code": -32800, "message": "cancelled"}


class FakeServer(FakeChat):
    """One connection; handles one message after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, tuple[str, int]] = {}
        self.proposals: dict[str, list[File]] = {}
        self.slow: dict[int, Any] = {}
        self.model = "small"
        self.index = FakeIndex()

    # -- the standard's messages

    def on_initialize(self, _params: Json, ident: int) -> None:
        """Answer with what this server can do."""
        capabilities = {
            "textDocumentSync": {"openClose": True, "change": 1},
            "codeActionProvider": {"codeActionKinds": ["quickfix", ""]},
            "executeCommandProvider": {"commands": sorted(ANSWERS | EDITS | OTHERS)},
        }
        self.send({"id": ident, "result": {"capabilities": capabilities}})

    def on_shutdown(self, _params: Json, ident: int) -> None:
        """Agree."""
        self.send({"id": ident, "result": None})

    def on_exit(self, _params: Json, _ident: None) -> None:
        """Go."""
        sys.exit(0)

    def on_textDocument_didOpen(self, params: Json, _ident: None) -> None:  # noqa: N802
        """Keep the text."""
        document = params["textDocument"]
        self.texts[document["uri"]] = (document["text"], document["version"])

    def on_textDocument_didChange(self, params: Json, _ident: None) -> None:  # noqa: N802
        """Keep the new text."""
        document = params["textDocument"]
        self.texts[document["uri"]] = (params["contentChanges"][-1]["text"], document["version"])

    def on_textDocument_codeAction(self, params: Json, ident: int) -> None:  # noqa: N802
        """Offer to fix and to explain."""
        where = {"textDocument": params["textDocument"], "range": params["range"]}
        actions = [
            {
                "title": title,
                "kind": kind,
                "command": {"title": title, "command": name, "arguments": [where]},
            }
            for title, kind, name in (
                ("Fix this problem", "quickfix", "arriero.fix"),
                ("Explain", "", "arriero.explain"),
            )
        ]
        self.send({"id": ident, "result": actions})

    def on__cancelRequest(self, params: Json, _ident: None) -> None:  # noqa: N802
        """End a slow run."""
        if self.slow.pop(params["id"], None) is not None:
            self.status()
            self.send({"id": params["id"], "error": CANCELLED})

    # -- Arriero's own messages

    def on_arriero_status(self, _params: Json, ident: int) -> None:
        """Tell the status."""
        self.send({"id": ident, "result": self.status_now()})

    def on_arriero_models(self, _params: Json, ident: int) -> None:
        """Tell two models."""
        models = [{"name": name, "provider": "ollama", "size": 10**9} for name in ("small", "big")]
        selected = {"provider": "ollama", "model": self.model}
        self.send({"id": ident, "result": {"models": models, "selected": selected}})

    def on_arriero_proposal(self, params: Json, ident: int) -> None:
        """Tell a proposal as it stands."""
        run = params["runId"]
        files = [file.to_json() for file in self.proposals[run]]
        result = {"runId": run, "sessionId": "s", "label": "Upper-case", "files": files, "edit": {}}
        self.send({"id": ident, "result": result})

    def on_arriero_sessions(self, _params: Json, ident: int) -> None:
        """Tell one session with all runs that made a proposal."""
        runs = [
            {"runId": run, "label": f"Shout {run}", "stopReason": "end_turn"}
            for run in self.proposals
        ]
        session = {"sessionId": "s", "title": "Shout", "updatedAt": 0, "runs": runs}
        self.send({"id": ident, "result": {"sessions": [session]}})

    def on_arriero_index(self, _params: Json, ident: int) -> None:
        """Tell how far the index is."""
        self.send({"id": ident, "result": {"indexes": [self.index.look()]}})

    def on_arriero_search(self, params: Json, ident: int) -> None:
        """Find the lines of open documents that hold the query."""
        self.send({"id": ident, **self.index.search(params, self.texts)})

    def on_arriero_map(self, params: Json, ident: int) -> None:
        """Outline one file, and what was asked for."""
        text = f"a.txt:\n  {params['words'] or 'nothing'}\n"
        result = {"text": text, "tokens": 5, "complete": True, "note": self.index.note}
        self.send({"id": ident, "result": result})

    def on_workspace_executeCommand(self, params: Json, ident: int) -> None:  # noqa: N802
        """Run a command."""
        name, argument = params["command"], params["arguments"][0]
        token = params.get("workDoneToken")
        if name in ANSWERS | EDITS:
            self.run(name, argument, ident, token)
        elif name in ("arriero.accept", "arriero.reject"):
            self.decide(name.split(".")[1], argument, ident)
        elif name == "arriero.undo":
            self.undo(argument, ident)
        elif name == "arriero.redo":  # without a run: what was taken back last
            run = argument.get("runId", "the last run")
            result = {"runId": run, "applied": True, "kept": [], "message": f"Redone: {run}."}
            self.send({"id": ident, "result": result})
        elif name == "arriero.selectModel":
            self.model = argument["model"]
            self.status()
            self.send({"id": ident, "result": None})
        elif name == "arriero.reindex":
            self.index.rebuild()
            self.send({"id": ident, "result": {"started": True, "message": ""}})
        elif name == "arriero.commitMessage":
            self.send({"id": ident, "result": result_of("run-c", "```\nAdd a thing\n```")})
        else:
            for slow in list(self.slow):
                self.on__cancelRequest({"id": slow}, None)
            self.send({"id": ident, "result": None})

    # -- runs

    def run(self, name: str, argument: Json, ident: int, token: str | None) -> None:
        """Do what a command that starts a run does."""
        prompt = argument.get("prompt", "")
        self.progress(token, {"kind": "begin", "title": name, "cancellable": True})
        self.progress(token, {"kind": "report", "message": "step 1: reads"})
        if "die" in prompt:
            sys.exit(3)
        if "slow" in prompt:
            self.slow[ident] = True
            self.status()
            return
        self.progress(token, {"kind": "end"})
        run = f"run-{len(self.proposals) + 1}"
        if name in ANSWERS:
            self.send({"id": ident, "result": result_of(run, f"# Answer\n\nTo: *{prompt}*\n")})
            return
        uri = argument["textDocument"]["uri"]
        self.proposals[run] = propose(uri, self.texts[uri][0], create="create" in prompt)
        if "apply" in prompt:
            self.apply(run, lambda done: self.send(self.applied(ident, run, done)))
            return
        self.told(run)
        self.send({"id": ident, "result": result_of(run, "I **shouted**.", edit={})})

    def decide(self, decision: str, argument: Json, ident: int) -> None:
        """Accept or reject hunks."""
        run = argument["runId"]
        ids = set(argument["hunks"]) if "hunks" in argument else None
        chosen = [hunk for file in self.proposals[run] for hunk in file.chosen(ids)]
        names = [hunk.id for hunk in chosen]
        if decision == "reject":
            for hunk in chosen:
                hunk.state = "rejected"
            self.told(run)
            self.send({"id": ident, "result": {"runId": run, "hunks": names}})
            return

        def done(applied: bool) -> None:
            result = {
                "runId": run,
                "applied": applied,
                "hunks": names if applied else [],
                "stale": [],
                "message": "" if applied else "The editor did not apply the change.",
            }
            self.told(run)
            self.send({"id": ident, "result": result})

        self.apply(run, done, ids)

    def undo(self, argument: Json, ident: int) -> None:
        """Put the first texts back."""
        run = argument["runId"]

        def done(answer: Json) -> None:
            applied = bool((answer.get("result") or {}).get("applied"))
            result = {"runId": run, "applied": applied, "kept": [], "message": "Undone."}
            self.send({"id": ident, "result": result})

        changes = [
            self.whole(file.uri, file.first)
            for file in self.proposals[run]
            if file.first is not None
        ]
        edit = {"label": "Undo", "edit": {"documentChanges": changes}}
        self.request("workspace/applyEdit", edit, done)

    def apply(self, run: str, then: Callable[[bool], None], ids: set[str] | None = None) -> None:
        """Have the client apply hunks of a run; `then` learns whether it did."""
        changes: list[Json] = []
        parts = [(file, file.chosen(ids)) for file in self.proposals[run]]
        for file, hunks in parts:
            edits = [hunk.to_edit() for hunk in hunks]
            if hunks and file.base is None:
                document = {"uri": file.uri, "version": None}
                changes += [
                    {"kind": "create", "uri": file.uri},
                    {"textDocument": document, "edits": edits},
                ]
            elif hunks:
                changes.append(self.versioned(file.uri, edits))

        def done(answer: Json) -> None:
            applied = bool((answer.get("result") or {}).get("applied"))
            if applied:
                for file, hunks in parts:
                    file.accept(hunks)
            then(applied)

        if os.environ.get("FAKE_FAULT") == "deaf":
            done({"result": {"applied": True}})
            return
        edit = {"label": "Arriero", "edit": {"documentChanges": changes}}
        self.request("workspace/applyEdit", edit, done)

    def applied(self, ident: int, run: str, done: bool) -> Json:
        """Return the answer to a command whose change was applied at once."""
        return {"id": ident, "result": result_of(run, "Shouted.", applied=done)}

    def versioned(self, uri: str, edits: list[Json]) -> Json:
        """Return edits for the version of a document that this server knows."""
        version = self.texts[uri][1]
        if os.environ.get("FAKE_FAULT") == "late":
            version -= 1
        return {"textDocument": {"uri": uri, "version": version}, "edits": edits}

    def whole(self, uri: str, text: str) -> Json:
        """Return an edit that replaces a document."""
        last = len(self.texts[uri][0].splitlines())
        return self.versioned(uri, [{"range": whole_lines(0, last), "newText": text}])

    # -- notifications

    def progress(self, token: str | None, value: Json) -> None:
        """Report progress if the client asked for it."""
        if token is not None:
            self.notify("$/progress", {"token": token, "value": value})

    def told(self, run: str) -> None:
        """Say that a proposal has changed."""
        uris = [file.uri for file in self.proposals[run]]
        changed = {"runId": run, "sessionId": "s", "uris": uris, "openHunks": self.still_open(run)}
        self.notify("arriero/proposalChanged", changed)

    def still_open(self, run: str) -> int:
        """Return how many hunks of a run wait for a verdict."""
        return sum(len(file.chosen(None)) for file in self.proposals[run])

    def status(self) -> None:
        """Say that the status has changed."""
        self.notify("arriero/statusChanged", self.status_now())

    def status_now(self) -> Json:
        """Return the status."""
        states = [("slow", "running") for _ in self.slow]
        states += [(run, "review") for run in self.proposals if self.still_open(run)]
        return {
            "version": "0.0.0-fake",
            "model": self.model,
            "provider": "ollama",
            "providerState": "ready",
            "message": "",
            "runs": [
                {"runId": run, "sessionId": "s", "label": "Shout", "state": state, "step": 1}
                for run, state in states
            ],
            "connections": 1,
            "workspace": {"folders": [], "connections": 1, "watching": True},
            "shadow": "auto",
            "boundary": "",
            "context": {
                "line": "small · 6.1k of 16k tokens",
                "leftOut": ["3 earlier messages"],
            },
            "residence": {
                "model": "small",
                "state": "loaded",
                "window": 16384,
                "cpuShare": 0.25,
                "windowSource": "settings",
            },
        }


def result_of(run: str, message: str, *, applied: bool = False, edit: Json | None = None) -> Json:
    """Return the result of a run."""
    return {
        "sessionId": "s",
        "runId": run,
        "stopReason": "end_turn",
        "message": message,
        "applied": applied,
        "edit": edit,
    }


if __name__ == "__main__":
    FakeServer().serve()
