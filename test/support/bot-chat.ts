import type { Test } from "tap";
import type { Update } from "grammy/types";
import { agentSignal, defaultAgent } from "../../src/agents/agents.ts";
import { createBot } from "../../src/bot/bot.ts";
import type { Command } from "../../src/bot/context.ts";
import { errandsOf, TaskWorker } from "../../src/bot/task-worker.ts";
import { cardSignal } from "../../src/cards/card-table.ts";
import { Work } from "../../src/inbox/worker.ts";
import { promptSignal } from "../../src/prompts/prompts.ts";
import { graph, type GraphOptions } from "./graph.ts";
import { outboxRows, queuedTexts, rows } from "./memory.ts";
import { giveSession } from "./session.ts";
import { until } from "./until.ts";
import { me, press as pressOf, update } from "./updates.ts";

interface Keyboard {
  inline_keyboard?: { text: string; callback_data: string }[][];
}

interface PromptRow {
  agent: string;
  text: string;
  operator: number;
  conversation: string;
  sent_at: number;
  state: string;
}

/** The bot on the app's own wiring; opencode and the terminals are as a test says. `extra`: more commands. */
export async function chat(
  t: Test,
  env: Record<string, string> = {},
  { extra = [], ...options }: Omit<GraphOptions, "env"> & { extra?: Command[] } = {},
) {
  const { app, store, opencode, controls, sessions, events, terminals, log } = await graph(t, {
    ...options,
    env: {
      // What belongs together must not depend on how busy the machine is.
      JOIN_MS: "5000",
      ...env,
      TELEGRAM_ALLOWED_CHAT_ID: "1000,2000,-5,-100",
      TELEGRAM_ALLOWED_USER_ID: "1000",
    },
  });
  const { agents, conversations, cards, lifecycle } = app;
  const woken: (string | undefined)[] = [];
  const start = (name: string) => store.write((transaction) => lifecycle.start(transaction, name));
  const stop = (name: string) => store.write((transaction) => lifecycle.stop(transaction, name));
  await start(defaultAgent);
  await giveSession(agents, defaultAgent, "ses_1");
  for (const signal of [agentSignal, cardSignal, promptSignal]) {
    store.on(signal, (name) => woken.push(name));
  }
  const { telegram, joinMs, hearing, reactions } = app.config;
  const { inbox, maxUploadBytes } = app;
  const all = [...app.commands, ...extra];
  const chosen = { telegram, joinMs, hearing, passesReactions: reactions === "on" };
  const services = { store, inbox, commands: all, maxUploadBytes };
  const handler = createBot({ account: me, ...chosen, ...services });
  let lastId = 0;
  /** Handles an update as the worker does and returns the texts it made the bot say. */
  const give = async (one: Update, receivedAt = Date.now()) => {
    const before = (await queuedTexts(store)).length;
    await app.inbox.add(one.update_id, "test", JSON.stringify(one));
    const work = new Work(one.update_id, receivedAt);
    // As the inbox stores it: a field that is undefined is none.
    await handler.handle(JSON.parse(JSON.stringify(one)) as Update, work);
    await store.write((transaction) => work.apply(transaction));
    return (await queuedTexts(store)).slice(before);
  };
  const write = (text: string | undefined, fields: object = {}) => {
    lastId += 1;
    return give(update(lastId, { text, ...fields }));
  };
  /** Presses the newest button with this label; the same once more after it was used. */
  const press = async (label: string) => {
    const calls = (await outboxRows(store)).toReversed();
    const keyboards = calls.flatMap(({ payload }) => {
      const { inline_keyboard: lines = [] } = (payload["reply_markup"] ?? {}) as Keyboard;
      return lines.flat();
    });
    const key = keyboards.find(({ text }) => text === label)?.callback_data ?? "unknown";
    lastId += 1;
    return give(pressOf(lastId, key));
  };
  const prompts = () => rows<PromptRow>(store, "SELECT * FROM prompts ORDER BY id");
  /** A worker of its own, as the app starts one when it listens. */
  const taskWorker = (pauses: { progressAfterMs?: number; graceMs?: number } = {}) =>
    new TaskWorker({
      store,
      errands: errandsOf(services.commands, agents),
      log: app.log,
      ...pauses,
    });
  /** Does the tasks that commands have added, to their end. */
  const runTasks = async () => {
    const isOpen = async () =>
      (await rows(store, "SELECT id FROM tasks WHERE state != 'done'")).length > 0;
    if (!(await isOpen())) return;
    const worker = taskWorker();
    worker.start();
    await until(async () => ((await isOpen()) ? undefined : true), 10_000);
    await worker.stop();
  };
  return {
    app,
    store,
    agents,
    conversations,
    cards,
    opencode,
    controls,
    sessions,
    events,
    terminals,
    log,
    start,
    stop,
    woken,
    give,
    write,
    press,
    prompts,
    handler,
    taskWorker,
    runTasks,
  };
}

/** The date of a message that was written so long ago. */
export const minutesAgo = (minutes: number) => ({
  date: Math.floor(Date.now() / 1000) - minutes * 60,
});
