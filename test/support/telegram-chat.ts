import type { Test } from "tap";
import type { Update } from "grammy/types";
import type { ModelAnswer } from "../../sandbox/model/server.ts";
import { BotApiServer } from "../../sandbox/telegram/server.ts";
import type { PermissionRequest, QuestionInfo, SessionMessage } from "../../src/opencode/client.ts";
import type { Decision } from "../../src/opencode/session-reader.ts";
import { createCall } from "../../src/telegram/api.ts";
import { createDownload } from "../../src/telegram/files.ts";
import { Pauses } from "../../src/telegram/pauses.ts";
import { token } from "./app.ts";
import { chat } from "./bot-chat.ts";
import type { GraphOptions } from "./graph.ts";
import { until } from "./until.ts";

const noMemory = { get: async () => undefined, set: async () => undefined };

type Tool = NonNullable<ModelAnswer["tools"]>[number];

/** What differs from the usual. */
export interface TelegramChatOptions extends Pick<GraphOptions, "showAfterMs" | "store"> {
  env?: Record<string, string>;
  /** The Bot API server of a chat before this one, as after a restart. */
  telegram?: BotApiServer;
}

/** The bot and its sender on a Bot API server: cards are seen there and pressed there. */
export async function telegramChat(
  t: Test,
  { env = {}, telegram: former, ...options }: TelegramChatOptions = {},
) {
  const telegram = former ?? new BotApiServer({ token });
  const apiRoot = await telegram.listen();
  t.teardown(() => telegram.close());
  const bot = await chat(
    t,
    { JOIN_MS: "0", ...env },
    {
      ...options,
      call: createCall({ token, apiRoot }),
      download: createDownload({ token, apiRoot, silenceMs: 5000 }, new Pauses(noMemory)),
    },
  );
  const { app, cards, opencode } = bot;
  app.sender.start();
  t.teardown(() => app.sender.stop());
  let asked = 0;

  /** opencode asks for a permission; `tool` is the call that its part holds. */
  const asks = async (fields: Partial<PermissionRequest>, tool?: Tool): Promise<string> => {
    asked += 1;
    const id = `per_${asked}`;
    const call = { messageID: `msg_call_${asked}`, callID: `call_${asked}` };
    if (tool) opencode.stored.push(callOf(call, tool));
    const request = {
      id,
      sessionID: "ses_1",
      permission: "bash",
      patterns: [],
      metadata: {},
      always: [],
      ...(tool && { tool: call }),
      ...fields,
    };
    await show({ kind: "permission", id, request });
    return id;
  };
  const questions = async (...infos: Partial<QuestionInfo>[]): Promise<string> => {
    asked += 1;
    const id = `que_${asked}`;
    const defaults = { question: "Which?", header: "h", options: [] };
    const request = {
      id,
      sessionID: "ses_1",
      questions: infos.map((one) => ({ ...defaults, ...one })),
    };
    await show({ kind: "question", id, request });
    return id;
  };
  const decisions: Decision[] = [];
  const show = async (decision: Decision) => {
    decisions.push(decision);
    await cards.sync({ name: "default_agent", sessionId: "ses_1" }, decisions);
    await rest();
  };
  /** Resolves when every call was sent or given up. */
  const rest = () => until(async () => ((await app.outbox.waiting()) === 0 ? true : undefined));
  /** What the bot says in a chat, oldest first. */
  const said = (chatId?: number) => telegram.chat(chatId).filter(({ from }) => from === "bot");
  const labels = (chatId?: number) =>
    said(chatId)
      .at(-1)
      ?.reply_markup?.inline_keyboard.flat()
      .map(({ text }) => text) ?? [];
  const press = async (update: Update) => {
    const before = telegram.calls.length;
    await bot.give(update);
    await rest();
    const made = telegram.calls.slice(before);
    return made.find(({ method }) => method === "answerCallbackQuery")?.payload["text"];
  };
  /** The operator presses a button of the newest message; resolves to what that answers. */
  const presses = (button: string, userId?: number) => {
    const messageId = said().at(-1)?.message_id ?? 0;
    const user = userId === undefined ? {} : { userId };
    return press(telegram.operatorPresses({ messageId, button, ...user }).update);
  };
  /** The operator writes; resolves to what the bot then says, once it was sent. */
  const write: typeof bot.write = async (...words) => {
    const texts = await bot.write(...words);
    await rest();
    return texts;
  };
  return { ...bot, write, telegram, asks, questions, said, labels, press, presses, rest };
}

/** The message that holds a call that waits for its permission. */
function callOf(
  { messageID, callID }: { messageID: string; callID: string },
  { name, arguments: input }: Tool,
): SessionMessage {
  const part = { type: "tool", tool: name, callID, state: { status: "running", input } };
  const info = { id: messageID, role: "assistant", path: { cwd: "/srv", root: "/" } };
  return { info, parts: [part] } as unknown as SessionMessage;
}
