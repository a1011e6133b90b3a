import type { Test } from "tap";
import type { Said } from "../../sandbox/telegram/operator.ts";
import { rows } from "./memory.ts";
import { speechServer } from "./speech-server.ts";
import { telegramChat, type TelegramChatOptions } from "./telegram-chat.ts";
import { until } from "./until.ts";

/** The key of the speech server, which nobody is to see. */
export const speechKey = "sk-secret-of-the-tests";

/** A chat whose voice messages become text; the server hears what the recording's bytes say. */
export async function voiceChat(t: Test, options: TelegramChatOptions = {}) {
  const { server, url } = await speechServer(t);
  const env = { STT_API_URL: url, STT_API_KEY: speechKey, STT_MODEL: "whisper-1" };
  const all = await telegramChat(t, { ...options, env: { ...env, ...options.env } });
  const { app, store, give, rest, telegram, said } = all;
  await app.transcriber.start();
  t.teardown(() => app.transcriber.stop());
  /** Resolves when no recording waits to be heard, and everything was sent. */
  const heard = async () => {
    const waiting = "SELECT id FROM transcripts WHERE state = 'waiting'";
    await until(async () => ((await rows(store, waiting))[0] ? undefined : true));
    await rest();
  };
  /** The operator says something; resolves to its message once it was heard. */
  const says = async (
    words: string,
    fields: Partial<Said> & { kind?: "voice" | "video_note" } = {},
  ) => {
    const { kind = "voice", ...others } = fields;
    const file = { name: "file.oga", bytes: Buffer.from(words), kind };
    const { update, message } = telegram.operatorSends({ file, ...others });
    await give(update);
    await heard();
    return message;
  };
  /** The operator answers a message; resolves when that was handled. */
  const answers = async (replyTo: number, text: string, fields: Said = {}) => {
    const { update, message } = telegram.operatorSends({ text, replyTo, ...fields });
    await give(update);
    await rest();
    return message;
  };
  /** What the bot says, oldest first. */
  const texts = () => said().map(({ text }) => text);
  return { ...all, server, url, heard, says, answers, texts };
}
