import type { Answer } from "../../src/outbox/answer.ts";
import type { Test } from "tap";
import type { OpencodeEvent } from "../../src/opencode/events.ts";
import { endTurn, type TurnEnd } from "../../src/turns/relay.ts";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { rows } from "./memory.ts";
import { newPrompt } from "./prompts.ts";
import { telegramChat, type TelegramChatOptions } from "./telegram-chat.ts";
import { until } from "./until.ts";

/**
 * Agent `default_agent` in session ses_1, whose turns a test begins, goes through and ends; what is shown of
 * them is in the operator's chat on a Bot API server.
 */
export async function liveChat(t: Test, options: TelegramChatOptions = {}) {
  const chat = await telegramChat(t, options);
  const { app, store, telegram, opencode, events } = chat;
  const live = app.liveMessages;
  await live.start();
  t.teardown(async () => {
    await Promise.all([live.stop(), app.liveCalls.stop(), app.sender.stop()]);
  });
  const settled = async () => {
    await live.settled();
    await chat.rest();
  };
  const hasMessage = () => rows(store, "SELECT prompt_id FROM live_messages");
  const isShown = (options.showAfterMs ?? 0) === 0 && options.env?.["VERBOSITY"] !== "quiet";
  const hasStop = (chatId: number) =>
    chat.said(chatId).some(({ reply_markup: markup }) => JSON.stringify(markup)?.includes("Stop"));
  /** The operator's prompt is given to the agent; resolves when its live message is there, if it has one. */
  const begin = async (updateId: number, { isSent = true, chatId = 1000 } = {}) => {
    const place = { agent: "default_agent", conversation: String(chatId) };
    await store.write((transaction) => addPrompt(transaction, newPrompt(updateId, place)));
    const [row] = await rows<{ id: number; message_id: string }>(
      store,
      "SELECT id, message_id FROM prompts WHERE update_id = ?",
      updateId,
    );
    const { id = 0, message_id: messageId = "" } = row ?? {};
    await app.prompts.attempt(
      { id, agent: "default_agent", revision: 0 },
      { path: "api", sessionId: "ses_1" },
    );
    await app.prompts.delivered(id, messageId);
    await live.settled();
    if (isShown) await until(async () => (await hasMessage())[0]);
    if (isSent) await settled();
    if (isSent && isShown) await until(() => (hasStop(chatId) ? true : undefined));
    return { id, messageId };
  };
  const tell = (...told: OpencodeEvent[]) => {
    for (const one of told) events.emit("event", one);
  };
  /** The turn of a prompt ends, as its agent's loop sees it. */
  const end = (id: number, how: TurnEnd = { kind: "finished", text: "Done." }) =>
    store.write((transaction) =>
      endTurn(transaction, [{ id }], how, { mode: "auto", answer: answerOf(how) }),
    );
  /** The texts that a call showed so far. */
  const shown = (method: string) =>
    telegram.calls.flatMap((call) =>
      call.method === method && call.executed ? String(call.payload["text"]) : [],
    );
  /** Resolves to the newest text that a call showed, once `fits` is true of it. */
  const showing = (method: string, fits: (text: string) => boolean) =>
    until(() => shown(method).find(fits));
  return { ...chat, live, opencode, settled, begin, tell, end, shown, showing };
}

/** The words that a turn ended with, as they are sent. */
function answerOf(end: TurnEnd): Answer | undefined {
  if (!("text" in end) || end.text === "") return undefined;
  return { messages: [{ text: end.text, entities: [] }], document: undefined, rich: undefined };
}
