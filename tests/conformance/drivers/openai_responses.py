"""The openai package: responses, streamed, with a tool round."""

import json
import os

from openai import OpenAI

client = OpenAI(base_url=os.environ["GATEWAY"] + "/v1", api_key="unused")
tools = [
    {
        "type": "function",
        "name": "add",
        "description": "Add two numbers.",
        "strict": False,
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    }
]
items = [{"role": "user", "content": "What is 40 + 2?"}]
deltas = 0
while True:
    with client.responses.stream(
        model="calculator", input=items, tools=tools, store=False
    ) as stream:
        deltas += sum(event.type == "response.output_text.delta" for event in stream)
        answer = stream.get_final_response()
    assert answer.usage is not None
    calls = [item for item in answer.output if item.type == "function_call"]
    if not calls:
        break
    items += [
        item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in answer.output
    ]
    for call in calls:
        given = json.loads(call.arguments)
        items.append(
            {
                "type": "function_call_output",
                "call_id": call.call_id,
                "output": str(given["a"] + given["b"]),
            }
        )
print(json.dumps({"text": answer.output_text, "deltas": deltas}))
