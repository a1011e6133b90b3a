import { Api } from "grammy/web";
import { test, type Test } from "tap";
import type { Bot } from "../../../cli/setup/bot.ts";
import { isStart, newCode } from "../../../cli/setup/chat-code.ts";
import { askForChat, type ChatOptions } from "../../../cli/setup/chat.ts";
import { SetupError } from "../../../cli/setup/prompts.ts";
import { BotApiServer } from "../../../sandbox/telegram/server.ts";
import { clientOptions } from "../../../src/telegram/api.ts";
import { token } from "../../support/app.ts";
import { type Person, person, type Step } from "../../support/setup-person.ts";

async function telegram(t: Test) {
  const server = new BotApiServer({ token });
  t.teardown(() => server.close());
  const apiRoot = await server.listen();
  const api = new Api(token, clientOptions({ token, apiRoot }));
  const bot: Bot = { token, api, account: await api.getMe() };
  const asked = (prompts: Person, more: Partial<ChatOptions> = {}) => {
    let codes = 0;
    const makeCode = () => `CODE${++codes}`;
    return askForChat({ prompts, flags: {}, bot, apiRoot, before: {}, makeCode, ...more });
  };
  const waiting = async () => (await api.getUpdates()).map(({ message }) => message?.text);
  return { server, asked, waiting, api };
}

const sends = (act: () => unknown): Step => [/^Waiting for that message/, act];

test("the chat that sends the code is taken once its name is confirmed, and no other is shown", async (t) => {
  const { server, asked, waiting } = await telegram(t);
  server.operatorSends({ chatId: 66, text: "earlier" });
  const someone = person(
    sends(() => {
      server.operatorSends({ chatId: 77, text: "let me in" });
      server.operatorSends({ chatId: 78, text: "/start CODE2" });
      server.operatorSends({ text: "/start CODE1" });
      server.operatorSends({ text: "/start CODE1" });
      server.operatorSends({ text: "and now work" });
    }),
    [/^Take orders from Operator, id 1000\?$/, true],
  );
  t.same(await asked(someone), { chats: "1000", users: undefined });
  someone.done();
  const all = someone.shown.join("\n");
  t.match(all, "https://t.me/switchboard_sandbox_bot?start=CODE1");
  t.notMatch(all, /User|77|78|66|let me in/);
  t.same(await waiting(), ["and now work"], "what comes after the code waits for Switchboard");
  const answers = server.calls.filter(({ method }) => method === "sendMessage");
  t.match(answers, [
    { payload: { chat_id: 1000, text: "This chat is connected. Continue in the terminal." } },
  ]);
  t.equal(answers.length, 1, "strangers get no answer");
});

test("a chat that is not confirmed is left out, and a new code is made", async (t) => {
  const { server, asked } = await telegram(t);
  const someone = person(
    sends(() => server.operatorSends({ chatId: 78, text: "/start code1" })),
    [/User 78, id 78/, false],
    sends(() => {
      server.operatorSends({ chatId: 78, text: "/start CODE1" });
      server.operatorSends({ text: "/start CODE2" });
    }),
    [/Operator/, true],
  );
  t.match(await asked(someone), { chats: "1000" });
});

test("in a group the sender is the one who may give orders", async (t) => {
  const { server, asked } = await telegram(t);
  const group = { chatId: -500, userId: 1000 };
  const anonymous = { id: -500, type: "supergroup", title: "Ops" } as const;
  const someone = person(
    sends(() =>
      server.operatorSends({ ...group, text: "/start CODE1", message: { sender_chat: anonymous } }),
    ),
    sends(() => server.operatorSends({ ...group, text: "/start@Switchboard_Sandbox_bot CODE2" })),
    [/^Take orders from Operator, id 1000, in the group “Group 500”, id -500\?$/, true],
  );
  t.same(await asked(someone), { chats: "-500", users: "1000" });
  t.match(someone.shown.join("\n"), /anonymous(.|\n)*\/setprivacy/);
});

