import { randomUUID } from "node:crypto";
import type { MessageEntity } from "grammy/types";
import { bindButtons, dropButtons } from "../buttons/buttons.ts";
import {
  addCommandButton,
  type CommandAction,
  commandPurpose,
} from "../buttons/command-buttons.ts";
import type { Conversation } from "../chat/conversation.ts";
import { codeBlock, type FormattedText, shortened } from "../chat/formatted-text.ts";
import { onOneLine } from "../chat/hidden.ts";
import { maxTextLength } from "../chat/limits.ts";
import { harmless } from "../chat/markdown/harmless.ts";
import { maxEntities } from "../chat/markdown/split.ts";
import { withoutTaps } from "../chat/markdown/taps.ts";
import { outboxLane } from "../outbox/lanes.ts";
import { enqueue } from "../outbox/enqueue.ts";
import { type Keyboard, target } from "../outbox/say.ts";
import type { Transaction } from "../store/store.ts";

/** The message whose button was pressed, which the answer takes the place of. */
export interface Redraws {
  /** The outbox call that made it. */
  outboxId: number;
  /** What its buttons are stored under. */
  subject: string;
}

/** A button that runs a command. One that names an agent does so by `of`: names change hands. */
export interface ViewButton extends Omit<CommandAction, "argument"> {
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
  /** It is words of agents, titles and the like: nothing in them can be tapped. */
  isForeign?: boolean;
  /** Ranges of the text that stand out; left out where the text is cut. */
  entities?: MessageEntity[];
  /** The id of the agent the buttons are about, where their commands act on the one that is talked to. */
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
  { text, buttons = [], asks = false, isCode, isForeign, entities = [], agent }: View,
): Promise<number> {
  const subject = redraws?.subject ?? randomUUID();
  const group = { purpose: commandPurpose, subject };
  if (redraws) await dropButtons(transaction, group);
  const place = { conversation, operator };
  const keyboard = await keyboardOf(transaction, place, { subject, buttons, asks, agent });
  const shown = shortened(text, maxTextLength);
  const fields = {
    text: shown,
    // Fetching a URL that is shown could carry data away.
    link_preview_options: { is_disabled: true },
    ...(shown === text && entities.length > 0 && { entities }),
    ...(isCode && codeBlock(shown)),
    ...(isForeign && untappable(shown)),
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

/** A text in which nothing can be tapped; where there is too much that could be, it is shown as code. */
function untappable(text: string): FormattedText {
  const shown = withoutTaps({ text: harmless(text), entities: [] });
  return shown.entities.length > maxEntities ? codeBlock(shown.text) : shown;
}

/** Gives a message other buttons and leaves its text as it is. */
export async function redrawButtons(
  transaction: Transaction,
  { conversation, operator, redraws }: ViewPlace & { redraws: Redraws },
  buttons: ViewButton[][],
): Promise<void> {
  const { subject, outboxId } = redraws;
  const group = { purpose: commandPurpose, subject };
  await dropButtons(transaction, group);
  const place = { conversation, operator };
  const inline_keyboard = await keyboardOf(transaction, place, { subject, buttons });
  await enqueue(transaction, {
    lane: outboxLane(conversation.key, "urgent"),
    method: "editMessageReplyMarkup",
    payload: {
      chat_id: conversation.chatId,
      message_of: outboxId,
      reply_markup: { inline_keyboard },
    },
  });
  await bindButtons(transaction, group, outboxId);
}

/** Adds the buttons of a message, as Telegram is given them. */
async function keyboardOf(
  transaction: Transaction,
  { conversation, operator }: ViewPlace,
  { subject, buttons = [], asks = false, agent }: Omit<View, "text"> & { subject: string },
): Promise<Keyboard> {
  const keyboard: Keyboard = [];
  for (const row of buttons) {
    const keys = [];
    for (const { label, command, argument = "", edits = false, data, agent: own, of } of row) {
      const about = own ?? agent;
      const key = await addCommandButton(transaction, {
        subject,
        action: {
          command,
          argument,
          edits,
          ...(about !== undefined && { agent: about }),
          ...(of !== undefined && { of }),
          ...(data !== undefined && { data }),
        },
        conversation: conversation.key,
        ...(operator !== undefined && { operator }),
        once: asks,
      });
      keys.push({ text: labelOf(label), callback_data: key });
    }
    keyboard.push(keys);
  }
  return keyboard;
}

/** Some are names that a project gives: Telegram refuses a whole message for a label without a character. */
function labelOf(text: string): string {
  const label = shortened(onOneLine(text), maxLabelLength);
  return label.trim() === "" ? noLabel : label;
}
