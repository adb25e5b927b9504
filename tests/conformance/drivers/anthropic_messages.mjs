// The anthropic package for JavaScript: messages, streamed.
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: process.env.GATEWAY, apiKey: "unused" });
const tools = [
  {
    name: "add",
    description: "Add two numbers.",
    input_schema: {
      type: "object",
      properties: { a: { type: "integer" }, b: { type: "integer" } },
      required: ["a", "b"],
    },
  },
];
const messages = [{ role: "user", content: "What is 40 + 2?" }];
let deltas = 0;
let answer;
for (;;) {
  const stream = client.messages.stream({ model: "calculator", max_tokens: 1000, messages, tools });
  stream.on("text", () => {
    deltas += 1;
  });
  answer = await stream.finalMessage();
  const calls = answer.content.filter((block) => block.type === "tool_use");
  if (calls.length === 0) break;
  messages.push({ role: "assistant", content: answer.content });
  messages.push({
    role: "user",
    content: calls.map((call) => ({
      type: "tool_result",
      tool_use_id: call.id,
      content: String(call.input.a + call.input.b),
    })),
  });
}
console.log(JSON.stringify({ text: answer.content.at(-1).text, deltas }));
