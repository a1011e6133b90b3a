import { test } from "tap";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { isTyped, turnsIn } from "../../src/opencode/turns.ts";
import { answer, prompted, synthetic } from "../support/session.ts";

/** A user message with one part. */
const given = (part: object) =>
  ({ info: { id: "msg_given", role: "user" }, parts: [part] }) as unknown as SessionMessage;

test("messages are told apart by turn", (t) => {
  const step = answer({ text: "looking", finish: "tool-calls" });
  const end = answer({ text: "the end" });
  const summary = answer({ text: "what was", summary: true });
  const shell = answer({ finish: "none" });
  const compacted = (auto: boolean) => given({ type: "compaction", auto });
  const goOn = given({
    type: "text",
    text: "Continue.",
    synthetic: true,
    metadata: { compaction_continue: true },
  });
  const one = prompted("msg_1", "one");
  const two = prompted("msg_2", "two");
  const result = synthetic("msg_3", "<task>");
  const table: [string, SessionMessage[][]][] = [
    [
      "one after the other",
      [
        [one, end],
        [two, step, end],
      ],
    ],
    ["written into a turn that goes on", [[one, step, two, end]]],
    ["merged", [[one, two, end]]],
    [
      "a background task's result",
      [
        [one, end],
        [result, end],
      ],
    ],
    [
      "a command of the terminal",
      [
        [result, shell],
        [two, end],
      ],
    ],
    [
      "stopped by an error",
      [
        [one, answer({ error: "MessageAbortedError" })],
        [two, end],
      ],
    ],
    [
      "full, and going on",
      [
        [one, step, compacted(true), summary, goOn, end],
        [two, end],
      ],
    ],
    ["full, and asked again with a copy", [[one, compacted(true), summary, two, end]]],
    [
      "summed up by command",
      [
        [one, end],
        [compacted(false), summary],
        [two, end],
      ],
    ],
    ["without its beginning", [[step, end], [two]]],
    ["none", []],
  ];
  for (const [name, turns] of table) t.same(turnsIn(turns.flat()), turns, name);
  t.end();
});

test("a turn counts as begun in the terminal only where our plugin says so", (t) => {
  const text = (metadata?: object) => given({ type: "text", text: "x", metadata });
  t.equal(isTyped([text({ switchboard: "typed" }), text()]), true);
  t.equal(isTyped([text(), text({ switchboard: "typed" })]), false);
  t.equal(isTyped([]), false);
  t.end();
});
