"""Tokens, prompts and windows of the simulated models.

The estimate: a special mark, a word of letters, a digit, a few pairs of signs that stand in JSON,
or any other single character is one token. Prompts are ChatML. These are the rules of the small
model whose exchanges with a real server were recorded, so that its counts come out alike; other
models count fewer tokens for the same text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from arriero.models.rehearsal import gojson

IMAGE_TOKENS = 768
_TOKEN = re.compile(
    r'<\|\w+\|>|</?\w+>|\{"|":|",|"\}+| "| \{|\d|[^\W\d_]+|.',
    re.DOTALL,
)
_PROMPT_TOO_LONG = (
    "the prompt is longer than the context length currently available to the model; shorten the "
    "prompt, adjust the context length in settings, or use a model with a longer context length"
)


class PromptTooLong(Exception):
    """The prompt is refused; the text is the `error` of the answer with status 400."""


@dataclass(frozen=True)
class Prompt:
    """A rendered prompt as tokens; `images` counts those in it."""

    tokens: tuple[str, ...]
    images: int = 0

    @property
    def count(self) -> int:
        """Tokens, those of images included."""
        return len(self.tokens) + self.images * IMAGE_TOKENS


def split(text: str) -> list[str]:
    """Cut a text into tokens."""
    return _TOKEN.findall(text)


def call_text(name: str, arguments: Mapping[str, Any]) -> str:
    """Return a tool call as the simulated models write it in their own words."""
    # With blanks, as models write JSON.
    inner = ", ".join(
        f"{gojson.dumps(key)}: {gojson.dumps(value)}" for key, value in arguments.items()
    )
    return f'<tool_call>\n{{"name": "{name}", "arguments": {{{inner}}}}}\n</tool_call>'


def render(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> Prompt:
    """Render a conversation as ChatML, ready for the assistant's answer."""
    rest = list(messages)
    system = ""
    if rest and rest[0].get("role") == "system":
        system = rest.pop(0).get("content") or ""
    parts = []
    if system or tools:
        listed = "\n\n" if system and tools else ""
        listed += "# Tools" + "".join(_tool_line(tool) for tool in tools) if tools else ""
        parts.append(f"<|im_start|>system\n{system}{listed}<|im_end|>\n")
    parts.extend(_message_text(message) for message in rest)
    parts.append("<|im_start|>assistant\n")
    images = sum(len(message.get("images") or ()) for message in messages)
    return Prompt(tuple(split("".join(parts))), images)


def fit(
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]],
    window: int,
    *,
    path: Literal["native", "rendered", "leaky"],
    truncate: bool,
    shift: bool,
) -> Prompt:
    """Render a conversation into a window as Ollama does.

    The oldest messages are dropped first unless `truncate` is false. What is still too long is
    refused with `PromptTooLong` where llama.cpp renders the prompt; elsewhere it is cut, unless
    `shift` is false.
    """
    start = 0
    prompt = render(messages, tools)
    while truncate and prompt.count > window and start < len(messages) - 1:
        start += 1
        first = _with_its_call(messages, start)
        system = [message for message in messages[:first] if message.get("role") == "system"]
        prompt = render([*system, *messages[first:]], tools)
    return clip(prompt, window, path=path, shift=shift)


def clip(
    prompt: Prompt, window: int, *, path: Literal["native", "rendered", "leaky"], shift: bool
) -> Prompt:
    """Cut a prompt that is longer than the window to half of it plus two tokens, or refuse it.

    Raises `PromptTooLong` where llama.cpp renders the prompt, and where `shift` is false.
    """
    if prompt.count <= window:
        return prompt
    if path == "native":
        raise PromptTooLong(_runner_error(prompt.count, window))
    if not shift:
        raise PromptTooLong(_PROMPT_TOO_LONG)
    return Prompt(prompt.tokens[-(window // 2 + 2) :])


def _runner_error(count: int, window: int) -> str:
    """Return the JSON of llama.cpp's server, which Ollama passes on as a string."""
    message = (
        f"request ({count} tokens) exceeds the available context size ({window} tokens), "
        "try increasing it"
    )
    return gojson.dumps(
        {
            "error": {
                "code": 400,
                "message": message,
                "type": "exceed_context_size_error",
                "n_prompt_tokens": count,
                "n_ctx": window,
            }
        }
    )


def _with_its_call(messages: Sequence[Mapping[str, Any]], index: int) -> int:
    """Return the index of the call that a tool's result answers: the two are not parted."""
    if messages[index].get("role") != "tool":
        return index
    before = index
    while before > 0 and messages[before].get("role") == "tool":
        before -= 1
    return before if messages[before].get("tool_calls") else index


def _tool_line(tool: Mapping[str, Any]) -> str:
    function = tool.get("function") or {}
    required = (function.get("parameters") or {}).get("required") or ()
    return f"\n- {function.get('name', '')}({', '.join(required)})"


def _message_text(message: Mapping[str, Any]) -> str:
    role, content = message.get("role", ""), message.get("content") or ""
    if role == "tool":
        return f"<|im_start|>user\n<tool_response>\n{content}\n</tool_response><|im_end|>\n"
    if role == "assistant":
        for call in message.get("tool_calls") or ():
            function = call.get("function") or {}
            content += call_text(function.get("name", ""), function.get("arguments") or {})
    return f"<|im_start|>{role}\n{content}<|im_end|>\n"
