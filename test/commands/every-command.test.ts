import { test, type Test } from "tap";
import { Work } from "../../src/inbox/worker.ts";
import { texts } from "../../src/texts/texts.ts";
import { answersTo, countOf, faultsOf } from "../support/answers.ts";
import { secret, startApp } from "../support/app.ts";
import {
  type Chat,
  fullChat,
  hanging,
  isDown,
  isStarting,
  isSlow,
  isStopped,
  isTmuxDown,
  type World,
} from "../support/full-chat.ts";
import { type CallRow, outboxRows, rows } from "../support/memory.ts";
import { until } from "../support/until.ts";
import { press, update } from "../support/updates.ts";

const webhook = {
  method: "POST",
  url: "/telegram/webhook",
  headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": secret },
} as const;

const tables = ["updates", "outbox", "tasks", "prompts"];
const isAsUsual: World = () => undefined;
// An answer within a second, whatever hangs; and some for a machine that has other work.
const answeredWithinMs = 1350;

const inputs: Record<string, string> = {
  "no argument": "",
  "a wrong one": "no-such-thing ??? --x",
  "a number": "1",
  "a page that is none": "999999999999",
  "4,000 characters": "x".repeat(4000),
  "2,000 words": "x ".repeat(2000).trim(),
  "control and invisible characters": "a\u0007b\u0000\u202e\u200b c\ud800\nd\u2066",
  "markup and quotes": `<b>'";-- $(id) \`id\` ../../etc`,
  "an agent that runs": "site",
  "a stopped agent": "old",
  "the beginning of an agent's name": "sit",
  "an agent's name and more": "site2",
  "an agent's name before another word": "site extra words",
  "a session": "ses_19",
  "a session and a name": "ses_19 again",
  "the words of a message": "question 3",
  "what only buttons say": "--yes",
};

/** The names of all commands that are registered. */
async function names(t: Test): Promise<string[]> {
  return (await fullChat(t)).app.commands.map(({ name }) => name);
}

/** Gives a command and has the task it adds done; what is wrong with its answer. */
async function faultsAfter(all: Chat, written: string): Promise<string[]> {
  const before = await countOf(all.store);
  try {
    await all.write(written);
    await all.runTasks();
  } catch (error) {
    return [`threw ${String(error)}`];
  }
  return faultsOf(await answersTo(all.store, before));
}

/** What is wrong with the answers of every command in a world, which is made anew when one changes it. */
async function faultsIn(t: Test, world: World, arguments_: Record<string, string>) {
  const found: Record<string, string[]> = {};
  let all: Chat | undefined;
  const agents = (chat: Chat) =>
    rows(chat.store, "SELECT * FROM agents JOIN conversations ON agent = name ORDER BY name");
  for (const name of await names(t)) {
    for (const [what, argument] of Object.entries(arguments_)) {
      if (!all) {
        all = await fullChat(t);
        await world(all);
      }
      const before = JSON.stringify(await agents(all));
      const faults = await faultsAfter(all, `/${name} ${argument}`);
      if (faults.length > 0) found[`/${name} with ${what}`] = faults;
      if (JSON.stringify(await agents(all)) !== before) all = undefined;
    }
    all = undefined;
  }
  return found;
}

test("every command answers each input with one message", async (t) => {
  t.same(await faultsIn(t, isAsUsual, inputs), {});
});

const short = {
  "no argument": "",
  "an agent that runs": "site",
  "a stopped agent": "old",
  "a session": "ses_19",
};
const worlds: Record<string, World> = {
  "its agent is stopped": isStopped,
  "its agent has no session yet": isStarting,
  "opencode is down": isDown,
  "tmux is down": isTmuxDown,
};
for (const [what, world] of Object.entries(worlds)) {
  test(`every command answers with one message when ${what}`, async (t) => {
    t.same(await faultsIn(t, world, short), {});
  });
}

