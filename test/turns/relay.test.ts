import { test } from "tap";
import { chooseSettings } from "../../src/chat-settings/chat-settings.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { KeptFiles } from "../../src/outbox/kept-files.ts";
import { longestSpoken } from "../../src/outbox/speech.ts";
import { addPrompt, Prompts } from "../../src/prompts/prompts.ts";
import {
  endTurn,
  finalWords,
  prepareEnd,
  type ReplyMode,
  type TurnEnd,
} from "../../src/turns/relay.ts";
import { texts } from "../../src/texts/texts.ts";
import { wantAbort } from "../../src/prompts/queue.ts";
import { memoryStore, outboxRows, queuedTexts } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";
import { startWith } from "../support/session.ts";

/** A prompt of agent `site` during which it said something last, or nothing. */
const spoken = (replied: boolean, text = "said", at = 1000) => ({
  agent: "site",
  replied,
  lastReply: replied ? { text, at } : undefined,
});

const noFiles = new KeptFiles("/nowhere");

/** What is sent at the end of a turn, as one text. */
function wordsOf(...given: Parameters<typeof finalWords>): string | undefined {
  const words = finalWords(...given);
  return words && [words.text, words.notice].filter(Boolean).join("\n\n");
}

test("who speaks at the end of a turn depends on the mode, and a failure is told in each", async (t) => {
  const said = { kind: "finished", text: "final words" } as const;
  const silent = { kind: "finished", text: "" } as const;
  const nothing = "site finished without an answer; /screen shows its terminal.";
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
    [{ kind: "finished", text: "\u200b\u2800\u3164\u2060" }, "auto", false, nothing],
  ];
  for (const [end, mode, replied, words] of table) {
    t.equal(wordsOf(spoken(replied), end, mode), words, `${end.kind} ${mode} ${replied}`);
  }
  const text = "";
  const failures: TurnEnd[] = [
    { kind: "stopped", text },
    { kind: "rejected", text },
    { kind: "rejected", isDismissed: true, text },
    { kind: "failed", error: "secret provider message", text },
    { kind: "cut off", text },
    { kind: "not taken" },
  ];
  const notices = failures.flatMap((end) =>
    (["auto", "tool", "relay"] as const).flatMap((mode) =>
      [true, false].map((replied) => wordsOf(spoken(replied), end, mode)),
    ),
  );
  t.equal(new Set(notices).size, failures.length, "one notice per kind of failure");
  t.ok(notices.every((notice) => notice && !notice.includes("secret provider message")));
});

test("only a reply after the last work of a turn, or one that says the same, is its answer", async (t) => {
  const end = { kind: "finished", text: "**All** 9 files\nare done.", workedAt: 2000 } as const;
  const words = (reply: string, at: number) => wordsOf(spoken(true, reply, at), end, "auto");
  t.equal(words("3 of 9 files", 1999), end.text, "a word on progress");
  t.equal(words("It is done.", 2001), undefined, "the agent's own answer");
  t.equal(words("All 9 files are done.", 1999), undefined, "it was said already");
  const silent = { ...end, text: "" };
  t.equal(wordsOf(spoken(true, "3 of 9", 1), silent, "auto"), undefined, "it did say something");
});

test("a turn ends by the word of the button that ended it", async (t) => {
  const words = (end: TurnEnd) => wordsOf(spoken(false), end, "auto");
  const rejected = { kind: "rejected", text: "" } as const;
  t.equal(words(rejected), "Rejected; turn ended. Write what to do instead.");
  const dismissed = { ...rejected, isDismissed: true };
  t.equal(words(dismissed), "Dismissed; turn ended. Write what to do instead.");
});

