import { test, type Test } from "tap";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { chat } from "../support/bot-chat.ts";
import { outboxRows } from "../support/memory.ts";
import { giveSession, prompted } from "../support/session.ts";

function said(id: string, text: string): SessionMessage {
  const time = { created: 1, completed: 2 };
  const info = { id, sessionID: "ses_1", role: "assistant", time, finish: "stop" };
  return { info, parts: [{ type: "text", text }] } as unknown as SessionMessage;
}

/** A page of the transcript in which the agent said this, as it is sent. */
async function transcriptOf(t: Test, text: string, page = "") {
  const { write, store, controls, agents } = await chat(t);
  await giveSession(agents, "default_agent", "ses_1");
  controls.allMessages = async () => [prompted("msg_1", "q", 1), said("msg_2", text)];
  await write(`/transcript ${page}`);
  const sent = (await outboxRows(store)).findLast(({ method }) => method === "sendMessage")!;
  const { entities = [], ...payload } = sent.payload as {
    text: string;
    entities?: { type: string; offset: number; length: number }[];
  };
  const styled = entities.map(({ type, offset, length }) => {
    return [type, payload.text.slice(offset, offset + length)];
  });
  return { text: payload.text, styled };
}

test("a transcript is formatted as answers are", async (t) => {
  const { text, styled } = await transcriptOf(t, "It is **done**; see `a.ts` and /etc.");
  t.match(text, /\nIt is done; see a\.ts and \/etc\.\n\nPage 1 of 1$/);
  t.match(text, /^Operator, .* UTC\nq\n\nAgent, .* UTC\n/);
  t.match(styled.slice(-3), [
    ["bold", "done"],
    ["code", "a.ts"],
    ["code", "/etc"],
  ]);
});

test("code that goes on in the next page is code there", async (t) => {
  const lines = Array.from({ length: 400 }, (_, n) => `const a_${n} = b * ${n} * c;`);
  const { text, styled } = await transcriptOf(t, `\`\`\`ts\n${lines.join("\n")}\n\`\`\``, "3");
  t.match(text, /\n\nPage 3 of \d$/);
  t.match(styled[0]?.[0], "pre");
  t.match(styled[0]?.[1], /^const a_\d+ = b \* \d+ \* c;\n/);
});

test("a page that formatting makes too long for a message is shown as it was written", async (t) => {
  const head = `| ${"module ".repeat(12)}| ${"what it does ".repeat(8)}|`;
  const row = "| a | b |";
  const table = [head, "|---|---|", ...Array<string>(300).fill(row)].join("\n");
  const { text } = await transcriptOf(t, table);
  t.match(text, `${row}\n${row}`);
});
