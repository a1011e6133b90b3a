import { test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import { Work } from "../../src/inbox/worker.ts";
import { outboxRows, queuedTexts, rows } from "../support/memory.ts";
import { me, press, update } from "../support/updates.ts";
import { chat, minutesAgo } from "../support/bot-chat.ts";
import { permissionRequest } from "../support/permission.ts";

test("a text is a prompt of the conversation's agent, to the letter, and is not answered", async (t) => {
  const { write, prompts, woken } = await chat(t);
  const text = 'first line\n  "second" $HOME `x` 🙂\n';
  const date = Math.floor(Date.now() / 1000) - 60;
  t.same(await write(text, { date }), []);
  t.match(await prompts(), [
    {
      agent: defaultAgent,
      text,
      operator: 1000,
      conversation: "1000",
      chat_message_id: 7,
      sent_at: date * 1000,
      state: "receiving",
      message_id: /^msg_/,
      part_id: /^prt_/,
    },
  ]);
  t.same(woken, [defaultAgent]);
});

test("a prompt whose agent is stopped while it is taken in is refused, and waits for no start", async (t) => {
  const { store, stop, handler, prompts } = await chat(t);
  const work = new Work(41, 0);
  await handler.handle(update(41, { text: "do it" }), work);
  await stop(defaultAgent);
  await store.write((transaction) => work.apply(transaction));
  t.same(await prompts(), []);
  t.match((await queuedTexts(store)).at(-1), "Not sent: default_agent is stopped.");
});

test("a prompt exists only with the end of its update, and the same update makes one", async (t) => {
  const { store, handler, give, prompts, woken } = await chat(t);
  const one = update(41, { text: "once" });
  const work = new Work(41, 0);
  await handler.handle(one, work);
  t.same(await prompts(), [], "nothing is stored and nobody woken until the work is kept");
  t.same(woken, []);
  await t.rejects(
    store.write(async (transaction) => {
      await work.apply(transaction);
      throw new Error("crash");
    }),
  );
  t.same(await prompts(), []);
  await give(one);
  await give(one);
  t.equal((await prompts()).length, 1);
});

test("a path at the start of a text is no command", async (t) => {
  const { write, prompts } = await chat(t);
  const texts = [
    "/etc/hosts is wrong",
    "/etc/systemd/system/getty@tty1.service fails",
    "/ is full",
    `/${"x".repeat(33)}`,
  ];
  for (const text of texts) t.same(await write(text), [], text);
  t.match(
    await prompts(),
    texts.map((text) => ({ text })),
  );
});

test("a forwarded command is quoted in a prompt and not run", async (t) => {
  const { write, prompts, agents } = await chat(t);
  await write("/stop", { forward_origin: { type: "hidden_user", sender_user_name: "X", date: 1 } });
  t.match(await prompts(), [{ text: "Forwarded message:\n> /stop" }]);
  t.match(await agents.get(defaultAgent), { state: "active" });
});

test("an unknown command is answered and never a prompt; one for another bot is ignored", async (t) => {
  const { write, prompts } = await chat(t);
  const unknown = "Not sent: this command is unknown. /help lists the commands.";
  t.match(await write("/frobnicate now"), [unknown]);
  t.match(await write("/frobnicate@switchboard_TEST_bot now"), [unknown]);
  t.match(await write("/__proto__"), [unknown]);
  const inGroup = { chat: { id: -5, type: "supergroup", title: "us" } };
  t.same(await write("/status@other_bot", inGroup), []);
  t.same(await write("/frobnicate@other_bot", inGroup), []);
  const other = /^Not sent: this command is unknown/;
  t.match(await write("/status@other_bot"), [other], "nobody else would answer here");
  t.match(await write("/status@Switchboard_test_bot"), [/^Agent: default_agent/]);
  t.match(await write("/STATUS"), [/^Agent: default_agent/]);
  t.same(await prompts(), []);
});

test("what happened in a chat is no prompt, and is not answered", async (t) => {
  const { write, prompts } = await chat(t);
  const service: object[] = [
    { new_chat_members: [me] },
    { left_chat_member: me },
    { pinned_message: {} },
    { new_chat_title: "x" },
    { forum_topic_created: { name: "x", icon_color: 1 } },
    { group_chat_created: true },
    {},
  ];
  for (const content of service) t.same(await write(undefined, content), []);
  t.same(await prompts(), []);
});

test("a press acts on its card, once, and an unknown one is answered", async (t) => {
  const { cards, give, store, woken } = await chat(t);
  await cards.sync({ name: defaultAgent, sessionId: "ses_1" }, [
    { kind: "permission", id: "per_1", request: permissionRequest() },
  ]);
  const [{ key } = { key: "" }] = await rows<{ key: string }>(
    store,
    `SELECT key FROM buttons WHERE action LIKE '%once%'`,
  );
  t.same(await give(press(1, key)), ["Allowed once."]);
  t.same(await give(press(2, key)), ["This button no longer works."]);
  t.same(await give(press(3, "unknown-key")), ["This button no longer works."]);
  t.same(await cards.answered(defaultAgent), [
    { requestId: "per_1", answer: { kind: "permission", reply: "once" } },
  ]);
  t.same(woken, [defaultAgent], "only a decision wakes it");
  const answers = (await outboxRows(store)).filter(
    ({ method }) => method === "answerCallbackQuery",
  );
  t.same(
    answers.map(({ lane, payload }) => [lane, payload["callback_query_id"]]),
    [1, 2, 3].map((id) => [`query query-${id}`, `query-${id}`]),
  );
});

test("a prompt that was long on its way says so to the agent", async (t) => {
  const { write, prompts } = await chat(t);
  await write("soon enough", minutesAgo(9));
  await write("is it done?", minutesAgo(14));
  await write("good morning", minutesAgo(200));
  t.same(
    (await prompts()).map(({ text }) => text),
    ["soon enough", "[sent 14 min ago]\nis it done?", "[sent 3 h 20 min ago]\ngood morning"],
  );
});

test("a rich message is a prompt with its text", async (t) => {
  const { write, prompts } = await chat(t);
  const blocks = [{ type: "paragraph", text: ["fix ", { type: "code", text: "a.ts" }] }];
  t.same(await write(undefined, { rich_message: { blocks } }), []);
  t.match(await prompts(), [{ text: "fix `a.ts`" }]);
});

test("a command that ends a sentence is run and is no prompt", async (t) => {
  const { write, prompts } = await chat(t);
  const entities = [{ type: "bot_command", offset: 0, length: 7 }];
  t.match(await write("/status.", { entities }), [/^Agent: default_agent/]);
  t.same(await prompts(), []);
});
