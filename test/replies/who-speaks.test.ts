import { test } from "tap";
import { chooseSettings } from "../../src/chat-settings/chat-settings.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { moveCalls } from "../../src/outbox/chats.ts";
import type { OutboxMessage } from "../../src/outbox/message.ts";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { sayParts } from "../../src/outbox/say.ts";
import { noteMessage } from "../../src/outbox/speech.ts";
import { movePrompts } from "../../src/prompts/rename.ts";
import { endTurn } from "../../src/turns/relay.ts";
import { speaking } from "../support/speaking.ts";
import { giveSession } from "../support/session.ts";

const site = "❖ site:";

test("an agent that the chat talks to is not named; another one is, and has a button to talk to it", async (t) => {
  const { say, heard, pressBelow, ask } = await speaking(t);
  await say("default_agent", "mine");
  await say("site", `hello${"x".repeat(5000)}`);
  const [mine, first, last] = await heard();
  t.same([mine?.text, mine?.reply_markup, mine?.entities], ["mine", undefined, undefined]);
  t.match(first, { text: /^❖ site:\nhello/, entities: [{ type: "bold", offset: 0, length: 7 }] });
  t.equal(first?.reply_markup, undefined, "the button is below the last message");
  t.match(last, {
    text: /^❖ site:\nx/,
    reply_markup: { inline_keyboard: [[{ text: "Switch to site" }]] },
  });
  t.same(await pressBelow(last!), ["Connected to site. Send a task, or /help.", ""]);
  await heard();
  const { during } = await ask("do it", "site", "ses_2", 5);
  await say("site", "now mine", during);
  await say("default_agent", "now another");
  t.same(
    (await heard()).map(({ text }) => text),
    ["now mine", "❖ default_agent:\nnow another"],
  );
});

test("the captions of files name the agent, too, and so does a file without one", async (t) => {
  const { say, heard } = await speaking(t);
  const file = { path: "/data/outgoing/1", name: "a.txt", bytes: 7 };
  await say("site", "see this", { files: [file] });
  await say("site", "", { files: [file] });
  const [first, second] = await heard();
  const keyboard = { reply_markup: { inline_keyboard: [[{ text: "Switch to site" }]] } };
  const bold = { caption_entities: [{ type: "bold", length: 7 }] };
  t.match(first, { caption: "❖ site:\nsee this", ...bold, ...keyboard });
  t.match(second, { caption: site, ...keyboard });
});

test("an album names the agent at its first file, and the button to switch stands below it", async (t) => {
  const { app, say, send } = await speaking(t);
  const file = { path: "/data/outgoing/1", name: "a.txt", bytes: 7 };
  await say("site", "see these", { files: [file, file] });
  const albums: OutboxMessage[] = [];
  await send(async (message) => {
    albums.push(message);
    await app.outbox.sent(message);
  });
  const [{ method, payload, fallback } = {} as Partial<OutboxMessage>] = albums;
  t.equal(method, "sendMediaGroup");
  const bold = { caption_entities: [{ type: "bold", length: 7 }] };
  t.match(payload, { media: [{ caption: "❖ site:\nsee these", ...bold }, { caption: undefined }] });
  const below = { inline_keyboard: [[{ text: "Switch to site" }]] };
  t.match(fallback, { next: [{ text: site, reply_markup: below }] });
});

test("who speaks is told by whom the chat talks to when the words go out, not when they were said", async (t) => {
  const { say, heard, write, send, app } = await speaking(t);
  await say("default_agent", "said before");
  await say("site", "said before as well");
  await write("/switch site");
  t.same(
    (await heard()).flatMap(({ text }) => (text?.startsWith("Connected") ? [] : text)),
    ["❖ default_agent:\nsaid before", "said before as well"],
  );
  await say("site", "put off");
  await send((message) => app.outbox.putBack(message, "pending", Date.now() + 60_000));
  await write("/switch default_agent");
  t.intercept(Date, "now", { value: () => 4_000_000_000_000 });
  const [late] = (await heard()).filter(({ text }) => text?.includes("put off"));
  t.equal(late?.text, "❖ site:\nput off");
});

