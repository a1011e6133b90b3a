import { test } from "tap";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { hasAnswered } from "../../src/turns/own-replies.ts";

/** A turn in which a tool ran from 10 to 20 (milliseconds). */
function ran(tool: string, input: object, output = "Sent."): SessionMessage[] {
  const state = { status: "completed", input, output, time: { start: 10, end: 20 } };
  return [{ info: {}, parts: [{ type: "tool", tool, state }] } as unknown as SessionMessage];
}

test("the agent has answered where its own tool says so, after its last work", (t) => {
  const command = 'make && send-telegram "done"';
  const table: [SessionMessage[], string, number | undefined, boolean][] = [
    [ran("send_telegram", { text: "done" }), "I told you.", undefined, true],
    [ran("send_telegram", { text: "begun" }), "All is done.", 30, false],
    [ran("send_telegram", { text: "**done**" }), "done", 30, true],
    [ran("send_telegram", { text: "done" }, "Not sent: …"), "done", undefined, false],
    [ran("bash", { command }), "I told you.", 10, true],
    [ran("bash", { command }), "All is done.", 30, false],
    [ran("bash", { command }, "not there"), "done", 10, false],
    [ran("bash", { command: "echo Sent." }), "done", 10, false],
    [[], "done", undefined, false],
  ];
  for (const [turn, text, workedAt, isAnswered] of table) {
    const words = { text, ...(workedAt !== undefined && { workedAt }) };
    t.equal(hasAnswered(turn, words), isAnswered, JSON.stringify([turn, words]));
  }
  t.end();
});
