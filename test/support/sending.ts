import type { Test } from "tap";
import { BotApiServer } from "../../sandbox/telegram/server.ts";
import { Budget, type Limits } from "../../src/outbox/budget.ts";
import type { OutboxMessage } from "../../src/outbox/message.ts";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { type Gate, Outbox } from "../../src/outbox/outbox.ts";
import { Sender, type SenderOptions } from "../../src/outbox/sender.ts";
import { Settings } from "../../src/store/settings.ts";
import { createCall } from "../../src/telegram/api.ts";
import { Pauses } from "../../src/telegram/pauses.ts";
import { keptLog, token } from "./app.ts";
import { memoryStore } from "./memory.ts";

/** What Telegram takes in these tests: as much as there is, unless a test says less. */
export const noLimits: Limits = {
  overall: {
    urgent: Infinity,
    reply: Infinity,
    live: Infinity,
    voice: Infinity,
    reaction: Infinity,
  },
  group: { urgent: Infinity, reply: Infinity, live: Infinity, voice: Infinity },
  underWay: {
    urgent: Infinity,
    reply: Infinity,
    live: Infinity,
    voice: Infinity,
    reaction: Infinity,
  },
  editMs: { private: 0, group: 0 },
};

/** Lets every call pass. */
export const openGate: Gate = { mayCall: () => 0, hasRoom: () => true, spent: () => undefined };

/** A sender on a Bot API server whose pauses are short. */
export async function sending(
  t: Test,
  {
    pauses,
    limits = noLimits,
    ...options
  }: Partial<SenderOptions & { pauses: Pauses; limits: Limits }> = {},
) {
  const telegram = new BotApiServer({ token });
  const apiRoot = await telegram.listen();
  t.teardown(() => telegram.close());
  const store = options.store ?? (await memoryStore(t));
  const outbox = new Outbox(store);
  const { kept, log } = keptLog();
  const ended: OutboxMessage[] = [];
  const waiting: (() => void)[] = [];
  const sender = new Sender({
    store,
    outbox,
    call: createCall({ token, apiRoot }),
    budget: new Budget(pauses ?? new Pauses(new Settings(store)), limits),
    log,
    firstPauseMs: 2,
    ...options,
  });
  sender.on("ended", (message) => {
    ended.push(message);
    for (const look of waiting) look();
  });
  t.teardown(() => sender.stop());
  /** Resolves once that many calls have been sent or given up. */
  const end = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => ended.length >= count && resolve();
      waiting.push(look);
      look();
    });
  const send = async (text: string, chatId = 1000, fields: object = {}) => {
    await store.write((transaction) =>
      enqueue(transaction, {
        lane: `${chatId}`,
        method: "sendMessage",
        payload: { chat_id: chatId, text, ...fields },
      }),
    );
    sender.start();
  };
  const texts = (chatId = 1000) => telegram.chat(chatId).map(({ text }) => text);
  return { telegram, store, outbox, sender, ended, end, send, texts, log: kept };
}
