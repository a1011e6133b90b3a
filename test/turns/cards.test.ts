import { test, type Test } from "tap";
import { Conversations, useConversation } from "../../src/agents/conversations.ts";
import { addPrompt, Prompts } from "../../src/agents/prompts.ts";
import type { Decision } from "../../src/agents/session-state.ts";
import type { QuestionInfo } from "../../src/opencode/client.ts";
import { conversation } from "../../src/telegram/conversation.ts";
import { cardParts, permissionText } from "../../src/turns/card-text.ts";
import { Cards, endingOf, endings } from "../../src/turns/cards.ts";
import { memoryStore, outboxRows } from "../support/memory.ts";
import { startWith } from "../support/session.ts";

const permission = (id: string, command = "rm -rf build", fields: object = {}): Decision => ({
  kind: "permission",
  id,
  request: {
    id,
    sessionID: "ses_1",
    permission: "bash",
    patterns: ["rm *"],
    always: ["rm *"],
    metadata: { command },
    ...fields,
  },
});
const option = (label: string) => ({ label, description: `about ${label}` });
const question = (id: string, ...questions: Partial<QuestionInfo>[]): Decision => ({
  kind: "question",
  id,
  request: {
    id,
    sessionID: "ses_1",
    questions: questions.map((one, index) => ({
      question: `Question ${index + 1}?`,
      header: "h",
      options: ["red", "green", "blue"].map(option),
      ...one,
    })),
  },
});

/** Cards of agent `site` in topic 5 of a group, asked for by operator 1000's running prompt. */
async function stage(t: Test, { running = true } = {}) {
  const store = memoryStore(t);
  const conversations = new Conversations(store, [1000, -100]);
  const cards = new Cards(store, conversations);
  const topic = conversation(-100, 5);
  await startWith(store, "site", "ses_1");
  await store.write((transaction) => {
    useConversation(transaction, topic, "site");
    if (!running) return;
    addPrompt(transaction, {
      updateId: 1,
      agent: "site",
      conversation: topic.key,
      operator: 1000,
      chatMessageId: 1,
      text: "x",
      sentAt: 0,
    });
  });
  const prompts = new Prompts(store);
  const prompt = await prompts.head("site");
  if (prompt) await prompts.attempt(prompt.id, { path: "api", sessionId: "ses_1" });

  /** The buttons the card shows now, label to key. */
  const buttons = async () => {
    const last = (await outboxRows(store)).findLast(({ payload }) => payload["reply_markup"]);
    const markup = last?.payload["reply_markup"] as {
      inline_keyboard: { text: string; callback_data: string }[][];
    };
    return new Map(markup.inline_keyboard.flat().map((one) => [one.text, one.callback_data]));
  };
  let queries = 0;
  const pressKey = async (key: string, operator = 1000) => {
    queries += 1;
    const press = { queryId: `q${queries}`, key, operator };
    await store.write((transaction) => cards.press(transaction, press));
    return (await outboxRows(store)).at(-1)?.payload["text"];
  };
  const press = async (label: string, operator?: number) => {
    const key = (await buttons()).get(label);
    if (key === undefined) throw new Error(`no button ${label}`);
    return pressKey(key, operator);
  };
  const shown = async () => {
    const calls = await outboxRows(store);
    return calls.filter(({ method }) => method === "sendMessage" || method === "editMessageText");
  };
  return { store, cards, buttons, press, pressKey, shown };
}

const spent = "This button does nothing any more.";

