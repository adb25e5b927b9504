// The openai package for JavaScript: responses, streamed.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `${process.env.GATEWAY}/v1`, apiKey: "unused" });
const tools = [
  {
    type: "function",
    name: "add",
    description: "Add two numbers.",
    strict: false,
    parameters: {
      type: "object",
      properties: { a: { type: "integer" }, b: { type: "integer" } },
      required: ["a", "b"],
    },
  },
];
const input = [{ role: "user", content: "What is 40 + 2?" }];
let deltas = 0;
let answer;
for (;;) {
  const stream = client.responses.stream({ model: "calculator", input, tools, store: false });
  stream.on("response.output_text.delta", () => {
    deltas += 1;
  });
  answer = await stream.finalResponse();
  const calls = answer.output.filter((item) => item.type === "function_call");
  if (calls.length === 0) break;
  input.push(...answer.output.map(({ parsed_arguments, ...item }) => item));
  for (const call of calls) {
    const { a, b } = JSON.parse(call.arguments);
    input.push({ type: "function_call_output", call_id: call.call_id, output: String(a + b) });
  }
}
console.log(JSON.stringify({ text: answer.output_text, deltas }));