test("the last text of a turn that did not finish is shown, with how it ended", async (t) => {
  const words = (end: TurnEnd, mode: ReplyMode = "auto", replied = false) =>
    wordsOf(spoken(replied), end, mode);
  t.equal(words({ kind: "stopped", text: "half of it" }), "half of it\n\nTurn stopped.");
  t.match(
    words({ kind: "failed", error: "APIError", text: "half" }),
    /^half\n\nsite failed: the model's/,
  );
  t.match(words({ kind: "cut off", text: "half" }), /^half\n\nopencode was restarted/);
  const cut = { kind: "finished", text: "half", cut: "length" } as const;
  t.match(words(cut), /^half\n\nThe answer was cut at the model's output limit/);
  t.match(words(cut, "auto", true), /^The answer was cut/, "the agent's own words are enough");
  t.equal(words({ kind: "stopped", text: "half of it" }, "tool"), "Turn stopped.");
});

test("a turn seen to end twice ends its prompt and speaks once", async (t) => {
  const store = await memoryStore(t);
  const prompts = new Prompts(store);
  for (const updateId of [1, 2]) {
    await store.write((transaction) => addPrompt(transaction, newPrompt(updateId)));
  }
  const first = (await prompts.head("site"))!;
  const longest = "y".repeat(longestSpoken);
  const end: TurnEnd = { kind: "finished", text: `${longest}z` };
  const answer = await prepareEnd(noFiles, end);
  for (let time = 0; time < 2; time++) {
    const isSent = await store.write((transaction) =>
      endTurn(transaction, [first], end, { mode: "auto", answer }),
    );
    t.equal(isSent, time === 0);
  }
  t.same(await queuedTexts(store), [longest, "z"]);
  const second = (await prompts.head("site"))!;
  t.equal(second.id, first.id + 1);
  await store.write((transaction) =>
    endTurn(
      transaction,
      [second],
      { kind: "stopped", text: "" },
      { mode: "tool", answer: undefined },
    ),
  );
  t.equal(await prompts.head("site"), undefined);
  t.same(
    (await prompts.written("site", 0, 9)).map(({ state }) => state),
    ["done", "failed"],
  );
  t.equal((await queuedTexts(store)).at(-1), "Turn stopped.");
});

test("the agent's final text is formatted, and Switchboard's own words below it are not", async (t) => {
  const store = await memoryStore(t);
  await store.write((transaction) => addPrompt(transaction, newPrompt(1)));
  const prompt = (await new Prompts(store).head("site"))!;
  const end: TurnEnd = { kind: "failed", error: "APIError", text: "**Half** of\n```py\nprint(" };
  const answer = await prepareEnd(noFiles, end);
  await store.write((transaction) => endTurn(transaction, [prompt], end, { mode: "auto", answer }));
  const said = (await outboxRows(store)).find(({ method }) => method === "sendMessage");
  t.match(said?.payload, {
    text: /^Half of\n\nprint\(\n\nsite failed: .*see \/screen\.$/,
    entities: [
      { type: "bold", offset: 0, length: 4 },
      { type: "pre", language: "py" },
    ],
  });
  const { entities } = said!.payload as { entities: object[] };
  t.equal(entities.length, 2, "the command can be tapped");
});

test("what is relayed to a conversation that chose rich messages is one where that helps", async (t) => {
  const store = await memoryStore(t);
  const text = "| a | b |\n|---|---|\n| 1 | 2 |";
  for (const [updateId, chatId] of [
    [1, 1000],
    [2, 2000],
  ] as const) {
    await store.write(async (transaction) => {
      const place = { conversation: `${chatId}` };
      await addPrompt(transaction, newPrompt(updateId, place));
      await chooseSettings(transaction, conversation(1000), { format: "auto" });
    });
    const prompt = (await new Prompts(store).head("site"))!;
    const end: TurnEnd = { kind: "finished", text, cut: "length" };
    const answer = await prepareEnd(noFiles, end);
    await store.write((transaction) =>
      endTurn(transaction, [prompt], end, { mode: "auto", answer }),
    );
  }
  const notice = texts.turns.incomplete.length;
  const said = (await outboxRows(store)).filter(({ method }) => method.endsWith("Message"));
  t.match(said, [
    { method: "sendRichMessage", payload: { rich_message: { markdown: /\|\n\n.*output limit/ } } },
    { method: "sendMessage", payload: { text: new RegExp(`${RegExp.escape(notice)}$`) } },
  ]);
});

test("after a turn that an operator stopped, what waits is held and the message asks", async (t) => {
  const store = await memoryStore(t);
  const prompts = new Prompts(store);
  await startWith(store, "site", "ses_1");
  for (const updateId of [1, 2, 3]) {
    await store.write((transaction) => addPrompt(transaction, newPrompt(updateId)));
  }
  const first = (await prompts.head("site"))!;
  await prompts.attempt(first, { path: "api", sessionId: "ses_1" });
  const end: TurnEnd = { kind: "stopped", text: "y".repeat(longestSpoken) };
  const answer = await prepareEnd(noFiles, end);
  const stopped = (mode: ReplyMode) =>
    store.write((transaction) => endTurn(transaction, [first], end, { mode, answer }));
  await store.write((transaction) => wantAbort(transaction, "site"));
  await stopped("auto");
  await stopped("auto");
  const calls = await outboxRows(store);
  const shown = calls.filter(({ method }) => method === "sendMessage");
  t.equal(shown.length, 2, "once, in two messages");
  t.match(shown[1]?.payload, {
    text: /Turn stopped\. 2 messages wait: Continue delivers them/,
    reply_markup: { inline_keyboard: [[{ text: "Continue" }, { text: "Hold" }]] },
  });
  t.notOk(shown[0]?.payload["reply_markup"]);
  t.match(await prompts.lane("site"), { isHeld: true, isUndecided: true });
});
