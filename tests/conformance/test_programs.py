"""Programs with tools of their own: each reads a file and says what is in it, or changes one.

What each sends, as it was seen:

- Codex: responses with `store: false`, role `developer`, functions and namespaces of them.
- opencode: a request for a title without tools, then chat completions or messages with ten tools.
- Continue's cn: chat completions with `include_usage`, or messages with `x-api-key`; twelve tools.
- Claude Code: messages, unbuffered, with thinking, beta headers, 24 tools, and a system message
  in the middle.
- Qwen Code: chat completions with fifteen tools; a tool's result is a list of parts.
- llm: chat completions with the tools of its own that it is told to use.
- aider: no tools; it reads edits out of the answer, by any of three interfaces.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from arriero.models.rehearsal import Asked, Call, Turn
from conformance import cache
from conformance.bench import Bench, bench_for

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

QUESTION = "What is the word in note.txt?"
WORD = "heron"
NOTE = f"The word is {WORD}.\n"


@dataclass(frozen=True)
class Start:
    """How a program is started."""

    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


# Given the gateway's address, a home and a folder to work in.
Starter = Callable[[str, Path, Path], Start]


def codex(url: str, home: Path, work: Path) -> Start:
    (home / "codex").mkdir(exist_ok=True)
    settings = {
        "model": '"qwen3"',
        "model_provider": '"arriero"',
        "model_providers.arriero": (f'{{name="Arriero",base_url="{url}/v1",wire_api="responses"}}'),
    }
    given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    # The simulated model asks for nothing but to read the note, and tests may run confined.
    free = ["--skip-git-repo-check", "--sandbox", "danger-full-access"]
    return Start(
        [cache.program("codex"), "exec", *given, *free, QUESTION],
        {"CODEX_HOME": str(home / "codex")},
    )


def opencode(package: str) -> Starter:
    def start(url: str, home: Path, work: Path) -> Start:
        model = {"name": "qwen3", "limit": {"context": 65_536, "output": 8192}}
        provider = {
            "npm": package,
            "name": "Arriero",
            "options": {"baseURL": f"{url}/v1", "apiKey": "unused"},
            "models": {"qwen3": model},
        }
        settings = {
            "autoupdate": False,
            "share": "disabled",
            "provider": {"arriero": provider},
            "small_model": "arriero/qwen3",
        }
        path = home / f"opencode-{package.rpartition('/')[2]}.json"
        path.write_text(json.dumps(settings))
        off = ("AUTOUPDATE", "MODELS_FETCH", "LSP_DOWNLOAD")
        return Start(
            [cache.program("opencode"), "run", "-m", "arriero/qwen3", QUESTION],
            {"OPENCODE_CONFIG": str(path), **{f"OPENCODE_DISABLE_{one}": "1" for one in off}},
        )

    return start


def continue_cn(provider: str) -> Starter:
    def start(url: str, home: Path, work: Path) -> Start:
        path = home / f"continue-{provider}.yaml"
        path.write_text(
            "name: local\nversion: 0.0.1\nschema: v1\nmodels:\n  - name: qwen3\n"
            f"    provider: {provider}\n    model: qwen3\n    apiBase: {url}/v1\n"
            "    apiKey: unused\n    roles: [chat]\n    capabilities: [tool_use]\n"
        )
        return Start(
            [cache.program("cn"), "--config", str(path), "--auto", "-p", QUESTION],
            {"CONTINUE_TELEMETRY_ENABLED": "0", "CONTINUE_CLI_ENABLE_TELEMETRY": "0"},
        )

    return start


def qwen(url: str, home: Path, work: Path) -> Start:
    return Start(
        [cache.program("qwen"), "--approval-mode", "yolo", "--auth-type", "openai", "-p", QUESTION],
        {"OPENAI_API_KEY": "unused", "OPENAI_BASE_URL": f"{url}/v1", "OPENAI_MODEL": "qwen3"},
    )


def claude_code(url: str, home: Path, work: Path) -> Start:
    (home / "claude").mkdir(exist_ok=True)
    off = ("DISABLE_TELEMETRY", "DISABLE_AUTOUPDATER", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC")
    return Start(
        [cache.program("claude"), "-p", QUESTION, "--model", "qwen3", "--allowedTools", "Read"],
        {
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_AUTH_TOKEN": "unused",
            "CLAUDE_CONFIG_DIR": str(home / "claude"),
            **dict.fromkeys(off, "1"),
        },
    )


@dataclass(frozen=True)
class Program:
    """`reads` is its tool for reading a file, with the arguments for the note in a folder."""

    name: str
    start: Starter
    reads: tuple[str, Callable[[Path], Mapping[str, str]]]

    def __str__(self) -> str:
        return self.name


_READ_BY_COMMAND = ("exec_command", lambda work: {"cmd": "cat note.txt"})
_READ_OPENCODE = ("read", lambda work: {"filePath": str(work / "note.txt")})
_READ_CONTINUE = ("Read", lambda work: {"filepath": "note.txt"})
_READ_CLAUDE = ("Read", lambda work: {"file_path": str(work / "note.txt")})
_READ_QWEN = ("read_file", lambda work: {"file_path": str(work / "note.txt")})
PROGRAMS = [
    Program("codex", codex, _READ_BY_COMMAND),
    Program("opencode-chat", opencode("@ai-sdk/openai-compatible"), _READ_OPENCODE),
    Program("opencode-messages", opencode("@ai-sdk/anthropic"), _READ_OPENCODE),
    Program("continue-chat", continue_cn("openai"), _READ_CONTINUE),
    Program("continue-messages", continue_cn("anthropic"), _READ_CONTINUE),
    Program("claude-code", claude_code, _READ_CLAUDE),
    Program("qwen-code", qwen, _READ_QWEN),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    async with bench_for(tmp_path_factory.mktemp("programs"), "qwen3") as made:
        yield made


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
async def test_it_reads_a_file(program: Program, bench: Bench, tmp_path: Path) -> None:
    work = tmp_path / "project"
    work.mkdir()
    (work / "note.txt").write_text(NOTE)
    start = program.start(bench.url, bench.home, work)
    tool, arguments = program.reads

    def answer(asked: Asked) -> Turn:
        if asked.results:
            return Turn("I have seen the note: it tells.")
        if tool not in asked.tools:
            return Turn("A note")  # the title of the conversation
        return Turn("I look.", calls=[Call(tool, arguments(work))])

    bench.reply = answer
    bench.asked.clear()
    code, out, errors = await bench.run(start.command, work, **start.environment)
    assert code == 0, errors + out
    assert "I have seen the note: it tells." in out
    assert any(WORD in result for result in bench.results), errors


async def test_llm_uses_a_tool(bench: Bench, tmp_path: Path) -> None:
    interpreter = cache.python("llm")
    folder = tmp_path / "llm"
    folder.mkdir()
    (folder / "extra-openai-models.yaml").write_text(
        f"- model_id: local\n  model_name: qwen3\n  api_base: {bench.url}/v1\n"
        "  supports_tools: true\n  can_stream: true\n"
    )

    def answer(asked: Asked) -> Turn:
        if asked.results:
            return Turn(f"It is {asked.results[-1].content}.")
        return Turn(calls=[Call("llm_version", {})])

    bench.reply = answer
    bench.asked.clear()
    command = [interpreter, "-m", "llm", "-m", "local", "-T", "llm_version", "Which version?"]
    code, out, errors = await bench.run(
        command, tmp_path, LLM_USER_PATH=str(folder), OPENAI_API_KEY="unused"
    )
    assert code == 0, errors
    (version,) = bench.results
    assert out.strip() == f"It is {version}."


_EDIT = """I change the word.