/** How long a command's first answer takes in a world, and what is wrong with it then and later. */
async function timed(
  t: Test,
  written: string,
  [world, release]: [World, () => void],
): Promise<{ ms: number; faults: string[] }> {
  const all = await fullChat(t);
  await world(all);
  const { store } = all;
  const before = await countOf(store);
  const calls = () => answersTo(store, before);
  const beganAt = performance.now();
  await all.write(written);
  const worker = all.taskWorker();
  worker.start();
  const answered = async () => ((await calls()).length > 0 ? true : undefined);
  await until(answered, 5000).catch(() => undefined);
  const ms = performance.now() - beganAt;
  release();
  const open = () => rows(store, "SELECT id FROM tasks WHERE state != 'done'");
  await until(async () => ((await open()).length === 0 ? true : undefined), 5000);
  await worker.stop();
  return { ms, faults: faultsOf(await calls()) };
}

const slowWorlds: Record<string, () => [World, () => void]> = {
  hangs: hanging,
  "takes its time for each call": () => [isSlow, () => undefined],
};
for (const [what, make] of Object.entries(slowWorlds)) {
  test(`every command answers within a second while opencode ${what}`, async (t) => {
    const slow: string[] = [];
    for (const argument of ["", "ses_19", "new_one site"]) {
      const all = (await names(t)).map((name) => `/${name} ${argument}`);
      await Promise.all(
        all.map(async (written) => {
          const { ms, faults } = await timed(t, written, make());
          t.same(faults, [], written);
          if (ms > answeredWithinMs) slow.push(written);
        }),
      );
    }
    // Many at once share one processor: one that was slow has to be slow by itself.
    for (const written of slow) {
      const { ms } = await timed(t, written, make());
      t.ok(ms <= answeredWithinMs, `${written} took ${Math.round(ms)} ms`);
    }
  });
}

test("every command that is sent twice at once is answered twice", async (t) => {
  const found: Record<string, string[]> = {};
  for (const name of await names(t)) {
    const all = await fullChat(t);
    const before = (await outboxRows(all.store)).length;
    const works = [101, 102].map((id) => new Work(id, Date.now()));
    await Promise.all(
      works.map((work) => all.handler.handle(update(work.updateId, { text: `/${name}` }), work)),
    );
    for (const work of works) await all.store.write((transaction) => work.apply(transaction));
    await all.runTasks();
    const calls = (await outboxRows(all.store)).slice(before);
    const isMessage = ({ method }: CallRow) => /^send(?:Message|Photo)$/.test(method);
    const sent = calls.filter(isMessage);
    const ofOne = (id: number | undefined) =>
      calls.filter(
        (call) => (isMessage(call) && call.id === id) || call.payload["message_of"] === id,
      );
    const faults = sent.flatMap(({ id }) => faultsOf(ofOne(id)));
    if (sent.length !== 2) faults.push(`${sent.length} messages`);
    if (faults.length > 0) found[name] = faults;
  }
  t.same(found, {});
});

test("every command of an operator is stored once, a fast one in the lane that waits for nothing", async (t) => {
  const { app } = await startApp(t, { TELEGRAM_ALLOWED_USER_ID: "1000" });
  for (const [index, { name, isFast, isUrgent }] of app.commands.entries()) {
    const body = JSON.stringify(update(index + 1, { text: `/${name}` }));
    for (const _ of [1, 2]) t.equal((await app.inject({ ...webhook, body })).statusCode, 200);
    t.match(
      await rows(app.store, "SELECT lane FROM updates ORDER BY seq DESC LIMIT 1"),
      [{ lane: isUrgent ? "1000 urgent" : isFast ? "1000 fast" : "1000" }],
      name,
    );
  }
  const stored = await rows(app.store, "SELECT seq FROM updates");
  t.equal(stored.length, app.commands.length);
});

