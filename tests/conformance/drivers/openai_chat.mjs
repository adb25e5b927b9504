// The openai package for JavaScript: chat completions, streamed, by its own runner of tools.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `${process.env.GATEWAY}/v1`, apiKey: "unused" });
let deltas = 0;
const runner = client.chat.completions.runTools({
  model: "calculator",
  stream: true,
  messages: [{ role: "user", content: "What is 40 + 2?" }],
  tools: [
    {
      type: "function",
      function: {
        name: "add",
        description: "Add two numbers.",
        parse: JSON.parse,
        parameters: {
          type: "object",
          properties: { a: { type: "integer" }, b: { type: "integer" } },
          required: ["a", "b"],
        },
        function: ({ a, b }) => String(a + b),
      },
    },
  ],
});
runner.on("content", () => {
  deltas += 1;
});
console.log(JSON.stringify({ text: await runner.finalContent(), deltas }));
