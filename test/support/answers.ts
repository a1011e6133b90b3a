import { maxTextLength } from "../../src/chat/limits.ts";
import type { Store } from "../../src/store/store.ts";
import { type CallRow, outboxRows, rows } from "./memory.ts";

interface Shown {
  text?: unknown;
  entities?: { offset: number; length: number }[];
  reply_markup?: { inline_keyboard?: { text: string; callback_data: string }[][] };
}

const givenUp = "could not be handled";
// What a program says of itself: values that are none, stacks, folders of this machine.
const telltale =
  /\bundefined\b|\bnull\b|\[object|\bNaN\b|\w*Error:|\bat .*:\d+|node_modules|\/work\/|\/home\/|\/root\b|\/tmp\/h\b/;
const invisible = /[\p{Cs}\u200B-\u200F\u202A-\u202E\u2066-\u2069]|(?!\n)\p{Cc}/u;

/**
 * What is wrong with the calls that one command made: they are one message, or one picture, which a task's outcome or a page
 * may take the place of, and its documents. Empty when all is right.
 */
export function faultsOf(calls: CallRow[]): string[] {
  const sent = calls.filter(({ method }) => /^send(?:Message|Photo)$/.test(method));
  const edits = calls.filter(({ method }) => method === "editMessageText");
  const faults: string[] = [];
  if (sent.length !== 1) faults.push(`${sent.length} messages`);
  if (edits.some(({ payload }) => payload["message_of"] !== sent[0]?.id)) faults.push("odd edit");
  return [...faults, ...faultsOfTexts(calls)];
}

/** What is wrong with what these calls show. */
export function faultsOfTexts(calls: CallRow[]): string[] {
  const shown = calls.filter(({ method }) => /^(?:sendMessage|editMessageText)$/.test(method));
  return shown.flatMap(({ payload }) => faultsOfText(payload));
}

function faultsOfText({ text, entities = [], reply_markup: markup }: Shown): string[] {
  if (typeof text !== "string") return ["no text"];
  const faults: string[] = [];
  const say = (fault: string) => faults.push(`${fault}: ${JSON.stringify(text.slice(0, 200))}`);
  if (text.trim() === "" || text.length > maxTextLength) say(`${text.length} characters`);
  if (text.includes(givenUp)) say("given up");
  if (telltale.test(text)) say(`told ${telltale.exec(text)?.[0]}`);
  if (invisible.test(text)) say("hidden characters");
  if (entities.some(({ offset, length }) => offset + length > text.length)) say("odd entity");
  const lines = markup?.inline_keyboard ?? [];
  const buttons = lines.flat();
  if (buttons.length > 100 || lines.some((row) => row.length === 0 || row.length > 8)) {
    say("buttons that Telegram refuses");
  }
  for (const { text: label, callback_data: data } of buttons) {
    if (label.trim() === "" || label.length > 64 || telltale.test(label) || invisible.test(label)) {
      say(`button ${JSON.stringify(label)}`);
    }
    if (Buffer.byteLength(data) > 64 || data === "") say(`data of button ${label}`);
  }
  return faults;
}

/** What there was before a command. */
export interface Before {
  calls: number;
  prompts: number;
}

/** How many calls and prompts there are. */
export async function countOf(store: Store): Promise<Before> {
  const prompts = await rows(store, "SELECT id FROM prompts");
  return { calls: (await outboxRows(store)).length, prompts: prompts.length };
}

/**
 * The calls that a command made after the first `before`. One that waits among the prompts is answered by a
 * reaction, which stands for its one message.
 */
export async function answersTo(store: Store, before: Before): Promise<CallRow[]> {
  const calls = (await outboxRows(store)).slice(before.calls);
  const isWaiting = calls.length === 0 && (await countOf(store)).prompts === before.prompts + 1;
  return isWaiting
    ? [{ method: "sendMessage", payload: { text: "👀" } } as unknown as CallRow]
    : calls;
}
