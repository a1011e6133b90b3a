import { randomUUID } from "node:crypto";
import { addButton, bindButtons } from "../buttons/buttons.ts";
import type { Conversation } from "../chat/conversation.ts";
import { outboxLane } from "../outbox/lanes.ts";
import { enqueue } from "../outbox/outbox.ts";
import { target } from "../outbox/say.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { commandPurpose } from "./context.ts";

/** A command to ask about. */
export interface Question {
  conversation: Conversation;
  /** The only user who may answer. */
  operator: number;
  /** The command's name. */
  command: string;
  argument: string;
  text: string;
}

/** Asks whether to run a command after all, with buttons that work once. */
export async function askFirst(transaction: Transaction, question: Question): Promise<void> {
  const { conversation, operator, command, argument, text } = question;
  const set = { purpose: commandPurpose, subject: randomUUID() };
  const shown = { ...set, conversation: conversation.key, operator, once: true };
  const yes = await addButton(transaction, { ...shown, action: { command, argument } });
  const no = await addButton(transaction, { ...shown, action: { command: "", argument: "" } });
  const buttons = [
    { text: texts.bot.doIt, callback_data: yes },
    { text: texts.bot.doNot, callback_data: no },
  ];
  const outboxId = await enqueue(transaction, {
    lane: outboxLane(conversation.key, "urgent"),
    method: "sendMessage",
    payload: {
      ...target(conversation),
      text,
      link_preview_options: { is_disabled: true },
      reply_markup: { inline_keyboard: [buttons] },
    },
  });
  await bindButtons(transaction, set, outboxId);
}
