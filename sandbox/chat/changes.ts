import { crc32 } from "node:zlib";
import type { ChatMessage } from "../telegram/chats.ts";
import { buttonsIn } from "../telegram/rich.ts";

/** What a look at the chat found to be different from the look before. */
export type Change =
  | { kind: "sent"; message: ChatMessage }
  | { kind: "edited"; message: ChatMessage; before: ChatMessage }
  | { kind: "deleted" }
  | { kind: "reacted"; message: ChatMessage };

/** What changed in a chat between two looks, in the order of the chat; the operator's own words are left out. */
export function changes(before: readonly ChatMessage[], now: readonly ChatMessage[]): Change[] {
  const known = new Map(before.map((message) => [message.message_id, message]));
  const found = now.flatMap((message): Change[] => {
    const old = known.get(message.message_id);
    known.delete(message.message_id);
    const hasReacted = message.reactions.join() !== (old?.reactions.join() ?? "");
    const reacted: Change[] = hasReacted ? [{ kind: "reacted", message }] : [];
    if (message.from === "operator") return reacted;
    if (!old) return [{ kind: "sent", message }, ...reacted];
    if (looks(old) === looks(message)) return reacted;
    return [{ kind: "edited", message, before: old }, ...reacted];
  });
  const gone = [...known.values()].filter(({ from }) => from === "bot");
  return [...found, ...gone.map((): Change => ({ kind: "deleted" }))];
}

const looks = ({ text, entities, reply_markup, file }: ChatMessage) =>
  JSON.stringify([text, entities, reply_markup?.inline_keyboard, file && crc32(file.bytes)]);

/** The newest message that has buttons, and what they say, in order. */
export function newestButtons(chat: readonly ChatMessage[]) {
  const message = chat.findLast((one) => buttonTexts(one).length > 0);
  return message && { messageId: message.message_id, buttons: buttonTexts(message) };
}

/** What the buttons of a message say, in order. */
export function buttonTexts(message: ChatMessage): string[] {
  const inside = buttonsIn(message.rich).flatMap(({ text }) =>
    typeof text === "string" ? text : [],
  );
  const below = (message.reply_markup?.inline_keyboard ?? []).flat();
  return [...inside, ...below.map(({ text }) => text)];
}
