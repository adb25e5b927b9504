"""The anthropic package's tool runner, which calls the tools by itself and asks for threads."""

import json
import os

from anthropic import Anthropic, beta_tool


@beta_tool
def add(a: int, b: int) -> str:
    """Add two numbers."""
    return str(a + b)


client = Anthropic(base_url=os.environ["GATEWAY"], api_key="unused")
runner = client.beta.messages.tool_runner(
    model="calculator",
    max_tokens=1024,
    messages=[{"role": "user", "content": "What is 40 + 2?"}],
    tools=[add],
    stream=True,
)
deltas = 0
for stream in runner:
    deltas += sum(event.type == "text" for event in stream)
    answer = stream.get_final_message()
assert answer.stop_reason == "end_turn"
print(json.dumps({"text": answer.content[-1].text, "deltas": deltas}))
