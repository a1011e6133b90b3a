import { test } from "tap";
import { addPrompt, Prompts } from "../../src/prompts/prompts.ts";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { endTurn, finalWords, type ReplyMode, type TurnEnd } from "../../src/turns/relay.ts";
import { standOf, textOf } from "../../src/opencode/turn-status.ts";
import { maxTextLength } from "../../src/chat/split.ts";
import { memoryStore, owedTexts } from "../support/memory.ts";
import { answer, prompted, synthetic } from "../support/session.ts";

const rejection = "The user rejected permission to use this tool.";

test("how a turn stands is read from what came after its prompt", async (t) => {
  const stands: [string, SessionMessage[], object][] = [
    [
      "finished",
      [prompted("m1"), answer({ text: "all done" })],
      { kind: "finished", text: "all done" },
    ],
    [
      "only the last step's words count",
      [
        prompted("m1"),
        answer({ text: "let me look", finish: "tool-calls" }),
        answer({ text: " found it \n" }),
      ],
      { kind: "finished", text: "found it" },
    ],
    ["finished without a word", [prompted("m1"), answer({})], { kind: "finished", text: "" }],
    [
      "ended by the operator's no",
      [prompted("m1"), answer({ text: "May I?", toolError: rejection, finish: "tool-calls" })],
      { kind: "rejected" },
    ],
    [
      "a tool that failed is no end",
      [prompted("m1"), answer({ toolError: "exit 1", finish: "tool-calls" }), answer({})],
      { kind: "finished", text: "" },
    ],
    [
      "cut off between two steps",
      [prompted("m1"), answer({ text: "Let me run the tests", finish: "tool-calls" })],
      { kind: "cut off" },
    ],
    [
      "another turn in the terminal",
      [prompted("m1"), answer({ text: "ours" }), prompted("m2"), answer({ text: "theirs" })],
      { kind: "finished", text: "ours" },
    ],
    [
      "summed up by the operator",
      [prompted("m1"), answer({ text: "ours" }), answer({ text: "the summary", summary: true })],
      { kind: "finished", text: "ours" },
    ],
    [
      "summed up by opencode, which then goes on",
      [
        prompted("m1"),
        answer({ text: "the answer" }),
        answer({ text: "the summary", summary: true }),
        synthetic("m2", "Continue if you have next steps"),
        answer({ text: "nothing more" }),
      ],
      { kind: "finished", text: "the answer\n\nnothing more" },
    ],
    [
      "asked again by opencode after the context was too small",
      [
        prompted("m1"),
        answer({ text: "", finish: "none" }),
        answer({ text: "the summary", summary: true }),
        prompted("m2"),
        answer({ text: "the answer" }),
      ],
      { kind: "finished", text: "the answer" },
    ],
    [
      "cut off while the context was summed up",
      [prompted("m1"), answer({ finish: "none" })],
      { kind: "cut off" },
    ],
    [
      "a command typed in the terminal afterwards",
      [
        prompted("m1"),
        answer({ text: "ours" }),
        synthetic("m2", "The following tool was executed by the user"),
        answer({ tool: "total 0", finish: "none" }),
      ],
      { kind: "finished", text: "ours" },
    ],
    [
      "a provider that says stop where a tool was called",
      [
        prompted("m1"),
        answer({ text: "let me look", tool: "found" }),
        prompted("m2"),
        answer({ text: "both" }),
      ],
      { kind: "finished", text: "both" },
    ],
    ["nothing came yet", [prompted("m1")], { kind: "unstarted" }],
    [
      "what stood before does not count",
      [prompted("m0"), answer({ text: "old" }), prompted("m1")],
      { kind: "unstarted" },
    ],
    [
      "aborted",
      [prompted("m1"), answer({ text: "half", error: "MessageAbortedError" })],
      { kind: "stopped" },
    ],
    [
      "aborted, then another prompt answered",
      [
        prompted("m1"),
        answer({ error: "MessageAbortedError" }),
        prompted("m2"),
        answer({ text: "fine" }),
      ],
      { kind: "stopped" },
    ],
    [
      "failed",
      [prompted("m1"), answer({ error: "APIError" })],
      { kind: "failed", error: "APIError" },
    ],
    ["cut off", [prompted("m1"), answer({ text: "half", completed: false })], { kind: "cut off" }],
    ["stored without its part", [prompted("m1", ""), answer({ text: "x" })], { kind: "missing" }],
    [
      "merged with a later prompt",
      [prompted("m1"), prompted("m2"), answer({ text: "both" })],
      { kind: "finished", text: "both" },
    ],
    [
      "pushed out of the newest messages",
      [answer({ text: "step 30", finish: "tool-calls" }), answer({ text: "end" })],
      { kind: "finished", text: "end" },
    ],
  ];
  for (const [name, messages, stand] of stands) t.strictSame(standOf(messages, "m1"), stand, name);
});

