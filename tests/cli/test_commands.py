"""The other commands, against a daemon that answers as a test says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from arriero.cli.app import COMMANDS, app
from arriero.settings.layers import user_file
from arriero.workspace.uris import path_to_uri
from cli.fake_daemon import FakeConnection, FakeDaemon, Refusal
from cli.result import Result

Command = Callable[..., Result]


def all_commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name in COMMANDS:
        command = app.get_command(None, name)  # type: ignore[arg-type]
        found.append((name,))
        found += [(name, sub) for sub in getattr(command, "commands", {})]
    return found


@pytest.mark.parametrize("path", all_commands())
def test_every_command_has_help_with_an_example(path: tuple[str, ...], arriero: Command) -> None:
    result = arriero(*path, "--help")
    assert result.code == 0
    assert "xample" in result.out or path == ("daemon", "run")
    assert "..." not in result.out.partition("\nCommands:")[2]  # no line of a list is cut
    assert f"arriero {' '.join(path)}" in result.out


def test_the_list_of_commands(arriero: Command) -> None:
    result = arriero("--help")
    assert result.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in result.out
    assert "..." not in result.out.partition("Commands:")[2]
    assert arriero().code == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nope",), "No such command 'nope'; see `arriero --help`."),
        (("daemon", "nope"), "No such command 'nope'; see `arriero daemon --help`."),
        (("lsp", "--tcp", "x"), "--tcp needs HOST:PORT, such as 127.0.0.1:2087, not x"),
        (("lsp", "--tcp", "x:99999"), "--tcp needs HOST:PORT"),
        (("lsp", "--tcp", ":1", "--standalone"), "not both"),
        (("models", "show"), "Missing argument 'NAME'"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: tuple[str, ...], sentence: str, arriero: Command
) -> None:
    result = arriero(*arguments)
    assert (result.code, result.out) == (2, "")
    assert sentence in result.err
    assert result.err.startswith("arriero: ")
    assert len(result.err.splitlines()) == 1


def test_an_audit_trail_that_cannot_be_shown_or_copied(arriero: Command, work: Path) -> None:
    assert "zzz is no run of the audit trail; `arriero audit show`" in (
        arriero("audit", "show", "--run", "zzz").err
    )
    there, nowhere = work / "there.jsonl", work / "none" / "trail.jsonl"
    there.write_text("mine")
    for file, words in ((there, "is there already; name a new file."), (nowhere, "No such file")):
        result = arriero("audit", "export", str(file))
        assert (result.code, len(result.err.splitlines())) == (1, 1)
        assert words in result.err
        assert "inside Arriero" not in result.err
    assert there.read_text() == "mine"


def test_something_unexpected_is_a_sentence_too(
    arriero: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("arriero.settings.schema.json_schema", broken)
    result = arriero("config", "schema")
    assert result.code == 1
    assert result.err.startswith("arriero: This failed inside Arriero (ZeroDivisionError: by zero)")
    assert len(result.err.splitlines()) == 1
    monkeypatch.setenv("ARRIERO_DEBUG", "1")
    assert "Traceback (most recent call last)" in arriero("config", "schema").err


# -- models

MODELS: dict[str, Any] = {
    "models": [
        {"name": "qwen3", "provider": "ollama", "size": 5_200_000_000,
         "parameterSize": "8.2B", "quantization": "Q4_K_M"},
        {"name": "tiny", "provider": "ollama", "size": 0, "parameterSize": "", "quantization": ""},
    ],
    "selected": {"provider": "ollama", "model": "qwen3"},
    "shown": None,
}  # fmt: skip


@pytest.mark.parametrize("arguments", [("models",), ("models", "list")])
def test_models(arguments: tuple[str, ...], arriero: Command, daemon: FakeDaemon) -> None:
    daemon.on("arriero/models", MODELS)
    result = arriero(*arguments)
    assert result.code == 0
    assert result.out.splitlines() == [
        "   model  size    parameters  quantization",
        "*  qwen3  5.2 GB  8.2B        Q4_K_M",
        "   tiny",
    ]
    # A home folder must not be watched for a list of models.
    assert daemon.sent("initialize")[0]["workspaceFolders"] == []


def test_the_model_in_use_is_marked_without_its_tag(arriero: Command, daemon: FakeDaemon) -> None:
    listed = [{**model, "name": f"{model['name']}:latest"} for model in MODELS["models"]]
    daemon.on("arriero/models", {**MODELS, "models": listed})
    marked = [line for line in arriero("models").out.splitlines() if line.startswith("*")]
    assert [line.split()[1] for line in marked] == ["qwen3:latest"]


@pytest.mark.parametrize(
    ("model", "provider", "marked"),
    [
        ("tiny@lab", "lab", ["tiny"]),
        ("tiny@lab", "ollama", []),
        ("tiny@lab, else qwen3", "ollama", ["qwen3"]),
        ("qwen3@lab, else tiny@lab", "lab", ["qwen3", "tiny"]),
    ],
)
def test_what_a_chain_names_is_marked_at_its_provider(
    model: str,
    provider: str,
    marked: list[str],
    arriero: Command,
    daemon: FakeDaemon,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ARRIERO_PROVIDERS__LAB__KIND", "ollama")
    monkeypatch.setenv("ARRIERO_PROVIDERS__LAB__BASE_URL", "http://127.0.0.1:9")
    daemon.on("arriero/models", {**MODELS, "selected": {"provider": provider, "model": model}})
    lines = [line for line in arriero("models").out.splitlines() if line.startswith("*")]
    assert [line.split()[1] for line in lines] == marked


@pytest.mark.parametrize("what", ["show", "probe"])
def test_a_model_is_named_with_its_provider(
    what: str, arriero: Command, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARRIERO_PROVIDERS__LAB__KIND", "ollama")
    monkeypatch.setenv("ARRIERO_PROVIDERS__LAB__BASE_URL", "http://127.0.0.1:9")
    daemon.on("arriero/models", MODELS)
    for named, asked, provider in (("q@lab", "q", "lab"), ("q@main", "q@main", None)):
        arriero("models", what, named, "--json")
        assert daemon.sent("arriero/models")[-1][what] == asked
        options = daemon.sent("initialize")[-1]["initializationOptions"]
        assert options["settings"].get("provider") == provider


def test_models_as_json(arriero: Command, daemon: FakeDaemon) -> None:
    daemon.on("arriero/models", MODELS)
    assert json.loads(arriero("models", "list", "--json").out) == {
        "models": MODELS["models"],
        "selected": MODELS["selected"],
    }


def test_no_models_says_what_to_do(arriero: Command, daemon: FakeDaemon) -> None:
    daemon.on("arriero/models", {**MODELS, "models": []})
    result = arriero("models")
    assert result.code == 1
    assert "arriero models pull" in result.err


def test_a_model_is_described(arriero: Command, daemon: FakeDaemon) -> None:
    shown = {
        "name": "qwen3", "provider": "ollama", "capabilities": ["completion", "tools"],
        "family": "qwen3", "parameterSize": "8.2B", "quantization": "", "trainedWindow": 40960,
        "configuredWindow": None, "window": 8192, "windowSource": "fits",
    }  # fmt: skip
    daemon.on("arriero/models", {**MODELS, "shown": shown})
    result = arriero("models", "--provider", "ollama", "show", "qwen3")
    assert "can do            completion, tools\n" in result.out
    assert "trained window    40,960 tokens\n" in result.out
    assert "window in use     8,192 tokens (fits into the graphics card)\n" in result.out
    assert "quantization" not in result.out
    assert daemon.sent("arriero/models") == [{"show": "qwen3"}]
    settings = daemon.sent("initialize")[0]["initializationOptions"]["settings"]
    assert settings == {"provider": "ollama"}


def test_a_model_is_fetched(arriero: Command, daemon: FakeDaemon) -> None:
    def pull(client: FakeConnection, params: Any) -> Any:
        value = {"kind": "report", "message": "pulling", "percentage": 50}
        client.notify("$/progress", {"token": params["workDoneToken"], "value": value})
        return MODELS

    daemon.on("arriero/models", pull)
    result = arriero("models", "pull", "qwen3")
    assert result.code == 0
    assert result.out.startswith("qwen3 is there")


PROFILE = {
    "rung": "prompted", "native": False, "prompted": True, "constrained": None, "thinks": True,
    "editFormat": "", "tokensPerSecond": 31.25, "promptTokensPerSecond": 0, "probedAt": 1.0,
}  # fmt: skip


def test_a_model_is_tried(arriero: Command, daemon: FakeDaemon) -> None:
    shown = {"name": "qwen3", "profile": PROFILE}
    daemon.on("arriero/models", {**MODELS, "shown": shown})
    assert arriero("models", "probe", "qwen3").out.splitlines() == [
        "model             qwen3",
        "native tools      does not work",
        "prompted tools    works",
        "constrained tools not tried",
        "thinks            yes",
        "answers           31.2 tokens/s",
        "in use            prompted",
    ]
    assert daemon.sent("arriero/models") == [{"probe": "qwen3", "workDoneToken": "models"}]
    assert json.loads(arriero("models", "probe", "qwen3", "--json").out) == shown


def test_a_model_that_nothing_works_with(arriero: Command, daemon: FakeDaemon) -> None:
    profile = {**PROFILE, "rung": None, "prompted": False, "thinks": None}
    daemon.on("arriero/models", {**MODELS, "shown": {"name": "tiny", "profile": profile}})
    out = arriero("models", "probe", "tiny").out
    assert "in use            none yet" in out
    assert "thinks" not in out


def test_an_error_of_the_provider(arriero: Command, daemon: FakeDaemon) -> None:
    def fails(client: FakeConnection, params: Any) -> Any:
        raise Refusal("Ollama does not answer at http://x: start it.")

    daemon.on("arriero/models", fails)
    result = arriero("models")
    assert (result.code, result.err) == (
        1,
        "arriero: Ollama does not answer at http://x: start it.\n",
    )


# -- sessions and undo

SESSIONS: list[dict[str, Any]] = [
    {
        "sessionId": "abc1", "title": "Mend the\nparser", "mode": "agent", "model": "qwen3",
        "createdAt": 1.0, "updatedAt": 2.0,
        "runs": [{"runId": "r1", "label": "Mend", "stopReason": "end_turn"}],
    },
    {
        "sessionId": "abd2", "title": "Ask", "mode": "ask", "model": None,
        "createdAt": 1.0, "updatedAt": 1.0,
        "runs": [{"runId": "r2", "label": "Ask", "stopReason": "end_turn"},
                 {"runId": "r3", "label": "More", "stopReason": "end_turn"}],
    },
]  # fmt: skip


def event(seq: int, run: str, kind: str, **data: Any) -> dict[str, Any]:
    return {"seq": seq, "runId": run, "kind": kind, "at": 1.0, "data": data}


EVENTS: dict[str, list[dict[str, Any]]] = {
    "abc1": [
        event(1, "r1", "run_started", prompt="Mend it", message="Mend it", mode="agent",
              model="qwen3", provider="ollama"),
        event(2, "r1", "text", step=1, text="I "),
        event(3, "r1", "text", step=1, text="look.\n"),
        event(4, "r1", "tool_started", step=1, call_id="c", name="read_file", arguments={},
              title="Read a.py", tool_kind="read"),
        event(5, "r1", "tool_ended", step=1, call_id="c", name="read_file", status="error",
              result="Error: not there", duration_ms=1),
        event(6, "r1", "step_retried", step=2, reason="its answer was empty"),
        event(6, "r1", "applied", paths=["/w/a.py"], hunks=["1"]),
        event(7, "r1", "undone", paths=["/w/a.py"]),
        event(8, "r1", "of_the_future", x=1),
        event(9, "r1", "run_ended", stop_reason="error", message="Ollama is gone."),
    ],
    "abd2": [
        event(20, "r2", "applied", paths=["/w/a.py"], hunks=["1"]),
        event(21, "r3", "applied", paths=["/w/b.py"], hunks=["1"]),
        event(22, "r2", "applied", paths=["/w/c.py"], hunks=["2"]),
    ],
}  # fmt: skip


@pytest.fixture
def stored(daemon: FakeDaemon) -> FakeDaemon:
    def sessions(_: FakeConnection, params: Any) -> Any:
        if "sessionId" in params:
            chosen = [s for s in SESSIONS if s["sessionId"] == params["sessionId"]]
            return {"sessions": chosen, "events": EVENTS[params["sessionId"]]}
        if "fork" in params:
            return {"sessions": [{**SESSIONS[0], "sessionId": "new9"}]}
        return {"sessions": SESSIONS, "events": None}

    daemon.on("arriero/sessions", sessions)
    return daemon


def test_sessions(arriero: Command, stored: FakeDaemon) -> None:
    lines = arriero("sessions", "list").out.splitlines()
    assert lines[0].split() == ["id", "last", "used", "mode", "runs", "title"]
    assert lines[1].startswith("abc1  ")
    assert lines[1].endswith("agent  1     Mend the")
    assert json.loads(arriero("sessions", "list", "--json").out) == {"sessions": SESSIONS}


def test_a_session_is_shown(arriero: Command, stored: FakeDaemon) -> None:
    assert arriero("sessions", "show", "abc").out.splitlines() == [
        "",
        "> Mend it",
        "I look.",
        "* Read a.py",
        "  Error: not there",
        "Asked again: its answer was empty",
        "Applied to a.py.",
        "Undone in a.py.",
        "Ended (error): Ollama is gone.",
    ]


def test_a_session_is_saved(arriero: Command, stored: FakeDaemon, work: Path) -> None:
    assert arriero("sessions", "export", "abc1", "-o", "s.md").out == ""
    saved = (work / "s.md").read_text()
    assert saved.startswith("# Mend the\n\n## Mend it\n\n> Mend it\n\nI look.\n\n- Read a.py\n")
    exported = json.loads(arriero("sessions", "export", "abc1", "--format", "json").out)
    assert exported["events"] == EVENTS["abc1"]
    assert arriero("sessions", "export", "abc1", "-o", "no/where").code == 1


@pytest.mark.parametrize(
    ("session", "words"),
    [
        ("ab", "ab is the beginning of several sessions of this folder"),
        ("x", "x is no session of this folder"),
    ],
)
def test_a_session_that_is_not_one(
    session: str, words: str, arriero: Command, stored: FakeDaemon
) -> None:
    result = arriero("sessions", "show", session)
    assert result.code == 1
    assert words in result.err


def test_sessions_are_copied_and_removed(arriero: Command, stored: FakeDaemon) -> None:
    assert arriero("sessions", "fork", "abc1").out == "new9\n"
    assert arriero("sessions", "rm", "abc", "abd2").out == "Removed abc1.\nRemoved abd2.\n"
    sent = stored.sent("arriero/sessions")
    assert [p for p in sent if p] == [{"fork": "abc1"}, {"delete": "abc1"}, {"delete": "abd2"}]


@pytest.fixture
def undone(stored: FakeDaemon, work: Path) -> FakeDaemon:
    (work / "a.py").write_text("new\n")
    uri = path_to_uri(str(work / "a.py"))
    hunk = {"id": "1", "state": "accepted", "line": 0, "oldLines": ["old\n"], "newLines": ["new\n"]}
    file = {"uri": uri, "kind": "edit", "newUri": None, "oldText": "old\n", "newText": "old\n"}
    message = {"sessionId": "s", "label": "Mend", "files": [{**file, "hunks": [hunk]}]}
    stored.on("arriero/proposal", lambda _, p: {**message, "runId": p["runId"]})

    async def undo(client: FakeConnection, params: Any) -> Any:
        place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 3}}
        edits = [{"range": place, "newText": "old"}]
        change = {"textDocument": {"uri": uri, "version": 1}, "edits": edits}
        answer = await client.request(
            "workspace/applyEdit", {"edit": {"documentChanges": [change]}}
        )
        return {
            "runId": params["arguments"][0]["runId"],
            "applied": answer["applied"],
            "kept": [] if answer["applied"] else [uri],
            "message": answer.get("failureReason", ""),
            "runs": [params["arguments"][0]["runId"]],
            "hunks": ["1"],
            "conflicts": [],
        }

    def changed(run: str, at: float, here: list[str], gone: list[str]) -> dict[str, Any]:
        file = {"uri": uri, "applied": here, "takenBack": gone}
        return {"runId": run, "sessionId": "abd2", "label": "Mend", "at": at, "files": [file]}

    runs = [
        changed("r1", 4.0, [], ["1"]),
        changed("r2", 3.0, ["1"], []),
        changed("r3", 2.0, ["1"], []),
    ]
    stored.on("arriero/changes", {"runs": runs})
    stored.on("workspace/executeCommand", undo)
    return stored


@pytest.mark.parametrize(
    ("arguments", "said", "command", "argument"),
    [
        ((), "Took back: Mend", "undo", {"runId": "r2"}),
        (("r3",), "Took back: Mend", "undo", {"runId": "r3"}),
        (("--redo",), "Did again: Mend", "redo", {"runId": "r1"}),
        (("--to", "r2"), "Took back: Mend", "undo", {"runId": "r2", "sessionId": "abd2"}),
        (
            ("r2", "--hunk", "1", "--hunk", "4"),
            "Took back 1 change of: Mend",
            "undo",
            {"runId": "r2", "hunks": ["1", "4"]},
        ),
    ],
)
def test_undo(
    arguments: tuple[str, ...],
    said: str,
    command: str,
    argument: dict[str, Any],
    arriero: Command,
    undone: FakeDaemon,
    work: Path,
) -> None:
    result = arriero("undo", *arguments)
    assert (result.code, result.out) == (0, f"{said}\n")
    assert (work / "a.py").read_text() == "old\n"
    sent = {"command": f"arriero.{command}", "arguments": [argument]}
    assert undone.sent("workspace/executeCommand")[0] == sent


def test_undo_in_one_file(arriero: Command, undone: FakeDaemon, work: Path) -> None:
    assert json.loads(arriero("undo", "--file", str(work / "a.py"), "--json").out)["applied"]
    (sent,) = undone.sent("workspace/executeCommand")[0]["arguments"]
    assert sent == {"runId": "r2", "files": [path_to_uri(str(work / "a.py"))]}
    assert arriero("undo", "r2", "--to", "r1").code == 2


def test_what_can_be_undone(arriero: Command, undone: FakeDaemon) -> None:
    listed = arriero("undo", "--list").out.splitlines()
    assert [line.split()[0] for line in listed] == ["run", "r1", "r2", "r3"]
    assert json.loads(arriero("undo", "--list", "--json").out)["runs"][0]["runId"] == "r1"


def test_undo_of_what_cannot_be(arriero: Command, undone: FakeDaemon, work: Path) -> None:
    uri = path_to_uri(str(work / "a.py"))
    place = {"uri": uri, "hunks": ["1"], "line": 2}
    conflict = {**place, "written": "new\n", "wanted": "old\n", "found": "m\x1b[1my\nown\n"}
    told = {"runId": "r2", "applied": False, "kept": [uri], "message": "It changed."}
    undone.on(
        "workspace/executeCommand",
        {**told, "runs": ["r2"], "hunks": [], "conflicts": [conflict]},
    )
    result = arriero("undo")
    assert (result.code, result.out) == (1, "It changed.\n")
    assert result.err.splitlines()[:6] == [
        "Kept, as they changed since then: a.py",
        "a.py:3 (change 1)",
        "  the run wrote:",
        "    | new",
        "  there is now:",
        "    | m\\x1b[1my",
    ]
    assert arriero("undo", "r").code == 1
    assert "is no run of this folder" in arriero("undo", "x").err


def test_undo_with_nothing_to_undo(arriero: Command, daemon: FakeDaemon) -> None:
    daemon.on("arriero/changes", {"runs": []})
    assert "No run has changed files in this folder" in arriero("undo").err
    assert "No run was taken back in this folder." in arriero("undo", "--redo").err


# -- config


def test_config_files(arriero: Command, home: Path) -> None:
    path = str(user_file())
    assert arriero("config", "path").out == f"{path}\n"
    assert arriero("config", "init").out == f"{path}\n"
    assert Path(path).stat().st_mode & 0o777 == 0o600
    again = arriero("config", "init")
    assert again.code == 1
    assert "exists already" in again.err


def test_config_show(arriero: Command, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user_file().parent.mkdir(parents=True)
    user_file().write_text("agent: {max_steps: 3}\n")
    monkeypatch.setenv("OLLAMA_API_KEY", "s3cret")
    shown = arriero("config", "show").out
    assert "agent.max_steps " in shown
    assert f"3  (user ({user_file()}:1))" in shown
    assert "(environment (OLLAMA_API_KEY))" in shown
    assert "s3cret" not in shown
    assert "providers.jan" not in shown
    assert arriero("config", "show", "providers.jan").out.count("\n") == 11
    one = json.loads(arriero("config", "show", "agent.max_steps", "--json").out)
    assert one == {"agent.max_steps": {"value": 3, "origin": f"user ({user_file()}:1)"}}
    assert "did you mean agent.max_steps?" in arriero("config", "show", "agent.max_step").err


def test_config_schema(arriero: Command) -> None:
    assert json.loads(arriero("config", "schema").out)["title"] == "Settings of Arriero"
    assert arriero("config", "schema", "--markdown").out.startswith("# Settings\n")


# -- daemon

STATUS: dict[str, Any] = {
    "version": "0.1.0", "pid": 7, "uptime": 3700.0, "memory": 90_000_000,
    "connections": [{"name": "Neovim 0.10", "folders": ["/w"]}], "workspaces": [], "runs": [],
}  # fmt: skip


def test_daemon_status(arriero: Command, daemon: FakeDaemon) -> None:
    daemon.on("arriero/daemonStatus", STATUS)
    assert arriero("daemon", "status").out == (
        "Version 0.1.0, pid 7, up 1 h 1 min, 90.0 MB of memory\n"
        "Connections: 1\n  name Neovim 0.10, folders /w\n"
        "Workspaces: none\nRuns: none\n"
    )
    shown = json.loads(arriero("daemon", "status", "--json").out)
    assert shown == {"running": True, **STATUS}
    assert arriero("daemon", "start").out == "The daemon runs (version 0.1.0, pid 7).\n"


def test_daemon_stop(arriero: Command, daemon: FakeDaemon) -> None:
    def stop(client: FakeConnection, params: Any) -> None:
        client._writer.close()

    daemon.on("arriero/daemonStop", stop)
    assert arriero("daemon", "stop").out == "The daemon has ended.\n"


def test_without_a_daemon(arriero: Command) -> None:
    assert arriero("daemon", "status") == Result(1, "The daemon is not running.\n", "")
    assert json.loads(arriero("daemon", "status", "--json").out) == {"running": False}
    assert arriero("daemon", "stop") == Result(0, "The daemon was not running.\n", "")
    assert "There is no log yet" in arriero("daemon", "logs").err


def test_daemon_logs(arriero: Command, home: Path) -> None:
    path = home / ".local/state/arriero/daemon.log"
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"line {number} {'x' * 200}\n" for number in range(1000)))
    lines = arriero("daemon", "logs", "-n", "3").out.splitlines()
    assert [line[:8] for line in lines] == ["line 997", "line 998", "line 999"]
    assert len(arriero("daemon", "logs", "-n", "900").out.splitlines()) == 900


# -- start-up


def loaded_modules(*arguments: str) -> set[str]:
    """The modules that a command line has loaded when its work begins."""
    code = (
        "import sys\n"
        "from arriero.daemon import forward\n"
        "forward.exec_forwarder = lambda *a: (print(*sys.modules, sep='\\n'), sys.exit(0))\n"
        f"sys.argv = ['arriero', *{list(arguments)!r}]\n"
        "from arriero.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "arguments", [("lsp",), ("lsp", "--stdio"), ("lsp", "--stdio", "--clientProcessId=7")]
)
def test_an_editors_start_loads_the_standard_library_only(arguments: tuple[str, ...]) -> None:
    loaded = loaded_modules(*arguments)
    assert "arriero.daemon.forward" in loaded
    assert not {"click", "rich", "pydantic", "asyncio", "arriero.cli.app"} & loaded


def test_the_command_line_does_not_load_what_it_does_not_need() -> None:
    code = (
        "import sys; from arriero.cli.app import main; main(['--help']);"
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    loaded = set(done.stderr.split())
    assert not {"pydantic", "rich", "pygls", "lsprotocol", "ollama", "acp"} & loaded


# -- stop


def stopped(*runs: tuple[str, str, bool]) -> dict[str, Any]:
    return {"runs": [{"runId": run, "label": label, "ended": end} for run, label, end in runs]}


@pytest.mark.parametrize(
    ("arguments", "asked", "answer", "code", "said"),
    [
        ((), None, stopped(), 0, "No run of the daemon was going on"),
        (("--all",), None, stopped(("run_1", "F\x1b[2J", True)), 0, "Stopped run_1 (F\\x1b[2J)"),
        ((), None, stopped(("run_1", "Fix", False)), 1, "not at its end yet: run_1"),
        (("run_a",), "run_abc", stopped(("run_abc", "Ask", True)), 0, "Stopped run_abc (Ask)"),
    ],
)
def test_stop(
    arriero: Command,
    daemon: FakeDaemon,
    arguments: Sequence[str],
    asked: str | None,
    answer: dict[str, Any],
    code: int,
    said: str,
) -> None:
    params: list[Any] = []

    def stop(_: FakeConnection, sent: Any) -> Any:
        params.append(sent)
        return answer

    daemon.on("arriero/daemonStatus", {"runs": [{"runId": "run_abc"}, {"runId": "run_b"}]})
    daemon.on("arriero/stop", stop)
    result = arriero("stop", *arguments)
    assert result.code == code
    assert said in result.out
    assert params == [{"runId": asked}]
    assert json.loads(arriero("stop", *arguments, "--json").out) == answer


def test_stop_of_what_is_not_there(arriero: Command, daemon: FakeDaemon) -> None:
    daemon.on("arriero/daemonStatus", {"runs": [{"runId": "run_a1"}, {"runId": "run_a2"}]})
    assert "beginning of several" in arriero("stop", "run_a").err
    assert "no run that goes on" in arriero("stop", "run_z").err
    assert arriero("stop", "run_a1", "--all").code == 2


def test_stop_without_a_daemon_tells_the_other_processes(arriero: Command, home: Path) -> None:
    assert "was going on" in arriero("stop").out
    assert (home / ".local/state/arriero/stop").read_text().strip().isdigit()
    assert "not running" in arriero("stop", "run_1").err
