"""What goes wrong with an OpenAI-compatible server, and what the person is told."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from arriero.models import errors
from arriero.models.openai import OpenAiProvider, servers
from arriero.models.openai import provider as provider_module
from arriero.models.openai.classify import error_event, refusal
from arriero.models.openai.refusals import Asked, Dropped, Loading, NotThere
from arriero.models.rehearsal.script import Hold
from arriero.models.types import Chunk, TextChunk
from models.openai_chatting import HELLO, calls, collect, finished, talking, text
from models.openai_server import LOADING, MODEL, StandIn, Turn, chunk, fragment, frame, refused

GOOD = Turn([{"content": "a"}])
LLAMACPP_LONG = refused(
    400,
    "request (9412 tokens) exceeds the available context size (8192 tokens), try increasing it",
    "exceed_context_size_error",
    n_prompt_tokens=9412,
    n_ctx=8192,
)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_module, "_FIRST_PAUSE", 0.001)


def openai_error(message: str, **more: object) -> dict[str, object]:
    return {"error": {"message": message, "type": "BadRequestError", "code": 400, **more}}


@pytest.mark.parametrize(
    ("name", "status", "body", "kind", "said"),
    [
        ("llamacpp", 400, LLAMACPP_LONG, errors.WindowExceeded, "9412 tokens.*8192.*`-c`"),
        (
            "vllm",
            400,
            openai_error(
                "This model's maximum context length is 16384 tokens. However, you requested "
                "122946 tokens (112946 in the messages, 10000 in the completion). Please reduce"
            ),
            errors.WindowExceeded,
            "112946 tokens.*16384.*--max-model-len",
        ),
        (
            "vllm",
            400,
            openai_error(
                "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum "
                "context length is 4096 tokens and your request has 50 input tokens"
            ),
            errors.WindowExceeded,
            "50 tokens.*4096: set `agent.max_answer_tokens` lower",
        ),
        (
            "vllm",
            400,
            openai_error(
                "You passed 98305 input tokens and requested 32768 output tokens. However, the "
                "model's context length is only 131072 tokens, resulting in a maximum input length"
            ),
            errors.WindowExceeded,
            "98305 tokens.*131072",
        ),
        (
            "lmstudio",
            400,
            {
                "error": "Trying to keep the first 10136 tokens when context the overflows. "
                "However, the model is loaded with context length of only 7866 tokens, which is"
            },
            errors.WindowExceeded,
            "10136 tokens.*7866.*larger context length",
        ),
        (
            "lmstudio",
            400,
            {
                "error": "The number of tokens to keep from the initial prompt is greater than the "
                "context length (n_keep: 13055>= n_ctx: 4096). Try to load the model with a larger"
            },
            errors.WindowExceeded,
            "13055 tokens.*4096",
        ),
        (
            "mine",
            400,
            openai_error("Too long", code="context_length_exceeded"),
            errors.WindowExceeded,
            "longer than the window of",
        ),
        (
            "mine",  # Ollama's /v1, with llama.cpp's answer inside
            400,
            openai_error(json.dumps(LLAMACPP_LONG), type="invalid_request_error", code=None),
            errors.WindowExceeded,
            "9412 tokens.*8192",
        ),
        (
            "llamacpp",
            500,
            refused(500, "tools param requires --jinja flag"),
            errors.ToolsUnsupported,
            "restart llama-server with `--jinja`",
        ),
        (
            "vllm",
            400,
            openai_error(
                '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to '
                "be set"
            ),
            errors.ToolsUnsupported,
            "--enable-auto-tool-choice",
        ),
        (
            "mine",
            400,
            openai_error("This model does not support tools"),
            errors.ToolsUnsupported,
            "choose another model",
        ),
        (
            "vllm",
            404,
            {"object": "error", "message": "The model `m` does not exist.", "code": 404},
            errors.ModelNotFound,
            "has no model m: load it there",
        ),
        (
            "mine",
            404,
            openai_error("model 'm' not found", type="not_found_error", code=None),
            errors.ModelNotFound,
            "has no model m",
        ),
        (
            "lmstudio",
            404,
            openai_error("No models loaded. Please load a model with `lms load`.", code=None),
            errors.ModelNotFound,
            "LM Studio at .* has no model m",
        ),
        (
            "llamacpp",
            401,
            refused(401, "Invalid API Key", "authentication_error"),
            errors.ProviderUnavailable,
            "set LLAMACPP_API_KEY",
        ),
        ("my-one", 403, "Forbidden", errors.ProviderUnavailable, "set MY_ONE_API_KEY"),
        (
            "llamacpp",
            404,
            refused(404, "File Not Found", "not_found_error"),
            NotThere,
            "ends with `/v1`",
        ),
        ("vllm", 404, {"detail": "Not Found"}, NotThere, "ends with `/v1`"),
        (
            "lmstudio",
            200,
            {"error": "Unexpected endpoint or method. (POST /chat/completions)"},
            NotThere,
            "ends with `/v1`",
        ),
        (  # with several models, and `--no-models-autoload`
            "llamacpp",
            400,
            refused(400, "model is not loaded", "invalid_request_error"),
            errors.ModelNotFound,
            "has no model m: load it there",
        ),
        (
            "lmstudio",
            400,
            {"error": "Model unloaded."},
            errors.ModelNotFound,
            "has no model m: load it there",
        ),
        (  # llama.cpp of 2025-01 to 2025-05
            "llamacpp",
            500,
            refused(500, "Cannot use tools with stream"),
            errors.ToolsUnsupported,
            "update llama.cpp",
        ),
        (  # a template of Gemma's or Mistral's, in llama.cpp, vLLM and LM Studio
            "vllm",
            400,
            openai_error("Conversation roles must alternate user/assistant/user/assistant/..."),
            errors.ToolsUnsupported,
            r"template of m does not take the conversation \(Conversation roles.*\): give vLLM",
        ),
        (
            "lmstudio",
            400,
            {"error": 'Error rendering prompt with jinja template: "System role not supported"'},
            errors.ToolsUnsupported,
            r'\("System role not supported"\): give LM Studio',
        ),
        (
            "llamacpp",
            400,
            refused(400, "Failed to initialize samplers: failed to parse grammar"),
            errors.ToolsUnsupported,
            "cannot hold m to a form of answer: update the server",
        ),
        (
            "vllm",
            400,
            openai_error("The provided JSON schema contains features not supported by xgrammar."),
            errors.ToolsUnsupported,
            "vLLM cannot hold m .*`providers.vllm.tools: text`",
        ),
        (
            "llamacpp",
            501,
            refused(501, "This server does not support infill. Start it without `--embeddings`"),
            errors.ModelError,
            "started to embed texts only.*`providers.llamacpp.base_url`",
        ),
        (
            "llamacpp",
            400,
            refused(400, "Pooling type 'none' is not OAI compatible. Please use a different one"),
            errors.EmbeddingUnsupported,
            "start the server for embeddings",
        ),
        ("vllm", 400, openai_error("/m is not a multimodal model"), errors.ModelError, "that sees"),
        ("vllm", 500, "boom", errors.ModelError, "^vLLM refused"),
        *[
            (name, 400, openai_error(text), errors.WindowExceeded, "window of m")
            for name, text in (
                ("llamacpp", "Input prompt is too big compared to KV size. Please try increasing"),
                ("llamacpp", "input is larger than the max context size. skipping"),
                ("llamacpp", "context shift is disabled"),
                ("llamacpp", "Context size has been exceeded."),
            )
        ],
        *[
            (name, 400, openai_error(text), errors.WindowExceeded, "5000 tokens.*4096")
            for name, text in (
                ("vllm", "The engine prompt length 5000 exceeds the max_model_len 4096."),
                ("lmstudio", "Cannot truncate prompt with n_keep (5000) >= n_ctx (4096)"),
            )
        ],
        ("llamacpp", 503, LOADING.body, Loading, "still loading its model"),
        ("vllm", 503, "overloaded", errors.ServerBusy, "try again in a moment"),
        ("vllm", 429, openai_error("slow down"), errors.ServerBusy, "try again in a moment"),
        (
            "lmstudio",
            400,
            {"error": 'Failed to load model "m". Error: out of memory'},
            errors.NoMemory,
            "cannot load m.*smaller model",
        ),
        (
            "llamacpp",
            500,
            refused(500, "Failed to parse tool call arguments as JSON: x"),
            errors.CallUnreadable,
            "a tool call that cannot be read",
        ),
        ("llamacpp", 500, "<html>oh</html>", errors.ModelError, "llama.cpp's server refused"),
        ("mine", 422, {"detail": [{"msg": "bad"}]}, errors.ModelError, "The provider mine refused"),
        ("mine", 500, "", errors.ModelError, "status 500"),
    ],
)
def test_refusals(
    name: str, status: int, body: object, kind: type[errors.ModelError], said: str
) -> None:
    asked = Asked(name, "http://127.0.0.1:1/v1", servers.named(name), "m")
    error = refusal(asked, status, body if isinstance(body, str) else json.dumps(body))
    assert type(error) is kind
    assert re.search(said, str(error)), str(error)
    assert len(str(error)) < 400


@pytest.mark.parametrize(
    ("name", "message", "wrote"),
    [
        ("llamacpp", "Failed to parse input at pos 13: <tool_call>{\n</s>", "<tool_call>{\n</s>"),
        ("llamacpp", "Failed to parse input at pos 4209: ", ""),
        ("llamacpp", "Failed to parse input at pos 7", ""),
        ("llamacpp", "Failed to parse input at pos 7: model m not found", "model m not found"),
        ("llamacpp", "Failed to parse tool call arguments as JSON: [json.exception]", ""),
        ("lmstudio", "Failed to parse tool call: Unexpected end. \nModel Output:  <f>", " <f>"),
        ("lmstudio", "Failed to parse tool call: Extra content after end of tool call", ""),
        ("mine", "error parsing tool call: raw='{\"a\": 'b'\n', err=invalid", "{\"a\": 'b'\n"),
        ("mine", "XML syntax error on line 3: element <a> closed by </b>", ""),
    ],
)
def test_calls_that_a_server_cannot_read(name: str, message: str, wrote: str) -> None:
    asked = Asked(name, "http://h/v1", servers.named(name), "m")
    told = (
        refusal(asked, 500, json.dumps(refused(500, message))),
        error_event(asked, {"code": 500, "message": message}),
        error_event(asked, message),
    )
    for error in told:
        assert isinstance(error, errors.CallUnreadable)
        assert (error.text, error.cause) == (wrote, message)


@pytest.mark.parametrize(
    "message",
    [
        "The model produced output that does not match the expected peg-native format",
        "Invalid diff: now finding less tool calls!",
        "Invalid diff: '<tool_call>model m not found' not found at start of '<tool'",
        "Unexpected content at end of input",
    ],
)
def test_llamacpp_gives_up_what_the_model_wrote(message: str) -> None:
    asked = Asked("llamacpp", "http://h/v1", servers.named("llamacpp"), "m")
    for error in (
        refusal(asked, 500, json.dumps(refused(500, message))),
        error_event(asked, {"code": 500, "message": message, "type": "server_error"}),
    ):
        assert isinstance(error, errors.CallUnreadable)
        assert error.cause == message


@pytest.mark.parametrize(
    ("message", "mend"),
    [
        ("tools param requires --jinja flag", "restart llama-server with `--jinja`"),
        ('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser', "vLLM"),
        ("This model does not support tools", ""),
    ],
)
def test_what_would_give_the_model_tools(message: str, mend: str) -> None:
    asked = Asked("mine", "http://h/v1", servers.named("mine"), "m")
    error = refusal(asked, 400, json.dumps(refused(400, message)))
    assert isinstance(error, errors.ToolsUnsupported)
    assert mend in error.mend
    assert bool(error.mend) is bool(mend)


def test_the_window_that_an_answer_filled_is_told() -> None:
    asked = Asked("lmstudio", "http://h/v1", servers.named("lmstudio"), "m")
    error = error_event(asked, "Reached context length of 4096 tokens with this model, but this")
    assert isinstance(error, errors.WindowExceeded)
    assert (error.prompt, error.window) == (0, 4096)


def test_the_counts_of_a_window_are_told() -> None:
    asked = Asked("llamacpp", "http://127.0.0.1:1/v1", servers.named("llamacpp"), "m")
    error = refusal(asked, 400, json.dumps(LLAMACPP_LONG))
    assert isinstance(error, errors.WindowExceeded)
    assert (error.prompt, error.window) == (9412, 8192)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("Trying to keep the first 9 tokens when context the overflows", errors.WindowExceeded),
        ({"message": "The model has crashed", "code": 500}, errors.StreamBroken),
        ({"message": "busy", "code": 503}, errors.ServerBusy),
        ("out of memory", errors.StreamBroken),
        ({}, errors.StreamBroken),
    ],
)
def test_errors_in_the_middle(error: object, kind: type[errors.ModelError]) -> None:
    asked = Asked("mine", "http://h/v1", servers.named("mine"), "m")
    assert type(error_event(asked, error)) is kind


BROKEN = [
    Turn([{"content": "a"}], ending="nothing"),
    Turn([{"content": "a"}], ending="cut"),
    Turn(raw=chunk({"content": "a"}) + frame({"error": {"code": 500, "message": "crashed"}})),
    Turn(raw=chunk({"content": "a"}) + b'error: {"code": 500, "message": "crashed"}\n\n'),
    Turn(raw=chunk({"content": "a"}) + b'event: error\ndata: {"error": "crashed"}\n\n'),
    Turn(raw=chunk({"content": "a"}) + frame({"object": "error", "message": "m", "code": 500})),
    Turn(raw=chunk({"content": "a"}) + b"data: rubbish\n\n"),
    Turn(raw=chunk({"content": "a"}) + b"data: [1]\n\n"),
    Turn(raw=chunk({"content": "a"}) + chunk({}, "error")),
    Turn(raw=chunk({"content": "a"}) + chunk({"tool_calls": [None]})),
]


@pytest.mark.parametrize("turn", BROKEN)
async def test_a_broken_answer_is_not_repeated(turn: Turn) -> None:
    async with talking(retries=2) as (server, provider):
        server.say(turn)
        got: list[Chunk] = []

        async def run() -> None:
            async for one in provider.chat(HELLO):
                got.append(one)  # noqa: PERF401 - what came before the error is to be seen

        with pytest.raises(errors.StreamBroken, match="stopped in the middle") as caught:
            await asyncio.wait_for(run(), 10)
        assert len(server.chats) == 1
    assert got == [TextChunk("a")]
    assert caught.value.cause


async def test_a_call_that_has_begun_is_not_repeated() -> None:
    deltas = [{"tool_calls": [fragment("f", '{"a"', id="x", index=0)]}]
    async with talking(retries=2) as (server, provider):
        server.say(Turn(deltas, ending="nothing"))
        with pytest.raises(errors.StreamBroken):
            await collect(provider)
        assert len(server.chats) == 1


@pytest.mark.parametrize(
    "turn",
    [
        Turn(ending="nothing"),
        Turn(ending="cut"),
        Turn(status=503, body="overloaded"),
        Turn(status=429, body="slow down"),
        Turn(status=502, body="bad gateway"),
        Turn(raw=frame({"error": {"code": 503, "message": "busy"}})),
    ],
)
async def test_retries_before_the_first_output(turn: Turn) -> None:
    async with talking(retries=2) as (server, provider):
        server.say(turn, turn, GOOD)
        assert text(await collect(provider)) == "a"
        bodies = [one.raw for one in server.chats]
    assert len(bodies) == 3
    assert len(set(bodies)) == 1


@pytest.mark.parametrize(
    ("turn", "kind"),
    [
        (Turn(ending="nothing"), Dropped),
        (Turn(status=503, body="overloaded"), errors.ServerBusy),
    ],
)
async def test_retries_end(turn: Turn, kind: type[errors.ModelError]) -> None:
    async with talking(retries=1) as (server, provider):
        server.say(turn, turn)
        with pytest.raises(kind):
            await collect(provider)
        assert len(server.chats) == 2


@pytest.mark.parametrize(
    "turn",
    [
        Turn(status=400, body=LLAMACPP_LONG),
        Turn(status=500, body=refused(500, "crashed")),
        Turn(raw=frame({"error": {"code": 500, "message": "crashed"}})),
    ],
)
async def test_what_would_fail_again_is_not_repeated(turn: Turn) -> None:
    async with talking(retries=2) as (server, provider):
        server.say(turn)
        with pytest.raises(errors.ModelError):
            await collect(provider)
        assert len(server.chats) == 1


async def test_loading_is_waited_for_beyond_retries_and_timeout() -> None:
    async with talking(retries=0, timeout=0.01) as (server, provider):
        server.say(*[LOADING] * 6, GOOD)
        assert text(await collect(provider)) == "a"
        assert len(server.chats) == 7


async def test_loading_does_not_use_up_or_add_retries() -> None:
    busy = Turn(status=429, body="slow down")
    async with talking(retries=1) as (server, provider):
        server.say(LOADING, LOADING, busy, LOADING, busy)
        with pytest.raises(errors.ServerBusy, match="try again in a moment"):
            await collect(provider)
        assert len(server.chats) == 5


async def test_an_event_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arriero.models.openai.events._LONGEST", 1000)
    async with talking() as (server, provider):
        server.say(Turn(raw=b"data: " + b"x" * 2000, ending="hang"))
        with pytest.raises(errors.StreamBroken) as caught:
            await collect(provider)
    assert "an event without an end" in caught.value.cause


async def test_there_is_no_timeout_before_the_first_output() -> None:
    hold = Hold(after=1)  # after the event that only names the role
    async with talking(timeout=0.05) as (server, provider):
        server.say(Turn([{"content": "a"}], hold=hold))
        task = asyncio.ensure_future(collect(provider))
        await asyncio.wait_for(hold.reached.wait(), 5)
        done, _ = await asyncio.wait([task], timeout=0.2)
        assert not done
        hold.release()
        assert text(await task) == "a"


async def test_silence_after_the_first_output_is_an_error() -> None:
    async with talking(timeout=0.1) as (server, provider):
        server.say(Turn(raw=chunk({"content": "a"}), ending="hang"))
        with pytest.raises(errors.StreamBroken, match=r"nothing for 0\.1 s.*llamacpp\.timeout"):
            await collect(provider)
        await asyncio.wait_for(server.chats[0].ended(), 5)


async def test_an_end_that_leaves_the_connection_open_is_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("arriero.models.openai.answering.Answer.tail", 0.05)
    async with talking(timeout=60) as (server, provider):
        server.say(Turn(raw=chunk({"content": "a"}, "stop"), ending="hang"))
        assert text(await collect(provider)) == "a"


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_cancel_closes_the_connection_at_once(after: int) -> None:
    hold = Hold(after)
    async with talking() as (server, provider):
        server.say(Turn([{"content": "a"}, {"content": "b"}], hold=hold))
        task = asyncio.ensure_future(collect(provider))
        await asyncio.wait_for(hold.reached.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.chats[0].ended(), 5)
        assert server.chats[0].closed_at is not None


async def test_closing_the_iterator_closes_the_connection_at_once() -> None:
    hold = Hold(after=2)
    async with talking() as (server, provider):
        server.say(Turn([{"content": "a"}, {"content": "b"}], hold=hold))
        chunks = provider.chat(HELLO)
        assert await asyncio.wait_for(anext(chunks), 5) == TextChunk("a")
        await chunks.aclose()
        await asyncio.wait_for(server.chats[0].ended(), 5)
        assert server.chats[0].closed_at is not None


async def test_a_call_that_the_limit_cut_is_left_out() -> None:
    deltas = [
        {"tool_calls": [fragment("f", '{"a": 1}', id="x", index=0)]},
        {"tool_calls": [fragment("f", '{"a', id="y", index=1)]},
    ]
    async with talking() as (server, provider):
        server.say(Turn(deltas, finish="length"))
        chunks = await collect(provider)
    assert [call.id for call in calls(chunks)] == ["x"]
    assert finished(chunks).reason == "length"


async def test_a_call_that_cannot_be_read_is_told_with_its_text() -> None:
    async with talking() as (server, provider):
        server.say(Turn([{"tool_calls": [fragment("f", "{'a", id="x", index=0)]}]))
        with pytest.raises(errors.CallUnreadable, match="call that cannot be read") as caught:
            await collect(provider)
        assert len(server.chats) == 1
    assert caught.value.cause == "f: {'a"
    assert caught.value.text == """{"name": "f", "arguments": {'a}"""


async def test_a_missing_model_is_told_with_those_that_are_there() -> None:
    stand_in = StandIn(models=[{"id": "one"}, {"id": "two"}])
    async with talking(stand_in, "vllm") as (server, provider):
        server.say(Turn(status=404, body=openai_error("The model `x` does not exist.")))
        with pytest.raises(errors.ModelNotFound, match=r"is there: one, two\.$"):
            await collect(provider, model="x")


async def test_nothing_answers() -> None:
    async with StandIn() as server:
        address = server.base_url
    provider = OpenAiProvider("llamacpp", address, retries=2)
    for ask in (collect(provider), provider.models(), provider.version(), provider.show(MODEL)):
        with pytest.raises(errors.ProviderUnavailable, match=f"at {address}: start it with `llama"):
            await ask
    await provider.aclose()