test("the words of a message are its own text parts alone", async (t) => {
  const message = answer({ text: "first" });
  const part = message.parts[0]!;
  const parts = [
    part,
    { ...part, text: "told to the model", synthetic: true },
    { ...part, text: "left out", ignored: true },
    { ...part, type: "reasoning", text: "thinking" },
    { ...part, text: "second" },
  ] as SessionMessage["parts"];
  t.equal(textOf({ ...message, parts }), "first\n\nsecond");
});

test("who speaks at the end of a turn depends on the mode, and a failure is told in each", async (t) => {
  const said = { kind: "finished", text: "final words" } as const;
  const silent = { kind: "finished", text: "" } as const;
  const nothing = "The agent finished without a word.";
  const table: [TurnEnd, ReplyMode, boolean, string | undefined][] = [
    [said, "auto", false, "final words"],
    [said, "auto", true, undefined],
    [said, "tool", false, undefined],
    [said, "tool", true, undefined],
    [said, "relay", false, "final words"],
    [said, "relay", true, "final words"],
    [silent, "auto", false, nothing],
    [silent, "auto", true, undefined],
    [silent, "tool", false, undefined],
    [silent, "relay", false, nothing],
    [silent, "relay", true, undefined],
  ];
  for (const [end, mode, replied, words] of table) {
    t.equal(finalWords(end, mode, replied), words, `${end.kind} ${mode} ${replied}`);
  }
  const failures: TurnEnd[] = [
    { kind: "stopped" },
    { kind: "failed", error: "secret provider message" },
    { kind: "cut off" },
    { kind: "not taken" },
  ];
  const notices = failures.flatMap((end) =>
    (["auto", "tool", "relay"] as const).flatMap((mode) =>
      [true, false].map((replied) => finalWords(end, mode, replied)),
    ),
  );
  t.equal(new Set(notices).size, failures.length, "one notice per kind of failure");
  t.ok(notices.every((notice) => notice && !notice.includes("secret provider message")));
});

test("a turn seen to end twice ends its prompt and speaks once", async (t) => {
  const store = memoryStore(t);
  const prompts = new Prompts(store);
  const where = conversation(1000);
  for (const updateId of [1, 2]) {
    await store.write((transaction) =>
      addPrompt(transaction, {
        updateId,
        agent: "a",
        conversation: "1000",
        operator: 1000,
        chatMessageId: 1,
        text: "x",
        sentAt: 0,
      }),
    );
  }
  const first = (await prompts.head("a"))!;
  const end: TurnEnd = { kind: "finished", text: `${"y".repeat(maxTextLength)}z` };
  for (let time = 0; time < 2; time++) {
    await store.write((transaction) =>
      endTurn(transaction, { prompt: first, end, where, mode: "auto" }),
    );
  }
  t.same(await owedTexts(store), ["y".repeat(maxTextLength), "z"]);
  const second = (await prompts.head("a"))!;
  t.equal(second.id, first.id + 1);
  await store.write((transaction) =>
    endTurn(transaction, { prompt: second, end: { kind: "stopped" }, where, mode: "tool" }),
  );
  t.equal(await prompts.head("a"), undefined);
  t.same(
    (await prompts.written("a", 0, 9)).map(({ state }) => state),
    ["done", "failed"],
  );
  t.equal((await owedTexts(store)).at(-1), "Stopped.");
});