test("a permission is shown once, whole, where its agent speaks", async (t) => {
  const { cards, shown, buttons } = await stage(t);
  await cards.sync("site", [permission("per_1")]);
  await cards.sync("site", [permission("per_1")]);
  await Promise.all([
    cards.sync("site", [permission("per_1")]),
    cards.sync("site", [permission("per_1")]),
  ]);
  const messages = await shown();
  t.equal(messages.length, 1);
  const text = "site asks for permission: bash\nrm -rf build\nAlways would allow: rm *";
  t.match(messages, [
    {
      lane: "-100:5",
      method: "sendMessage",
      payload: {
        chat_id: -100,
        message_thread_id: 5,
        text,
        entities: [{ type: "pre", offset: text.indexOf("rm -rf"), length: "rm -rf build".length }],
        link_preview_options: { is_disabled: true },
      },
    },
  ]);
  const keys = [...(await buttons()).entries()];
  t.same(
    keys.map(([label]) => label),
    ["Allow once", "Always", "Reject"],
  );
  t.equal(new Set(keys.map(([, key]) => key)).size, 3);
  for (const [, key] of keys) t.match(key, /^[A-Za-z0-9_-]{24}$/);
});

test("two requests asked at once have a card each", async (t) => {
  const { cards, shown } = await stage(t);
  const write = {
    permission: "edit",
    patterns: ["/srv/a.ts", "/srv/b.ts"],
    always: [],
    metadata: {},
  };
  await cards.sync("site", [permission("per_1"), permission("per_2", "", write)]);
  t.match(
    (await shown()).map(({ payload }) => payload["text"]),
    [/rm -rf build/, "site asks for permission: edit\n/srv/a.ts\n/srv/b.ts"],
  );
});

test("each button decides as it says, once, and the others are spent with it", async (t) => {
  for (const [label, reply, words] of [
    ["Allow once", "once", "Allowed once."],
    ["Always", "always", "Always allowed."],
    ["Reject", "reject", "Rejected."],
  ] as const) {
    const { cards, press } = await stage(t);
    await cards.sync("site", [permission("per_1")]);
    t.same(await cards.answered("site"), []);
    t.equal(await press(label), words);
    t.equal(await press(label), spent);
    t.equal(await press("Allow once"), spent);
    t.same(await cards.answered("site"), [
      { requestId: "per_1", answer: { kind: "permission", reply } },
    ]);
    t.same(await cards.answered("other"), []);
  }
});

test("a card is for the operator whose prompt asks, and for any when no prompt does", async (t) => {
  const { cards, press } = await stage(t);
  await cards.sync("site", [permission("per_1")]);
  t.equal(await press("Allow once", 1001), "This card is for another operator.");
  t.same(await cards.answered("site"), []);
  t.equal(await press("Allow once", 1000), "Allowed once.", "which leaves it to its own operator");

  const free = await stage(t, { running: false });
  await free.cards.sync("site", [permission("per_1")]);
  t.equal(await free.press("Reject", 1001), "Rejected.");
});

test("a key nobody was given does nothing and belongs to no agent", async (t) => {
  const { cards, pressKey, buttons, shown } = await stage(t);
  await cards.sync("site", [permission("per_1")]);
  for (const key of ["", "per_1", "once", "A".repeat(24), "' OR 1=1 --"]) {
    t.equal(await pressKey(key), spent);
    t.equal(await cards.agentOf(key), undefined);
  }
  t.equal(await cards.agentOf([...(await buttons()).values()][0]!), "site");
  t.equal((await shown()).length, 1);
});

test("a closed card loses its buttons, says how it was decided, and takes no press", async (t) => {
  const { cards, press, pressKey, buttons, shown } = await stage(t);
  await cards.sync("site", [permission("per_1")]);
  const old = (await buttons()).get("Always")!;
  await press("Allow once");
  await cards.close("per_1", endings.once);
  await cards.close("per_1", endings.elsewhere);
  const [sent, edit, ...more] = await shown();
  t.same(more, []);
  t.match(edit, {
    lane: "-100:5",
    method: "editMessageText",
    payload: {
      chat_id: -100,
      message_of: sent?.id,
      text: /\nrm -rf build\n[^]*\n\nAllowed once\.$/,
      entities: [{ type: "pre" }],
      reply_markup: { inline_keyboard: [] },
    },
  });
  t.equal(await pressKey(old), spent);
  t.same(await cards.answered("site"), []);
});

