import { randomUUID } from "node:crypto";
import { addButton, bindButtons, dropButtons } from "../buttons/buttons.ts";
import { type CommandAction, commandPurpose } from "../buttons/command-buttons.ts";
import type { ChatSettings } from "../chat-settings/chat-settings.ts";
import type { Conversation } from "../chat/conversation.ts";
import { outboxLane } from "../outbox/lanes.ts";
import { enqueue } from "../outbox/enqueue.ts";
import { richMethod } from "../outbox/rich-calls.ts";
import { target } from "../outbox/say.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import type { BotContext } from "./context.ts";
import type { Redraws, ViewPlace } from "./view.ts";

const words = texts.settings.probe;
const mark = /^--read (rich|auto)$/;

/** The format that a press of the probe's button proves to be readable; nobody can write that. */
export function provedFormat(
  context: BotContext,
  argument: string,
): ChatSettings["format"] | undefined {
  if (!context.callbackQuery) return undefined;
  return mark.exec(argument)?.[1] as ChatSettings["format"] | undefined;
}

/**
 * Sends a rich message whose button stands in it, and not below: who presses it has an app that shows rich
 * messages. It goes through the parser that answers go through.
 */
export async function sendProbe(
  transaction: Transaction,
  { conversation, operator }: ViewPlace,
  format: ChatSettings["format"],
): Promise<void> {
  const group = { purpose: commandPurpose, subject: randomUUID() };
  const action = { command: "settings", argument: `--read ${format}`, edits: true };
  const key = await addButton(transaction, {
    ...group,
    action: action satisfies CommandAction,
    conversation: conversation.key,
    operator,
    once: false,
  });
  const button = `<tg-button type="callback_data" style="success" data="${key}">${words.button}</tg-button>`;
  const row = `<tg-button-row>\n  ${button}\n</tg-button-row>`;
  const outboxId = await enqueue(transaction, {
    lane: outboxLane(conversation.key, "urgent"),
    method: richMethod,
    payload: {
      ...target(conversation),
      rich_message: richOf(words.question, table(), row, words.ifNot),
    },
    fallback: { failed: words.refused },
  });
  await bindButtons(transaction, group, outboxId);
}

/** Says in place of the probe's button that it was pressed. */
export async function showProved(
  transaction: Transaction,
  conversation: Conversation,
  { outboxId, subject }: Redraws,
): Promise<void> {
  await dropButtons(transaction, { purpose: commandPurpose, subject });
  await enqueue(transaction, {
    lane: outboxLane(conversation.key, "urgent"),
    method: "editMessageText",
    payload: {
      chat_id: conversation.chatId,
      message_of: outboxId,
      rich_message: richOf(table(), words.read),
    },
  });
}

function table(): string {
  const rows = [words.columns, words.columns.map(() => "---"), words.cells];
  return rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function richOf(...blocks: string[]) {
  return { markdown: blocks.join("\n\n"), skip_entity_detection: true };
}
