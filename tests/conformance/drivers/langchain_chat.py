"""langchain by three of its packages, streamed, with a tool round. PROVIDER says which."""

import json
import os

from langchain_core.messages import HumanMessage
from langchain_core.tools import tool


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


gateway, provider = os.environ["GATEWAY"], os.environ["PROVIDER"]
if provider == "anthropic":
    from langchain_anthropic import ChatAnthropic

    model = ChatAnthropic(model="calculator", base_url=gateway, api_key="unused", max_tokens=1000)
elif provider == "ollama":
    from langchain_ollama import ChatOllama

    model = ChatOllama(model="calculator", base_url=gateway)
else:
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(
        model="calculator",
        base_url=gateway + "/v1",
        api_key="unused",
        use_responses_api=provider == "responses",
    )
bound = model.bind_tools([add])
messages = [HumanMessage("What is 40 + 2?")]
deltas = 0
while True:
    answer = None
    for chunk in bound.stream(messages):
        deltas += bool(chunk.text)
        answer = chunk if answer is None else answer + chunk
    if not answer.tool_calls:
        break
    messages.append(answer)
    messages += [add.invoke(call) for call in answer.tool_calls]
print(json.dumps({"text": str(answer.text), "deltas": deltas}))