test("a request that is gone closes its card, and one decided elsewhere tells so only when open", async (t) => {
  const { cards, press, pressKey, shown, buttons } = await stage(t);
  await cards.sync("site", [permission("per_1"), permission("per_2")]);
  const key = (await buttons()).get("Allow once")!;
  await cards.sync("other", []);
  t.equal((await shown()).length, 2, "another agent's round closes nothing");
  await cards.sync("site", [permission("per_2")]);
  t.match((await shown()).at(-1), {
    payload: { text: new RegExp(`${RegExp.escape(endings.elsewhere)}$`) },
  });
  await cards.closeUnanswered("per_2", "In the terminal: Rejected.");
  t.match((await shown()).at(-1), { payload: { text: /In the terminal: Rejected\.$/ } });
  t.equal(await pressKey(key), spent);
  await cards.sync("site", []);
  t.equal((await shown()).length, 4, "each was closed once");

  await cards.sync("site", [permission("per_3")]);
  await press("Always");
  await cards.closeUnanswered("per_3", "In the terminal: Always allowed.");
  await cards.closeUnanswered("per_none", "x");
  t.equal((await shown()).length, 5, "an answered card is closed by whoever passes the answer on");
});

test("a question of one choice is answered by a press, or dismissed", async (t) => {
  const { cards, press, shown, buttons } = await stage(t);
  await cards.sync("site", [question("que_1", {})]);
  t.match(await shown(), [
    {
      payload: {
        text: "site asks: Question 1?\n• red: about red\n• green: about green\n• blue: about blue",
      },
    },
  ]);
  t.same([...(await buttons()).keys()], ["red", "green", "blue", "Dismiss"]);
  t.equal(await press("green"), "Answered: green");
  t.same(await cards.answered("site"), [
    { requestId: "que_1", answer: { kind: "question", answers: [["green"]] } },
  ]);
  t.equal(await press("red"), spent);

  const other = await stage(t);
  await other.cards.sync("site", [question("que_1", {})]);
  t.equal(await other.press("Dismiss"), "Dismissed.");
  t.same(await other.cards.answered("site"), [
    { requestId: "que_1", answer: { kind: "dismissal" } },
  ]);
});

test("where several may be chosen, presses toggle, Done needs one, and old buttons are void", async (t) => {
  const { cards, press, pressKey, buttons, shown } = await stage(t);
  await cards.sync("site", [question("que_1", { multiple: true })]);
  t.match((await shown())[0]?.payload["text"], /Choose any, then Done\.$/);
  t.equal(await press("Done"), "Choose at least one, or Dismiss.");
  t.same(await cards.answered("site"), []);
  const first = await buttons();
  await press("red");
  t.equal(await pressKey(first.get("blue")!), spent, "a button of the card as it was");
  await press("blue");
  t.match((await shown()).at(-1)?.payload["text"], /☑ red: .*\n• green: .*\n☑ blue/);
  await press("☑ red");
  await press("green");
  t.same([...(await buttons()).keys()], ["red", "☑ green", "☑ blue", "Done", "Dismiss"]);
  t.equal(await press("Done"), "Answered: blue, green");
  t.same(await cards.answered("site"), [
    { requestId: "que_1", answer: { kind: "question", answers: [["blue", "green"]] } },
  ]);
});

test("several questions are asked one after another in the same message", async (t) => {
  const { cards, press, shown } = await stage(t);
  await cards.sync("site", [question("que_1", {}, { multiple: true }, {})]);
  t.equal(await press("red"), "red");
  t.match((await shown()).at(-1)?.payload["text"], /^site asks: Question 2\?/);
  await press("green");
  await press("blue");
  t.equal(await press("Done"), "green, blue");
  t.match((await shown()).at(-1)?.payload["text"], /^site asks: Question 3\?/);
  t.same(await cards.answered("site"), []);
  t.equal(await press("red"), "Answered: red; green, blue; red");
  t.same(await cards.answered("site"), [
    {
      requestId: "que_1",
      answer: { kind: "question", answers: [["red"], ["green", "blue"], ["red"]] },
    },
  ]);
  const edits = (await shown()).slice(1);
  t.ok(edits.every(({ method, payload }) => method === "editMessageText" && payload["message_of"]));
});

