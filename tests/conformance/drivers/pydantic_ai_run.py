"""pydantic-ai: an agent with a tool, streamed. PROVIDER says by which interface."""

import asyncio
import json
import os

from pydantic_ai import Agent, PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta

gateway, provider = os.environ["GATEWAY"], os.environ["PROVIDER"]
if provider == "anthropic":
    from anthropic import AsyncAnthropic
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    client = AsyncAnthropic(base_url=gateway, api_key="unused")
    model = AnthropicModel("calculator", provider=AnthropicProvider(anthropic_client=client))
else:
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    kind = OpenAIResponsesModel if provider == "responses" else OpenAIChatModel
    model = kind("calculator", provider=OpenAIProvider(base_url=gateway + "/v1", api_key="unused"))
agent = Agent(model)
pieces = []


@agent.tool_plain
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def listen(_, events) -> None:
    async for event in events:
        if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
            pieces.append(event.part.content)
        elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
            pieces.append(event.delta.content_delta)


async def main() -> None:
    result = await agent.run("What is 40 + 2?", event_stream_handler=listen)
    assert "".join(pieces).endswith(result.output)
    print(json.dumps({"text": result.output, "deltas": len(pieces)}))


asyncio.run(main())
