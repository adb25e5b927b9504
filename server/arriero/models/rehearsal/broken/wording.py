"""The ways in which models print tool calls as text, by family."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from arriero.models.rehearsal.script import Call

Wording = Callable[[Sequence[Call]], str]


def hermes(calls: Sequence[Call]) -> str:
    """Each call as JSON between tags: Hermes, Qwen and many more."""
    return "\n".join(f"<tool_call>\n{_json(call)}\n</tool_call>" for call in calls)


def bare_json(calls: Sequence[Call]) -> str:
    """One JSON object a line."""
    return "\n".join(_json(call) for call in calls)


def _llama(calls: Sequence[Call]) -> str:
    return "; ".join(_json(call, arguments="parameters") for call in calls)


def _fenced(calls: Sequence[Call]) -> str:
    return "\n".join(f"```json\n{_json(call, indent=2)}\n```" for call in calls)


def _openai(calls: Sequence[Call]) -> str:
    listed = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": call.name, "arguments": _dumps(dict(call.arguments))},
        }
        for number, call in enumerate(calls)
    ]
    return _dumps({"tool_calls": listed})


def _function_tag(calls: Sequence[Call]) -> str:
    return "".join(f"<function={c.name}>{_dumps(dict(c.arguments))}</function>" for c in calls)


def _granite(calls: Sequence[Call]) -> str:
    return f"<|tool_call|>{_list(calls)}"


def _qwen_coder(calls: Sequence[Call]) -> str:
    def one(call: Call) -> str:
        parameters = "".join(
            f"<parameter={key}>\n{_plain(value)}\n</parameter>\n"
            for key, value in call.arguments.items()
        )
        return f"<tool_call>\n<function={call.name}>\n{parameters}</function>\n</tool_call>"

    return "\n".join(map(one, calls))


def _glm(calls: Sequence[Call]) -> str:
    def one(call: Call) -> str:
        pairs = "".join(
            f"<arg_key>{key}</arg_key>\n<arg_value>{_plain(value)}</arg_value>\n"
            for key, value in call.arguments.items()
        )
        return f"<tool_call>{call.name}\n{pairs}</tool_call>"

    return "\n".join(map(one, calls))


def _invoke(calls: Sequence[Call]) -> str:
    inner = "".join(
        f'<invoke name="{call.name}">\n'
        + "".join(
            f'<parameter name="{key}">{_plain(value)}</parameter>\n'
            for key, value in call.arguments.items()
        )
        + "</invoke>\n"
        for call in calls
    )
    return f"<function_calls>\n{inner}</function_calls>"


def _mistral(calls: Sequence[Call]) -> str:
    return f"[TOOL_CALLS]{_list(calls)}"


def _mistral_args(calls: Sequence[Call]) -> str:
    return "".join(f"[TOOL_CALLS]{c.name}[ARGS]{_dumps(dict(c.arguments))}" for c in calls)


def _python_tag(calls: Sequence[Call]) -> str:
    return f"<|python_tag|>{_llama(calls)}<|eom_id|>"


def _nemotron(calls: Sequence[Call]) -> str:
    return f"<TOOLCALL>{_list(calls)}</TOOLCALL>"


def _pythonic(calls: Sequence[Call]) -> str:
    return f"[{', '.join(map(_python, calls))}]"


def _tool_code(calls: Sequence[Call]) -> str:
    lines = "\n".join(map(_python, calls))
    return f"```tool_code\n{lines}\n```"


def _lfm(calls: Sequence[Call]) -> str:
    return f"<|tool_call_start|>{_pythonic(calls)}<|tool_call_end|>"


def _harmony(calls: Sequence[Call]) -> str:
    return "<|start|>assistant".join(
        f"<|channel|>commentary to=functions.{call.name} <|constrain|>json<|message|>"
        f"{_dumps(dict(call.arguments))}<|call|>"
        for call in calls
    )


def _kimi(calls: Sequence[Call]) -> str:
    inner = "".join(
        f"<|tool_call_begin|>functions.{call.name}:{number}<|tool_call_argument_begin|>"
        f"{_dumps(dict(call.arguments))}<|tool_call_end|>"
        for number, call in enumerate(calls)
    )
    return f"<|tool_calls_section_begin|>{inner}<|tool_calls_section_end|>"


def _deepseek(calls: Sequence[Call]) -> str:
    begin, end = _special("tool_call_begin"), _special("tool_call_end")
    sep = _special("tool_sep")
    inner = "".join(f"{begin}{call.name}{sep}{_dumps(dict(call.arguments))}{end}" for call in calls)
    return f"{_special('tool_calls_begin')}{inner}{_special('tool_calls_end')}"


def _react(calls: Sequence[Call]) -> str:
    return "\n".join(
        f"Action: {call.name}\nAction Input: {_dumps(dict(call.arguments))}" for call in calls
    )


FAMILIES: Mapping[str, tuple[Wording, ...]] = {
    "json": (bare_json, _llama, _fenced, _openai),
    "tags": (hermes, _function_tag, _granite),
    "xml": (_qwen_coder, _glm, _invoke),
    "brackets": (_mistral, _mistral_args, _python_tag, _nemotron),
    "python": (_pythonic, _tool_code, _lfm),
    "channels": (_harmony, _kimi, _deepseek, _react),
}


def _json(call: Call, *, arguments: str = "arguments", indent: int | None = None) -> str:
    return json.dumps(
        {"name": call.name, arguments: dict(call.arguments)}, ensure_ascii=False, indent=indent
    )


def _list(calls: Sequence[Call]) -> str:
    return f"[{', '.join(map(_json, calls))}]"


def _python(call: Call) -> str:
    given = ", ".join(f"{key}={value!r}" for key, value in call.arguments.items())
    return f"{call.name}({given})"


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _special(words: str) -> str:
    """Return a special token of DeepSeek's: with signs of its own instead of `|` and `_`."""
    bar, gap = "\N{FULLWIDTH VERTICAL LINE}", "\N{LOWER ONE EIGHTH BLOCK}"
    return f"<{bar}{words.replace('_', gap)}{bar}>"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else _dumps(value)
