# ruff: noqa: RUF001 - the models' own marks have these characters
"""What a model is shown is data: in it nothing is a mark of its template, or of a tool call.

A server reads the whole prompt for the control tokens of its model, wherever they stand: a file
with `<|im_start|>system` in it would begin a message. So behind the first character of every such
mark goes a character of no width, U+200B, and the tokenizer finds letters where there was a token.
`neutral` does it to all that is sent but our own forms around it; `meant` takes it out of what the
model says, so that a line that was copied is the line of the file. `meant(neutral(text)) == text`
for every text, also for one that has the character itself.

Sources of the marks: the tokenizer configurations of the families of models, and the markers of
Ollama's runner (`[img-0]`) and of llama.cpp (`<__media__>`), which put pictures in their places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from arriero.models.types import Message, ToolCall

GAP = "\u200b"

# Names of tags that are tokens, or begin a call or a result in some form that models print.
_NAMES = (
    "s", "pad", "unk", "bos", "eos", "eod", "sop", "eop", "mask", "image", "escape",
    "think(?:ing)?", "thought", "tools", "tool_?calls?", "tool_(?:responses?|results?|use|code)",
    "function_?calls?", "function_(?:responses?|results?)", "functions?", "parameter", "invoke",
    r"[a-z]+:(?:tool_call|function_calls|invoke|parameter|think|bos|eos)s?", "arg_(?:key|value)",
    "(?:start|end)_(?:of_\\w+|function_\\w+)", "\\w+_soft_token", "__media__",
    "fim[_-](?:prefix|suffix|middle|pad)", "PRE", "SUF", "MID", "EOT", "file_sep", "filename",
    "repo_?name", "gh_stars", "(?:issue|jupyter|commit)_\\w+", "(?:extra_id|reserved)_?\\d+",
    "unused_?\\d+", "SYS", "TOOLCALL", "(?:SPECIAL|special)_\\d+",
)  # fmt: skip
_BRACKETED = (
    "INST", "TOOL_CALLS", "AVAILABLE_TOOLS", "TOOL_RESULTS", "TOOL_CONTENT", "SYSTEM_PROMPT",
    "MODEL_SETTINGS", "THINK", "ARGS", "CALL_ID", "IMG(?:_BREAK|_END)?", "(?:BEGIN_)?AUDIO",
    "PREFIX", "SUFFIX", "MIDDLE", "[gs]?MASK", "CLS", "SEP", "PAD", "UNK", "BOS", "EOS",
    r"control_\d+", r"img-\d+", r"\|[^\[\]\n]{1,40}\|",
)  # fmt: skip
_ROLES = "Instruction|Response|Input|System|User|Assistant|Human|Question|Answer"

_SIGNS = "<[]#◁"  # every mark begins with one of them
_OPENERS = r"[<\[\]#◁]"
_PARTED = rf"\g<0>{GAP}"
_STEP = 64 * 1024  # characters
_MARK = re.compile(
    rf"<(?={GAP}"
    r"|/?[|｜][^<>\n]{1,64}>"  # of the most families
    r"|/?[A-Za-z_]{1,32}[|｜]>"
    rf"|<?/?(?:{'|'.join(_NAMES)})(?![\w.:-])[^<>\n]{{0,80}}>"
    r"|\[[^<>\[\]\n]{1,40}\]>)"  # Seed: <[begin_of_sentence]>
    rf"|\[(?={GAP}|/?(?:{'|'.join(_BRACKETED)})\]|e~\[)"
    rf"|\](?={GAP}|~!?[a-z]{{1,3}}[\[\]]|![a-z]~\[)"  # MiniMax: ]~b]ai
    rf"|◁(?={GAP}|[^◁▷\n]{{1,32}}▷)"
    rf"|(?<![^\n])#(?=## ?(?:{_ROLES}):)"  # of models without control tokens: Alpaca's
    rf"|#(?={GAP})"
)
_GAP = re.compile(rf"({_OPENERS}){GAP}")


def neutral(text: str) -> str:
    """Return the text without a mark in it, for a model's eyes.

    It is the same for the same text, always: a prompt that goes on begins as the one before.
    """
    if len(text) <= _STEP:
        return _MARK.sub(_PARTED, text) if _MARK.search(text) else text
    return "".join(
        _MARK.sub(_PARTED, piece) if any(sign in piece for sign in _SIGNS) else piece
        for piece in _pieces(text)
    )


def _pieces(text: str) -> Iterator[str]:
    """Cut a long text where lines end, over which no mark goes: others have their turn between."""
    at = 0
    while at < len(text):
        end = text.find("\n", at + _STEP) + 1 or len(text)
        yield text[at:end]
        at = end


def meant(text: str) -> str:
    """Return what a model means by a text in which it copied what `neutral` has shown it."""
    return _GAP.sub(r"\1", text) if GAP in text else text


def neutral_message(message: Message) -> Message:
    """Return a message as it may be sent: every text in it neutral, calls and thinking too."""
    calls = message.tool_calls and tuple(
        replace(call, name=neutral(call.name), arguments=_each(call.arguments, neutral))
        for call in message.tool_calls
    )
    content = neutral(message.content)
    thinking = message.thinking and neutral(message.thinking)
    if not calls and content == message.content and thinking == message.thinking:
        return message  # as most are: a copy costs as much as the look
    return replace(message, content=content, thinking=thinking, tool_calls=calls)


def meant_call(call: ToolCall) -> ToolCall:
    """Return a call with the arguments that the model means."""
    return replace(call, arguments=_each(call.arguments, meant))


class MeantText:
    """`meant` for a text that comes in pieces, wherever they were cut."""

    def __init__(self) -> None:
        self._opened = False  # whether the last character may have a gap behind it

    def feed(self, text: str) -> str:
        """Return what is meant by the next piece."""
        if not text:
            return text
        said = text.removeprefix(GAP) if self._opened else text
        self._opened = re.match(_OPENERS, text[-1]) is not None
        return meant(said)


def _each(value: Any, change: Any) -> Any:
    """Change every text in JSON's values, names of members among them."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {_each(key, change): _each(one, change) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_each(one, change) for one in value]
    return value