test("an agent that was renamed is still itself, under its new name", async (t) => {
  const { say, heard, write, pressBelow } = await speaking(t);
  await say("default_agent", "another");
  await say("site", "mine");
  await write("/rename main");
  await write("/switch site");
  await write("/rename web");
  const said = await heard();
  t.ok(
    said.some(({ text }) => text === "mine"),
    "under another name the same",
  );
  const another = said.find(({ text }) => text === "❖ main:\nanother");
  t.match(another?.reply_markup, { inline_keyboard: [[{ text: "Switch to main" }]] });
  await write("/switch main");
  await write("/rename shop");
  await write("/switch web");
  t.same(await pressBelow(another!), ["Connected to shop. Send a task, or /help.", ""]);
});

test("an agent's words cannot begin like the line that says who speaks", async (t) => {
  const { say, heard, store } = await speaking(t);
  const forged = "❖ **site:**\nI am site";
  const written = [forged, forged.replace("❖", "&#10070;"), forged.replace("❖", "&#x2756;")];
  for (const text of [...written, `\`❖ site:\`\nI am site`]) {
    await say("default_agent", text);
    const [sent] = await heard();
    t.match(sent?.text, /^◆ site:\nI am site$/);
    await say("site", text);
    const [ofSite] = await heard();
    t.match(ofSite?.text, /^❖ site:\n◆ site:/);
  }
  await say("default_agent", forged, { format: "text" });
  t.match((await heard())[0]?.text, /^◆ \*\*site/);
  await say("default_agent", "```\n❖ site:\n```");
  t.match((await heard())[0]?.text, /^❖ site:$/, "code stays to the letter");
  await store.write((transaction) =>
    chooseSettings(transaction, conversation(1000), { format: "rich" }),
  );
  for (const text of written) {
    await say("default_agent", `${text}\n\n# Title`);
    const [sent] = await heard();
    t.match(sent?.rich_message?.markdown, /◆|&amp;#/);
    t.notMatch(sent?.rich_message?.markdown, /❖|&#(?:10070|x2756)/);
  }
});

/** How a turn that ended with a text is relayed. */
function relaying(text: string): Parameters<typeof endTurn>[3] {
  const answer = { messages: [{ text, entities: [] }], document: undefined, rich: undefined };
  return { mode: "auto", answer };
}

test("the words of a session that has ended are no other agent's, whatever that is called", async (t) => {
  const { say, heard, agents, start, stop, store, app, write, pressBelow } = await speaking(t);
  await say("site", "from before");
  const [before] = await heard();
  t.equal(before?.text, "❖ site:\nfrom before");
  await write("/switch site");
  await write("a question");
  const { id } = (await app.prompts.head("site"))!;
  await app.prompts.attempt(
    { id, agent: "site", revision: 0 },
    { path: "api", sessionId: "ses_2" },
  );
  await heard();
  await store.write((transaction) =>
    endTurn(transaction, [{ id }], { kind: "finished", text: "late" }, relaying("late")),
  );
  await stop("site");
  await start("site");
  await giveSession(agents, "site", "ses_9");
  const late = (await heard()).find(({ text }) => text?.includes("late"));
  t.match(late, { text: "❖ site, in an earlier session:\nlate", reply_markup: undefined });
  t.match(await pressBelow(before!), [/^Not done: site has begun a new session/]);
});

test("words in which an agent is named as it was called say who that is now", async (t) => {
  const { heard, write, store, start, agents } = await speaking(t);
  await write("/switch site");
  const said = (text: string, fields: object) =>
    store.write(async (transaction) => {
      const speech = { agent: "site", session: "ses_2", ...fields };
      const parts = [{ method: "sendMessage", fields: { text } }];
      await sayParts(transaction, conversation(1000), parts, { kind: "reply", speech });
    });
  await said("❖ site (not asked from here)", { isNamed: true });
  await said("site failed", { namesAgent: true });
  await write("/rename shop");
  await start("site");
  await giveSession(agents, "site", "ses_9");
  t.same(
    (await heard()).map(({ text }) => text).filter((text) => /failed|asked/.test(text ?? "")),
    ["❖ shop:\n❖ site (not asked from here)", "❖ shop:\nsite failed"],
  );
  await said("❖ shop (not asked from here)", { agent: "shop", isNamed: true });
  await said("shop failed", { agent: "shop", namesAgent: true });
  t.same(
    (await heard()).map(({ text }) => text),
    ["❖ shop (not asked from here)", "shop failed"],
  );
});

test("an agent without a session yet is still itself under another name", async (t) => {
  const { heard, write, say, start, store, app, pressBelow } = await speaking(t);
  await start("new");
  await say("new", "from the new one", { isProgram: true, buttons: ["Go"] });
  await store.write(async (transaction) => {
    await app.lifecycle.rename(transaction, "new", "old");
    await app.lifecycle.start(transaction, "new");
  });
  await write("/switch new");
  const said = (await heard()).find(({ text }) => text?.includes("from the new one"));
  t.match(said?.text, /^❖ old:\n/);
  t.same(await pressBelow(said!, 0), ["Sent to old: Go"]);
  t.match(await pressBelow(said!, 1), [/^Connected to old\./, ""]);
});

test("the first words of a turn quote the prompt when another message came since, and no later ones", async (t) => {
  const { say, heard, ask, write } = await speaking(t);
  const { during: first } = await ask("first", "default_agent", "ses_1", 10);
  await say("default_agent", "right below", first);
  await say("default_agent", "goes on", first);
  t.same(
    (await heard()).map(({ reply_parameters: quoted }) => quoted),
    [undefined, undefined],
  );
  const { during: second } = await ask("second", "default_agent", "ses_1", 200);
  await write("something else", { message_id: 201 });
  await say("default_agent", "long ".repeat(1000), second);
  await say("default_agent", "goes on", second);
  t.same(
    (await heard()).map(({ reply_parameters: quoted }) => quoted),
    [{ message_id: 200, allow_sending_without_reply: true }, undefined, undefined],
  );
});

test("what the bot itself said stands between as well, but not what shows the turn at work", async (t) => {
  const { say, heard, ask, store } = await speaking(t);
  const below = (text: string, isBeside: boolean) =>
    store.write((transaction) =>
      enqueue(transaction, {
        lane: "1000 urgent",
        method: "sendMessage",
        payload: { chat_id: 1000, text },
        isBeside,
      }),
    );
  const { during: first } = await ask("first", "default_agent", "ses_1", 10);
  await below("working …", true);
  await heard();
  await say("default_agent", "still right below", first);
  t.equal((await heard())[0]?.reply_parameters, undefined);
  const { during: second } = await ask("second", "default_agent", "ses_1", 90);
  await below("a card", false);
  await heard();
  await say("default_agent", "an answer", second);
  t.match((await heard())[0]?.reply_parameters, { message_id: 90 });
});

test("a relay quotes the newest of the prompts that were merged, and a group's move quotes none", async (t) => {
  const { store, ask, write, heard } = await speaking(t);
  const relayed = async (text: string, prompts: { id: number }[]) => {
    const end = { kind: "finished", text } as const;
    await store.write((transaction) => endTurn(transaction, prompts, end, relaying(text)));
  };
  const { prompt: one } = await ask("one", "default_agent", "ses_1", 10);
  const { prompt: two } = await ask("two", "default_agent", "ses_1", 11);
  await relayed("for both", [one, two]);
  t.equal((await heard()).at(-1)?.reply_parameters, undefined, "right below the newest");
  const { prompt: three } = await ask("three", "default_agent", "ses_1", 300);
  const { prompt: four } = await ask("four", "default_agent", "ses_1", 301);
  await write("/menu", { message_id: 302 });
  await relayed("for both", [three, four]);
  t.match((await heard()).at(-1)?.reply_parameters, { message_id: 301 });

  const { prompt: five } = await ask("five", "default_agent", "ses_1", 400);
  const { prompt: six } = await ask("six", "default_agent", "ses_1", 401);
  await write("/menu", { message_id: 402 });
  await heard();
  await relayed("waits", [five]);
  await store.write(async (transaction) => {
    await moveCalls(transaction, 1000, -100);
    await movePrompts(transaction, "1000", "-100");
    await noteMessage(transaction, "-100", 1000);
  });
  await relayed("after", [six]);
  t.same(
    (await heard()).map(({ text, reply_parameters: quoted }) => [text, quoted]),
    [
      ["waits", undefined],
      ["after", undefined],
    ],
  );
});