test("names cannot move the cursor or turn the text around", async (t) => {
  const { server, asked } = await telegram(t);
  const from = { id: 1000, is_bot: false, first_name: "\u001b[2J\u202eEve\n", username: "eve" };
  const someone = person(
    sends(() => server.operatorSends({ text: "/start CODE1", message: { from } })),
    [/^Take orders from \[2JEve \(@eve\), id 1000\?$/, true],
  );
  t.match(await asked(someone), { chats: "1000" });
});

test("a webhook that is set elsewhere is named, and replaced only when that is wanted", async (t) => {
  const { server, asked, api } = await telegram(t);
  await api.setWebhook("https://old.example.com/secret-path");
  const careful = person([/^Take the bot over\?$/, false]);
  await t.rejects(asked(careful), SetupError);
  t.match(careful.shown.join("\n"), /old\.example\.com now/);
  t.notMatch(careful.shown.join("\n"), "secret-path");
  t.equal((await api.getWebhookInfo()).url, "https://old.example.com/secret-path");

  const own = person([/^Take the bot over\?$/, false]);
  await t.rejects(asked(own, { publicUrl: "https://old.example.com" }), SetupError);
  t.match(own.shown.join("\n"), /Your Switchboard at old\.example\.com .* Stop it/);

  const again = () => api.setWebhook("https://other.example.com");
  const bold = person(
    [/^Take the bot over\?$/, true],
    // A program that still runs there sets it again.
    sends(again),
    [/^Take the bot over\?$/, true],
    sends(() => server.operatorSends({ text: "/start CODE2" })),
    [/Operator/, true],
  );
  t.match(await asked(bold), { chats: "1000" });
});

test("another program that fetches updates is named", async (t) => {
  const { server, asked } = await telegram(t);
  const description = "Conflict: terminated by other getUpdates request";
  server.fault({ kind: "refuse", status: 409, description, method: "getUpdates" });
  const someone = person(
    sends(() => undefined),
    [/^Have you stopped it\?$/, true],
    sends(() => server.operatorSends({ text: "/start CODE2" })),
    [/Operator/, true],
  );
  t.match(await asked(someone), { chats: "1000" });
  t.match(someone.shown.join("\n"), "npm run pull");
});

test("the chats of before are kept, added to or replaced", async (t) => {
  const { server, asked } = await telegram(t);
  const before = { chats: "-500,1000", users: "1000" };
  t.same(await asked(person([/^Which chats/, true]), { before }), before);
  const start = (code: string) =>
    sends(() => server.operatorSends({ chatId: 7, text: `/start ${code}` }));
  const steps: Step[] = [start("CODE1"), [/User 7/, true]];
  t.same(await asked(person([/^Which chats/, "add"], ...steps), { before }), {
    chats: "-500,1000,7",
    users: "1000",
  });
  t.same(await asked(person([/^Which chats/, "replace"], ...steps), { before }), {
    chats: "7",
    users: undefined,
  });
});

test("messages that wait for a Switchboard of before are dropped only when that is wanted", async (t) => {
  const { server, asked, waiting } = await telegram(t);
  server.operatorSends({ text: "work for the agent" });
  const before = { chats: "1000" };
  const careful = person([/^Which chats/, "add"], [/^1 message waits at Telegram/, false]);
  await t.rejects(asked(careful, { before }), { message: /start Switchboard/ });
  t.same(await waiting(), ["work for the agent"]);
});

test("flags name the chats; a group needs its users too", async (t) => {
  const { asked } = await telegram(t);
  const nobody = { ...person(), isInteractive: false };
  t.same(await asked(nobody, { flags: { chat: "1000" } }), { chats: "1000", users: undefined });
  t.match(await asked(nobody, { flags: { chat: "-500", user: "7" } }), { users: "7" });
  t.match(await asked(nobody, { flags: { user: "8" }, before: { chats: "-500" } }), {
    chats: "-500",
    users: "8",
  });
  await t.rejects(asked(nobody, { flags: { chat: "1000,-500" } }), { message: /--user/ });
  await t.rejects(asked(nobody), { message: /--chat/ });
});

test("a code is long, and only /start with that code counts", async (t) => {
  t.match(newCode(), /^[A-HJKMNP-Z2-9]{8}$/);
  t.not(newCode(), newCode());
  t.ok(isStart("/start ABCDEFGH", "ABCDEFGH", "a_bot"));
  t.ok(isStart("/start@A_bot abcdefgh ", "ABCDEFGH", "a_bot"));
  for (const text of [
    "ABCDEFGH",
    "/start",
    "/start@b_bot ABCDEFGH",
    "/start ABCDEFGH x",
    "x /start ABCDEFGH",
  ]) {
    t.notOk(isStart(text, "ABCDEFGH", "a_bot"), text);
  }
});
