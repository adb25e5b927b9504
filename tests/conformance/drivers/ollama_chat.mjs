// The ollama package for JavaScript: chat, streamed.
import { Ollama } from "ollama";

const client = new Ollama({ host: process.env.GATEWAY });
const tools = [
  {
    type: "function",
    function: {
      name: "add",
      description: "Add two numbers.",
      parameters: {
        type: "object",
        properties: { a: { type: "integer" }, b: { type: "integer" } },
        required: ["a", "b"],
      },
    },
  },
];
const messages = [{ role: "user", content: "What is 40 + 2?" }];
let deltas = 0;
let text;
for (;;) {
  text = "";
  const calls = [];
  for await (const part of await client.chat({ model: "calculator", messages, tools, stream: true })) {
    deltas += part.message.content ? 1 : 0;
    text += part.message.content;
    calls.push(...(part.message.tool_calls ?? []));
  }
  if (calls.length === 0) break;
  messages.push({ role: "assistant", content: text, tool_calls: calls });
  for (const call of calls) {
    const { a, b } = call.function.arguments;
    messages.push({ role: "tool", tool_name: call.function.name, content: String(a + b) });
  }
}
console.log(JSON.stringify({ text, deltas }));