test("no command or press of anybody else leaves a trace", async (t) => {
  const { app } = await startApp(t, {
    TELEGRAM_ALLOWED_CHAT_ID: "1000,-5",
    TELEGRAM_ALLOWED_USER_ID: "1000",
  });
  const group = { id: -5, type: "supergroup", title: "Our group" };
  const user = (id: number, isBot = false) => ({ id, is_bot: isBot, first_name: "Mallory" });
  const others = {
    "a stranger": { from: user(666), chat: { id: 666, type: "private" } },
    "a stranger in the operator's chat": { from: user(666) },
    "a member of the group who is no user": { from: user(667), chat: group },
    "a bot in the group": { from: user(668, true), chat: group },
    "a bot by the operator's id": { from: user(1000, true) },
    "the group itself": { from: user(1087968824, true), sender_chat: group, chat: group },
    "a channel in the group": { from: user(777000), sender_chat: { id: -9 }, chat: group },
  };
  let updateId = 0;
  for (const [who, fields] of Object.entries(others)) {
    for (const { name } of app.commands) {
      for (const one of [
        update((updateId += 1), { ...fields, text: `/${name} site` }),
        press((updateId += 1), "a key of a button", {
          from: fields.from,
          ...("chat" in fields && { message: { message_id: 8, date: 1, chat: fields.chat } }),
        }),
      ]) {
        const { statusCode, body } = await app.inject({ ...webhook, body: JSON.stringify(one) });
        t.same([statusCode, body], [200, ""], `/${name} of ${who}`);
      }
    }
  }
  for (const table of tables) t.same(await rows(app.store, `SELECT * FROM ${table}`), [], table);
});

test("no command does anything to an agent whose name is only like what is written", async (t) => {
  const state = ({ store }: Chat) =>
    Promise.all([
      rows(store, "SELECT * FROM agents WHERE name IN ('site', 'old') ORDER BY name"),
      rows(store, "SELECT * FROM tasks WHERE lane = 'agent site'"),
      rows(store, "SELECT id, text, state FROM prompts"),
    ]);
  for (const name of await names(t)) {
    const all = await fullChat(t);
    const before = await state(all);
    for (const written of ["sit", "site2", "SITE", "site,", "old site", "x".repeat(4000)]) {
      // `/start old site` starts that one.
      if (name.startsWith("start") && written === "old site") continue;
      await all.write(`/${name} ${written}`);
      t.same(await state(all), before, `/${name} ${written.slice(0, 20)}`);
    }
  }
});

test("a command that takes no argument does nothing with one: it may be meant for another agent", async (t) => {
  const { app, store, write, opencode } = await fullChat(t);
  const state = () =>
    Promise.all(
      ["agents", "tasks", "prompts", "buttons"].map((table) =>
        rows(store, `SELECT * FROM ${table}`),
      ),
    );
  const before = await state();
  const without = app.commands.filter(
    ({ argument, isHidden }) => argument === undefined && !isHidden,
  );
  t.ok(without.some(({ name }) => name === "clear"));
  for (const { name } of without) {
    for (const written of ["site", "--yes"]) {
      const words = `Not done: /${name} takes no arguments. Send it on its own.`;
      t.same(await write(`/${name} ${written}`), [words]);
    }
  }
  t.same(await state(), before);
  t.same(opencode.did, []);
});

test("every command can be listed by Telegram, and /help names each", async (t) => {
  const { app, write } = await fullChat(t);
  const commands = app.commands.filter(({ isHidden }) => !isHidden);
  t.ok(commands.length > 0 && commands.length <= 100, "setMyCommands takes 100");
  t.equal(new Set(commands.map(({ name }) => name)).size, commands.length, "no name twice");
  const [help = ""] = (await write("/help")) as string[];
  for (const { name, group, argument, description, details } of commands) {
    t.match(name, /^[a-z0-9_]{1,32}$/);
    t.match(description, /^[^\s.](?:.{0,254}[^\s.])?$/, name);
    t.ok(help.includes(`\n${texts.bot.groups[group]}\n`), group);
    if (argument !== undefined) t.match(argument, /^[<[].*[>\]]$/, name);
    t.ok(help.split("\n").includes(`/${name} – ${description}`), name);
    const usage = `/${name}${argument === undefined ? "" : ` ${argument}`}`;
    const about = details === undefined ? [] : [details];
    t.same(await write(`/help ${name}`), [[usage, description, ...about].join("\n")]);
  }
});
