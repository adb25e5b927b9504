// Chats to show.

export const state = {
  connection: "running",
  problem: "",
  loaded: true,
  sessionId: "ses_1",
  title: "Fix the rounding in the ledger",
  mode: "agent",
  modes: [
    { id: "ask", name: "Ask", about: "Answers and only reads." },
    { id: "edit", name: "Edit", about: "Proposes edits and runs nothing." },
    { id: "agent", name: "Agent", about: "Proposes edits and runs commands in the shadow." },
    { id: "plan", name: "Plan", about: "Reads and proposes steps." },
  ],
  model: "qwen3:8b",
  models: ["qwen3:8b", "gemma3:4b"],
  busy: false,
  stopping: false,
  queue: [],
  paused: false,
  used: 6100,
  size: 16384,
  leftOut: ["2 results of tools", "3 earlier messages"],
};

const chip = (kind, name, first = 0, last = 0) => ({ kind, name, first, last, text: "" });
const answer = `The share is cut off: **\`cents // parts\`** loses the rest.

\`\`\`python
def split(cents: int, parts: int) -> list[int]:
    """Split an amount into parts that add up to it."""
    share, odd = divmod(cents, parts)
    return [share + (n < odd) for n in range(parts)]  # the first take the odd cents
\`\`\`

| input | before | now |
|---|---|---|
| 100 / 3 | 33, 33, 33 | 34, 33, 33 |

1. See [the money module](tally/money.py:12).
2. Run the tests again.

> It is the same in \`ledger.py\`.`;

export const items = [
  {
    kind: "user",
    id: "user-1",
    runId: "run_1",
    text: "A test fails. Find out why and make it pass.",
    chips: [chip("file", "tally/money.py", 10, 24), chip("problems", "problems")],
  },
  { kind: "thought", id: "thought-1", runId: "run_1", text: "Let me look.", open: false, ms: 2300 },
  {
    kind: "tool",
    id: "tool-c1",
    runId: "run_1",
    name: "run_command",
    title: "Run python3 -m unittest",
    state: "failed",
    arguments: [["command", "python3 -m unittest"]],
    result: "FAIL: test_split\nAssertionError: 99 != 100",
    cut: false,
    ms: 1400,
    files: [],
  },
  {
    kind: "tool",
    id: "tool-c2",
    runId: "run_1",
    name: "edit_file",
    title: "Edit tally/money.py",
    state: "done",
    arguments: [["path", "tally/money.py"]],
    result: "Edited.",
    cut: true,
    ms: 12,
    files: [{ path: "/w/tally/money.py", line: 0, added: 3, removed: 2 }],
  },
  { kind: "answer", id: "answer-1", runId: "run_1", text: answer, open: false, dropped: false },
  {
    kind: "notice",
    id: "notice-1",
    runId: "run_1",
    level: "warning",
    text: "The window is small: older results of tools are left out.",
  },
  {
    kind: "proposal",
    id: "proposal-run_1",
    runId: "run_1",
    files: [
      {
        uri: "file:///w/tally/money.py",
        name: "tally/money.py",
        change: "edit",
        added: 3,
        removed: 2,
        open: 1,
      },
      {
        uri: "file:///w/NOTES.md",
        name: "NOTES.md",
        change: "create",
        added: 9,
        removed: 0,
        open: 1,
      },
    ],
    open: 2,
    accepted: 0,
    rejected: 0,
    stale: 0,
    undone: false,
    known: true,
  },
  {
    kind: "permission",
    id: "permission-1",
    runId: "",
    title: "Run rm -r build?",
    detail: "rm -r build",
    choices: [
      { id: "allow_once", name: "Allow once", allows: true },
      { id: "allow_always", name: "Always in this session", allows: true },
      { id: "reject_once", name: "Reject", allows: false },
    ],
    answer: "",
  },
];

/** The messages that show a list, as the extension sends them: the newest first, some at a time. */
export function shown(list, all, step = 150) {
  const messages = [{ type: "reset", list, total: all.length }];
  for (let end = all.length; end > 0; end -= step) {
    const at = Math.max(0, end - step);
    messages.push({ type: "fill", list, at, items: all.slice(at, end) });
  }
  return messages;
}

/** A long session: questions, tools, and answers with code. */
export function many(count) {
  return Array.from({ length: count }, (_, n) => {
    const id = `item-${n}`;
    if (n % 5 === 0) {
      return { kind: "user", id, runId: `run_${n}`, text: `Question ${n}`, chips: [] };
    }
    if (n % 5 < 4) {
      return { ...items[3], id, title: `Edit file ${n}`, result: "x\n".repeat(200) };
    }
    return {
      kind: "answer",
      id,
      runId: `run_${n}`,
      text: `${answer}\n\nEnd ${n}.`,
      open: false,
      dropped: false,
    };
  });
}

/** What a hostile model may say. None of it may become more than text. */
export const hostile = [
  "<script>window.hurt = 1</script>",
  "<img src=x onerror='window.hurt = 1'>",
  "![pixel](http://127.0.0.1:9/pixel.png)",
  "![data](data:image/png;base64,AAAA)",
  "[click](javascript:window.hurt=1)",
  "[click](JaVaScRiPt&colon;window.hurt=1)",
  "[click](command:workbench.action.quit)",
  "[click](vscode://x/y)",
  "[click](data:text/html,<script>window.hurt=1</script>)",
  "<a href='http://127.0.0.1:9/'>a</a><iframe src='http://127.0.0.1:9/'></iframe>",
  "<style>body { display: none }</style><link rel=stylesheet href=http://127.0.0.1:9/x.css>",
  "<div data-act=insert data-href=command:x class=link>not a button</div>",
  "```html onmouseover=window.hurt=1\n<script>window.hurt = 1</script>\n```",
  '```"><img src=x onerror=window.hurt=1>\ncode\n```',
  "[ref]: javascript:window.hurt=1\n\n[ref]",
  '[t](http://a.b "onclick=window.hurt=1\\"><img src=x onerror=window.hurt=1>")',
  "<svg onload=window.hurt=1><math><mi//xlink:href='data:x,<script>window.hurt=1</script>'>",
  "|a|\n|-|\n|<img src=x onerror=window.hurt=1>|",
  `${"> ".repeat(400)}deep`,
  `${"[".repeat(3000)}${"](".repeat(3000)}`,
  "*".repeat(5000),
];
