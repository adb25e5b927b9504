"""The packages that programs use: a tool round each, streamed, by every interface they speak."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
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

DRIVERS = Path(__file__).parent / "drivers"


@dataclass(frozen=True)
class Client:
    """A program with a package: `provider` is which of its ways to the gateway it takes.

    Some leave an answer's calls out when they send it again (`forgets`).
    """

    driver: str
    package: str
    provider: str = ""
    forgets: bool = False

    def command(self) -> list[str]:
        """Return how it is started; skips the test where the package is missing."""
        path = DRIVERS / self.driver
        if path.suffix == ".py":
            return [cache.python(self.package), str(path)]
        node = cache.node(self.package)
        beside = cache.modules().parent / path.name  # where it finds its packages
        beside.write_text(path.read_text())
        return [node, str(beside)]

    def __str__(self) -> str:
        return "-".join(part for part in (self.driver, self.provider) if part)


CLIENTS = [
    Client("openai_chat.py", "openai"),
    Client("openai_responses.py", "openai"),
    Client("anthropic_messages.py", "anthropic"),
    Client("anthropic_runner.py", "anthropic"),
    Client("ollama_chat.py", "ollama"),
    *(Client("litellm_chat.py", "litellm", one) for one in ("openai", "anthropic")),
    Client("litellm_chat.py", "litellm", "ollama", forgets=True),
    Client("langchain_chat.py", "langchain_openai", "openai"),
    Client("langchain_chat.py", "langchain_openai", "responses"),
    Client("langchain_chat.py", "langchain_anthropic", "anthropic"),
    Client("langchain_chat.py", "langchain_ollama", "ollama"),
    *(
        Client("pydantic_ai_run.py", "pydantic_ai", one)
        for one in ("openai", "responses", "anthropic")
    ),
    Client("openai_chat.mjs", "openai"),
    Client("openai_responses.mjs", "openai"),
    Client("anthropic_messages.mjs", "@anthropic-ai/sdk"),
    Client("ollama_chat.mjs", "ollama"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    async with bench_for(tmp_path_factory.mktemp("packages"), "calculator") as made:
        yield made


def answer(asked: Asked) -> Turn:
    """Call the tool, then say what it returned."""
    if asked.results:
        return Turn(f"The sum is {asked.results[-1].content}.")
    assert asked.tools == ("add",)
    return Turn("I add them.", thinking="Numbers.", calls=[Call("add", {"a": 40, "b": 2})])


@pytest.mark.parametrize("client", CLIENTS, ids=str)
async def test_a_tool_round(client: Client, bench: Bench, tmp_path: Path) -> None:
    command = client.command()
    bench.reply = answer
    bench.asked.clear()
    code, out, errors = await bench.run(
        command, tmp_path, GATEWAY=bench.url, PROVIDER=client.provider
    )
    assert code == 0, errors
    said = json.loads(out.splitlines()[-1])
    assert said["text"] == "The sum is 42."
    assert said["deltas"] > 1
    assert bench.results == ["42"]
    called = bench.asked[-1]["messages"][-2]
    assert called["content"].endswith("I add them.")  # one puts the thinking before it
    if not client.forgets:
        assert called["tool_calls"][0]["function"]["arguments"] == {"a": 40, "b": 2}
