import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { ReactionTypeEmoji } from "grammy/types";
import { reactionEmoji } from "../telegram/reactions.ts";
import type { BotApiServer } from "../telegram/server.ts";
import { newestButtons } from "./changes.ts";
import type { FileToSend, Meant } from "./line.ts";

/** What came of what the human did: the update it made, or why it made none. */
export type Done = { updateId: number } | { problem: string };

/** Does in the operator's chat what a line meant; nothing for a line that asks for nothing there. */
export function act(telegram: BotApiServer, meant: Meant): Done | undefined {
  switch (meant.kind) {
    case "say":
      return { updateId: telegram.operatorSends({ text: meant.text }).update_id };
    case "press":
      return press(telegram, meant.button);
    case "send":
      return send(telegram, meant);
    case "edit": {
      const messageId = nthNewest(telegram, "operator", meant.back);
      if (messageId === undefined) return { problem: "You have not written so many messages." };
      const { update_id: updateId } = telegram.operatorEdits({ messageId, text: meant.text });
      return { updateId };
    }
    case "react":
      return react(telegram, meant);
    case "nothing":
    case "quit":
      return undefined;
  }
}

function press(telegram: BotApiServer, number: number): Done {
  const card = newestButtons(telegram.chat());
  if (!card) return { problem: "There is no button now." };
  const button = card.buttons[number - 1];
  if (button === undefined) return { problem: `The buttons are !1 to !${card.buttons.length}.` };
  return { updateId: telegram.operatorPresses({ messageId: card.messageId, button }).update_id };
}

function send(telegram: BotApiServer, { media: kind, path, caption: text }: FileToSend): Done {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : code;
    return { problem: `${path} cannot be read: ${why}.` };
  }
  const file = { kind, name: basename(path), bytes };
  return { updateId: telegram.operatorSends({ ...(text !== "" && { text }), file }).update_id };
}

function react(telegram: BotApiServer, { back, emoji }: { back: number; emoji: string }): Done {
  if (!reactionEmoji.has(emoji)) {
    return { problem: "Telegram has no such reaction; 👍, 👎 and ❤ are some that it has." };
  }
  const messageId = nthNewest(telegram, "bot", back);
  if (messageId === undefined) return { problem: "The bot has not written so many messages." };
  const reaction = { messageId, emoji: [emoji as ReactionTypeEmoji["emoji"]] };
  return { updateId: telegram.operatorReacts(reaction).update_id };
}

/** The n-th newest message of one side, the newest being the first. */
function nthNewest(telegram: BotApiServer, by: "bot" | "operator", n: number): number | undefined {
  const own = telegram.chat().filter(({ from }) => from === by);
  return n > 0 ? own.at(-n)?.message_id : undefined;
}