test("a command longer than a message is shown whole, the buttons under its end", async (t) => {
  const { cards, press, shown } = await stage(t);
  const command = Array.from({ length: 900 }, (_, line) => `echo line ${line}`).join("\n");
  await cards.sync("site", [permission("per_1", command)]);
  const messages = (await shown()).map(({ payload }) => payload);
  t.ok(messages.length >= 3);
  const texts = messages.map(({ text }) => text as string);
  t.equal(texts.join(""), `site asks for permission: bash\n${command}\nAlways would allow: rm *`);
  t.ok(texts.every((text) => text.length <= 4096));
  t.same(
    messages.map((payload) => "reply_markup" in payload),
    [...messages.slice(1).map(() => false), true],
  );
  await press("Reject");
  await cards.close("per_1", endings.reject);
  const edit = (await shown()).at(-1)?.payload;
  t.equal(edit?.["text"], `${texts.at(-1)}\n\nRejected.`);
  t.equal(edit?.["message_of"], (await shown()).at(-2)?.id, "the message with the buttons");
});

test("the formatting of a card in parts covers the command and nothing else", async (t) => {
  const commands = ["x".repeat(9000), `${"y".repeat(3700)}${" ".repeat(6000)}${"z".repeat(2000)}`];
  for (const command of commands) {
    const { request } = permission("per_1", command) as Extract<Decision, { kind: "permission" }>;
    const parts = cardParts(permissionText("site", request));
    const formatted = parts.map(({ text, entities }) =>
      entities.map(({ offset, length }) => text.slice(offset, offset + length)).join(""),
    );
    const isSame = formatted.join("").replace(/ /g, "") === command.replace(/ /g, "");
    t.ok(isSame, `${formatted.map(({ length }) => length).join()} of ${command.length}`);
  }
});

test("answers too long for Telegram's notice or for the card are shortened, not refused", async (t) => {
  const { cards, press, shown } = await stage(t);
  const options = Array.from({ length: 40 }, (_, index) => option(`${index} ${"w".repeat(60)}`));
  await cards.sync("site", [
    question("que_1", { multiple: true, options, question: "Q".repeat(500) }),
  ]);
  for (const { label } of options) await press(label);
  const notice = (await press("Done")) as string;
  t.ok(notice.length <= 200 && notice.startsWith("Answered: 0 w"), `${notice.length}`);
  const [{ answer } = { answer: undefined }] = await cards.answered("site");
  t.match(answer, { answers: [options.map(({ label }) => label)] });

  await cards.close("que_1", endingOf(answer!));
  const texts = (await shown()).map(({ payload }) => payload["text"] as string);
  t.ok(
    texts.every((text) => text.length <= 4096),
    texts.map(({ length }) => length).join(),
  );
});

test("a later question longer than a message is asked whole, in messages of its own", async (t) => {
  const { cards, press, shown } = await stage(t);
  const long = "long? ".repeat(900).trim();
  await cards.sync("site", [question("que_1", {}, { question: long }, {})]);
  await press("red");
  const [, closed, ...asked] = await shown();
  t.match(closed, {
    method: "editMessageText",
    payload: { reply_markup: { inline_keyboard: [] } },
  });
  t.equal(asked.length, 2);
  t.match(asked.map(({ payload }) => payload["text"]).join(""), `site asks: ${long}\n• red`);
  await press("green");
  t.match((await shown()).at(-1)?.payload, {
    message_of: asked[1]?.id,
    text: /^site asks: Question 3\?/,
  });
  t.equal(await press("blue"), "Answered: red; green; blue");
});
