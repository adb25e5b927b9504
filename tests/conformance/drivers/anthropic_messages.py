"""The anthropic package: messages, streamed, with a tool round, and a count of tokens."""

import json
import os

from anthropic import Anthropic

client = Anthropic(base_url=os.environ["GATEWAY"], api_key="unused")
tools = [
    {
        "name": "add",
        "description": "Add two numbers.",
        "input_schema": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    }
]
messages = [{"role": "user", "content": "What is 40 + 2?"}]
count = client.messages.count_tokens(model="calculator", messages=messages, tools=tools)
assert count.input_tokens > 20
deltas = 0
while True:
    with client.messages.stream(
        model="calculator",
        max_tokens=1024,
        system=[{"type": "text", "text": "Add.", "cache_control": {"type": "ephemeral"}}],
        messages=messages,
        tools=tools,
        thinking={"type": "enabled", "budget_tokens": 1024},
    ) as stream:
        deltas += sum(event.type == "text" for event in stream)
        answer = stream.get_final_message()
    calls = [block for block in answer.content if block.type == "tool_use"]
    if not calls:
        break
    assert answer.stop_reason == "tool_use"
    assert answer.content[0].type == "thinking"
    messages.append(answer.to_param())
    messages.append(
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": call.id,
                    "content": [{"type": "text", "text": str(call.input["a"] + call.input["b"])}],
                }
                for call in calls
            ],
        }
    )
assert answer.stop_reason == "end_turn"
print(json.dumps({"text": answer.content[-1].text, "deltas": deltas}))
