"""litellm: the same round by three of its providers, streamed. PROVIDER says which."""

import json
import os

import litellm

PREFIX, BASE = {
    "openai": ("openai/", "/v1"),
    "anthropic": ("anthropic/", ""),
    "ollama": ("ollama_chat/", ""),
}[os.environ["PROVIDER"]]
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
    chunks = []
    for chunk in litellm.completion(
        model=PREFIX + "calculator",
        api_base=os.environ["GATEWAY"] + BASE,
        api_key="unused",
        messages=messages,
        tools=tools,
        stream=True,
    ):
        chunks.append(chunk)
        deltas += bool(chunk.choices and chunk.choices[0].delta.content)
    message = litellm.stream_chunk_builder(chunks, messages=messages).choices[0].message
    if not message.tool_calls:
        break
    messages.append(message.model_dump(exclude_none=True))
    for call in message.tool_calls:
        given = json.loads(call.function.arguments)
        messages.append(
            {
                "role": "tool",
                "tool_call_id": call.id,
                "name": call.function.name,
                "content": str(given["a"] + given["b"]),
            }
        )
print(json.dumps({"text": message.content, "deltas": deltas}))
