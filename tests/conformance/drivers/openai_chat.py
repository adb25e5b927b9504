"""The openai package: chat completions, streamed, with a tool round."""

import json
import os

from openai import OpenAI

client = OpenAI(base_url=os.environ["GATEWAY"] + "/v1", api_key="unused")
tools = [
    {
        "type": "function",
        "function": {
            "name": "add",
            "description": "Add two numbers.",
            "parameters": {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
                "required": ["a", "b"],
            },
        },
    }
]
messages = [{"role": "user", "content": "What is 40 + 2?"}]
deltas = 0
while True:
    with client.chat.completions.stream(
        model="calculator",
        messages=messages,
        tools=tools,
        stream_options={"include_usage": True},
    ) as stream:
        deltas += sum(event.type == "content.delta" for event in stream)
        answer = stream.get_final_completion()
    message = answer.choices[0].message
    assert answer.usage is not None
    if not message.tool_calls:
        break
    assert answer.choices[0].finish_reason == "tool_calls"
    messages.append(message.model_dump(exclude_none=True, exclude={"parsed"}))
    for call in message.tool_calls:
        given = json.loads(call.function.arguments)
        messages.append(
            {"role": "tool", "tool_call_id": call.id, "content": str(given["a"] + given["b"])}
        )
print(json.dumps({"text": message.content, "deltas": deltas}))
