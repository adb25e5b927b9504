"""The ollama package: chat, streamed, with a tool round; and the lists."""

import json
import os

from ollama import Client

client = Client(host=os.environ["GATEWAY"])


def add(a: int, b: int) -> int:
    """Add two numbers.

    Args:
        a: One.
        b: The other.
    """
    return a + b


assert "calculator" in client.list().models[0].model
assert "tools" in client.show("calculator").capabilities
messages = [{"role": "user", "content": "What is 40 + 2?"}]
deltas = 0
while True:
    text, calls = "", []
    for part in client.chat("calculator", messages=messages, tools=[add], stream=True):
        deltas += bool(part.message.content)
        text += part.message.content or ""
        calls += part.message.tool_calls or []
    assert part.done
    assert part.eval_count > 0
    if not calls:
        break
    messages.append({"role": "assistant", "content": text, "tool_calls": calls})
    for call in calls:
        result = str(add(**call.function.arguments))
        messages.append({"role": "tool", "tool_name": call.function.name, "content": result})
assert client.ps().models
print(json.dumps({"text": text, "deltas": deltas}))
