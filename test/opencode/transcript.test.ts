import { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { test } from "tap";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { lastTool, toolInWords } from "../../src/opencode/last-tool.ts";
import { exportOf, transcriptOf, transcriptPages } from "../../src/opencode/transcript.ts";
import { prompted, synthetic } from "../support/session.ts";

const at = Date.UTC(2026, 10, 26, 2, 50);

function agent(parts: object[], info: object = {}): SessionMessage {
  return { info: { role: "assistant", time: { created: at }, ...info }, parts } as SessionMessage;
}

const text = (words: string) => ({ type: "text", text: words });
const tool = (name: string, input: object, state: object = {}) => ({
  type: "tool",
  tool: name,
  state: { status: "completed", input, time: { start: 5, end: 9 }, ...state },
});

test("the last tool is told with what it was called for", async (t) => {
  const read = tool("read", { filePath: "/srv/a.ts", offset: 3 });
  t.equal(lastTool([prompted("msg_1")]), undefined);
  t.same(lastTool([agent([read, text("so")]), prompted("msg_2")]), {
    tool: "read",
    subject: "/srv/a.ts",
    state: "completed",
    startedAt: 5,
    endedAt: 9,
  });
  const running = { status: "running", time: { start: 7 } };
  t.match(lastTool([agent([read]), agent([tool("bash", { command: "npm test" }, running)])]), {
    tool: "bash",
    subject: "npm test",
    state: "running",
    startedAt: 7,
    endedAt: undefined,
  });
  const pending = { type: "tool", tool: "edit", state: { status: "pending", input: {}, raw: "" } };
  t.match(lastTool([agent([pending])]), { subject: undefined, startedAt: at });
  t.equal(toolInWords({ tool: "bash", subject: "a\n  b\n" }), "bash: a ⏎ b");
  t.equal(toolInWords({ tool: "todowrite", subject: undefined }), "todowrite");
});

const messages = [
  prompted("msg_1", "Fix *it*", at),
  agent([
    text("Looking."),
    tool("read", { filePath: "a.ts" }),
    tool("bash", { command: "echo `x`" }, { status: "error", error: "no" }),
  ]),
  agent([{ type: "reasoning", text: "secret" }, text("Fixed.")]),
  synthetic("msg_2", "Continue."),
  agent([text("long")], { summary: true }),
  prompted("msg_3", "More", at),
  agent([], { error: { name: "MessageAbortedError" } }),
];

test("a transcript has what was said, and tools in one line", async (t) => {
  t.equal(
    transcriptOf(messages),
    [
      "## Operator, 2026-11-26 02:50 UTC\n\nFix *it*",
      "## Agent, 2026-11-26 02:50 UTC\n\nLooking.",
      "- `read: a.ts`\n- `bash: echo 'x'` (failed)",
      "Fixed.",
      "*Everything before this was summarised here.*",
      "## Operator, 2026-11-26 02:50 UTC\n\nMore",
      "## Agent, 2026-11-26 02:50 UTC\n\n*Failed: MessageAbortedError*\n",
    ].join("\n\n"),
  );
});

test("pages are cut between messages, then between lines, and lose nothing", async (t) => {
  t.same(transcriptPages([], 100), []);
  t.same(transcriptPages(messages, 10_000), [transcriptOf(messages).trimEnd()]);
  const pages = transcriptPages(messages, 190);
  t.equal(pages.join("\n\n"), transcriptOf(messages).trimEnd());
  t.ok(pages.length > 1 && pages.every((page) => page.startsWith("## ") && page.length <= 190));

  const long = [prompted("msg_1", `${"word ".repeat(30)}\n`.repeat(20), at)];
  const lines = transcriptPages(long, 400);
  t.ok(lines.every((page) => page.length <= 400 && page.length > 200));
  t.equal(lines.join("\n").replaceAll(/\s/g, ""), transcriptOf(long).replaceAll(/\s/g, ""));
  const faces = transcriptPages([prompted("msg_1", "😀".repeat(300), at)], 101);
  t.notOk(faces.some((page) => /^[\uDC00-\uDFFF]/.test(page) || /[\uD800-\uDBFF]$/.test(page)));
  t.equal(faces.join("").match(/😀/gu)?.length, 300);
});

test("an export has the session and its messages", async (t) => {
  const stored = Readable.from([Buffer.from(JSON.stringify(messages))]);
  t.same(await json(exportOf({ id: "ses_1" }, stored)), { info: { id: "ses_1" }, messages });
});
