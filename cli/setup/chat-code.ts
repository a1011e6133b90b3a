import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Api, GrammyError } from "grammy/web";
import type { Message, Update } from "grammy/types";

/** Without letters and digits that look alike. */
const letters = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";
const length = 8;
// A connection that breaks while it waits is noticed after this time at the latest.
const pollSeconds = 20;
const pauseMs = 2000;

/** A code that nobody can guess: eight of 31 characters. */
export function newCode(): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join("");
}

/** Whether a text is `/start CODE`, as a private chat, a link or a group (`/start@bot CODE`) sends it. */
export function isStart(text: string, code: string, botName: string): boolean {
  const [, named, given] = /^\/start(?:@(\w+))?\s+(\w+)\s*$/.exec(text) ?? [];
  const isOurs = named === undefined || named.toLowerCase() === botName.toLowerCase();
  return isOurs && given?.toUpperCase() === code;
}

/** Why updates cannot be fetched: a webhook is set, or another program fetches them. */
export type Conflict = "webhook" | "other program";

/** Which of the two a failed `getUpdates` met; undefined for another failure. */
export function conflictOf(error: unknown): Conflict | undefined {
  if (!(error instanceof GrammyError) || error.error_code !== 409) return undefined;
  return /webhook/i.test(error.description) ? "webhook" : "other program";
}

/** What waiting for `/start CODE` needs. */
interface StartOptions {
  api: Api;
  code: string;
  botName: string;
  signal: AbortSignal;
}

/**
 * Waits for the message `/start CODE`, for as long as it takes. Everything that came before it is taken
 * from Telegram and dropped; what came after it waits there for Switchboard. A network that fails is
 * tried again.
 * @throws GrammyError when Telegram refuses, such as 409 when updates go elsewhere.
 */
export async function waitForStart({ api, code, botName, signal }: StartOptions): Promise<Message> {
  let offset: number | undefined;
  for (;;) {
    signal.throwIfAborted();
    const updates = await fetched(api, offset, pollSeconds, signal);
    const found = updates.find(({ message }) => isStart(message?.text ?? "", code, botName));
    const last = found ?? updates.at(-1);
    if (last) offset = last.update_id + 1;
    if (found?.message) {
      // Telegram forgets an update only when the next ones are asked for.
      await fetched(api, offset, 0, signal);
      return found.message;
    }
  }
}

/**
 * Drops further `/start CODE` messages from the front of what waits at Telegram; everything behind them stays.
 * @throws what the Bot API client throws.
 */
export async function dropRepeats({
  api,
  code,
  botName,
}: Pick<StartOptions, "api" | "code" | "botName">): Promise<void> {
  const waiting = await api.getUpdates({ limit: 100, timeout: 0, allowed_updates: ["message"] });
  const kept = waiting.findIndex(({ message }) => !isStart(message?.text ?? "", code, botName));
  const last = (kept === -1 ? waiting : waiting.slice(0, kept)).at(-1);
  if (last) await api.getUpdates({ offset: last.update_id + 1, limit: 1, timeout: 0 });
}

async function fetched(
  api: Api,
  offset: number | undefined,
  timeout: number,
  signal: AbortSignal,
): Promise<Update[]> {
  try {
    const options = {
      timeout,
      limit: timeout === 0 ? 1 : 100,
      allowed_updates: ["message"] as const,
    };
    // grammY types its signals after a polyfill; it takes native ones as well.
    return await api.getUpdates(
      { ...options, ...(offset !== undefined && { offset }) },
      signal as Parameters<Api["getUpdates"]>[1],
    );
  } catch (error) {
    if (error instanceof GrammyError && error.error_code < 500 && error.error_code !== 429)
      throw error;
    await pause(pauseMs, undefined, { signal });
    return [];
  }
}