note.txt
```
<<<<<<< SEARCH
The word is heron.
=======
The word is stork.
>>>>>>> REPLACE
```
"""


@pytest.mark.parametrize(
    ("model", "environment"),
    [
        ("openai/qwen3", {"OPENAI_API_BASE": "{url}/v1", "OPENAI_API_KEY": "unused"}),
        ("anthropic/qwen3", {"ANTHROPIC_API_BASE": "{url}", "ANTHROPIC_API_KEY": "unused"}),
        ("ollama_chat/qwen3", {"OLLAMA_API_BASE": "{url}"}),
    ],
)
async def test_aider_edits_a_file(
    model: str, environment: Mapping[str, str], bench: Bench, tmp_path: Path
) -> None:
    interpreter = os.environ.get("ARRIERO_BENCH_AIDER")
    if not interpreter:
        pytest.skip("ARRIERO_BENCH_AIDER does not name a Python that has aider")
    note = tmp_path / "note.txt"
    note.write_text(NOTE)
    bench.reply = Turn(_EDIT)
    bench.asked.clear()
    flags = [
        *("--yes-always", "--no-git", "--no-check-update", "--no-show-release-notes"),
        *("--no-analytics", "--no-show-model-warnings", "--edit-format", "diff"),
        *("--map-tokens", "0"),
    ]
    code, out, errors = await bench.run(
        [interpreter, "-m", "aider", "--model", model, *flags, "-m", "Say stork.", "note.txt"],
        tmp_path,
        **{name: value.format(url=bench.url) for name, value in environment.items()},
    )
    assert code == 0, errors + out
    assert note.read_text() == "The word is stork.\n", out
