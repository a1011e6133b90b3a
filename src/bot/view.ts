import { randomUUID } from "node:crypto";
import { addButton, bindButtons, dropButtons } from "../buttons/buttons.ts";
import { type CommandAction, commandPurpose } from "../buttons/command-action.ts";
import type { Conversation } from "../chat/conversation.ts";
import { shortened } from "../chat/formatted-text.ts";
import { onOneLine } from "../chat/hidden.ts";
import { maxTextLength } from "../chat/split.ts";
import { outboxLane } from "../outbox/lanes.ts";
import { enqueue } from "../outbox/outbox.ts";
import { target } from "../outbox/say.ts";
import type { Transaction } from "../store/store.ts";

/** The message whose button was pressed, which the answer takes the place of. */
export interface Redraws {
  /** The outbox call that made it. */
  outboxId: number;
  /** What its buttons are stored under. */
  subject: string;
}

/** A button that runs a command. */
export interface ViewButton extends Omit<CommandAction, "agent" | "argument"> {
  label: string;
  argument?: string;
}

/** One message with buttons. */
export interface View {
  /** At most 4096 UTF-16 units are shown. */
  text: string;
  /** At most 100 in all, in rows of at most 8. */
  buttons?: ViewButton[][];
  /** The buttons decide something, so that one of them works once; else each works until it is redrawn. */
  asks?: boolean;
  /** Shown in a fixed width, such as a difference. */
  isCode?: boolean;
  /** The agent that the buttons are about, where their commands act on the one that is talked to. */
  agent?: string | undefined;
}

/** Where a view goes, and who may press its buttons: any operator there when undefined. */
export interface ViewPlace {
  conversation: Conversation;
  operator: number | undefined;
  redraws?: Redraws | undefined;
}

const maxLabelLength = 40;
const noLabel = "…";

/** Sends a view, or puts it in the place of a message; resolves to the call that made the message. */
export async function sendView(
  transaction: Transaction,
  { conversation, operator, redraws }: ViewPlace,
  { text, buttons = [], asks = false, isCode = false, agent }: View,
): Promise<number> {
  const subject = redraws?.subject ?? randomUUID();
  const group = { purpose: commandPurpose, subject };
  if (redraws) await dropButtons(transaction, group);
  const keyboard: { text: string; callback_data: string }[][] = [];
  for (const row of buttons) {
    const keys = [];
    for (const { label, command, argument = "", edits = false } of row) {
      const key = await addButton(transaction, {
        ...group,
        action: {
          command,
          argument,
          edits,
          ...(agent !== undefined && { agent }),
        } satisfies CommandAction,
        conversation: conversation.key,
        ...(operator !== undefined && { operator }),
        once: asks,
      });
      keys.push({ text: labelOf(label), callback_data: key });
    }
    keyboard.push(keys);
  }
  const shown = shortened(text, maxTextLength);
  const fields = {
    text: shown,
    // Fetching a URL that is shown could carry data away.
    link_preview_options: { is_disabled: true },
    ...(isCode && { entities: [{ type: "pre", offset: 0, length: shown.length }] }),
    reply_markup: { inline_keyboard: keyboard },
  };
  const lane = outboxLane(conversation.key, "urgent");
  const outboxId = redraws
    ? redraws.outboxId
    : await enqueue(transaction, {
        lane,
        method: "sendMessage",
        payload: { ...target(conversation), ...fields },
      });
  if (redraws) {
    await enqueue(transaction, {
      lane,
      method: "editMessageText",
      payload: { chat_id: conversation.chatId, message_of: outboxId, ...fields },
    });
  }
  await bindButtons(transaction, group, outboxId);
  return outboxId;
}

/** Some are names that a project gives: Telegram refuses a whole message for a label without a character. */
function labelOf(text: string): string {
  const label = shortened(onOneLine(text), maxLabelLength);
  return label.trim() === "" ? noLabel : label;
}
