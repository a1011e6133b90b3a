import {
  bindButtons,
  type Button,
  type ButtonSet,
  dropButtons,
  shownButtons,
} from "../buttons/buttons.ts";
import {
  addCommandButton,
  agentMark,
  type CommandAction,
  commandPurpose,
} from "../buttons/command-buttons.ts";
import type { Conversation } from "../chat/conversation.ts";
import type { KeptFile } from "../outbox/kept-files.ts";
import { outboxLane } from "../outbox/lanes.ts";
import { enqueue } from "../outbox/enqueue.ts";
import { type Keyboard, target } from "../outbox/say.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { pictureKeys } from "./key-names.ts";

/** A picture to send. */
export interface NewPicture {
  conversation: Conversation;
  /** Who may press its keys; any operator there when undefined. */
  operator: number | undefined;
  agent: { id: string; name: string };
  /** The run of the terminal that it shows; its keys reach no other. */
  run: string;
  file: Pick<KeptFile, "path" | "name">;
  /** The conversation talks to the agent, so the picture has keys. */
  hasKeys: boolean;
}

/** What a button of a picture carries: the run it is for, and where it stands. */
export interface PictureButton {
  run: string;
  label: string;
  row: number;
  column: number;
}

interface Wanted extends Omit<CommandAction, "data"> {
  label: string;
}

const noButtons = { inline_keyboard: [] };

/** The buttons of the newest picture in a conversation; no other has any. */
function pictureSet({ key }: Pick<Conversation, "key">): ButtonSet {
  return { purpose: commandPurpose, subject: `screen ${key}` };
}

/** Sends a picture of a terminal with keys below it, and removes the buttons of the one before. */
export async function sendPicture(transaction: Transaction, picture: NewPicture): Promise<void> {
  const { conversation, agent, file } = picture;
  const set = pictureSet(conversation);
  const [before] = await shownButtons(transaction, set);
  await dropButtons(transaction, set);
  const keyboard = await addKeys(transaction, picture, set);
  const lane = outboxLane(conversation.key, "urgent");
  const outboxId = await enqueue(transaction, {
    lane,
    method: "sendPhoto",
    payload: {
      ...target(conversation),
      photo: { path: file.path, name: file.name },
      caption: agent.name,
      reply_markup: { inline_keyboard: keyboard },
    },
    fallback: { failed: texts.screen.notSent },
  });
  await bindButtons(transaction, set, outboxId);
  if (before?.outboxId === undefined) return;
  await enqueue(transaction, {
    lane,
    method: "editMessageReplyMarkup",
    payload: {
      chat_id: conversation.chatId,
      message_of: before.outboxId,
      reply_markup: noButtons,
    },
  });
}

/** The buttons of a picture, to send them again with an edit; undefined when it is not the newest any more. */
export async function keyboardOf(
  transaction: Transaction,
  { subject, outboxId }: { subject: string; outboxId: number },
): Promise<Keyboard | undefined> {
  const shown = await shownButtons(transaction, { purpose: commandPurpose, subject });
  if (shown.length === 0 || shown.some((button) => button.outboxId !== outboxId)) return undefined;
  const keyboard: Keyboard = [];
  const placed = shown.map((button) => ({ key: button.key, ...dataOf(button) }));
  const inOrder = placed.toSorted((a, b) => a.row - b.row || a.column - b.column);
  for (const { row, label, key } of inOrder) {
    (keyboard[row] ??= []).push({ text: label, callback_data: key });
  }
  return keyboard;
}

function dataOf({ action }: Button): PictureButton {
  return (action as CommandAction).data as PictureButton;
}

async function addKeys(
  transaction: Transaction,
  { conversation, operator, agent, run, hasKeys }: NewPicture,
  set: ButtonSet,
): Promise<Keyboard> {
  const keyboard: Keyboard = [];
  for (const [row, buttons] of wantedButtons(agent, hasKeys).entries()) {
    const shown = [];
    for (const [column, { label, ...action }] of buttons.entries()) {
      const data: PictureButton = { run, label, row, column };
      const key = await addCommandButton(transaction, {
        subject: set.subject,
        action: { ...action, data },
        conversation: conversation.key,
        operator,
        once: false,
      });
      shown.push({ text: label, callback_data: key });
    }
    keyboard.push(shown);
  }
  return keyboard;
}

function wantedButtons({ id }: NewPicture["agent"], hasKeys: boolean): Wanted[][] {
  const again = {
    label: texts.screen.again,
    command: "screen",
    argument: agentMark,
    of: id,
    edits: true,
  };
  if (!hasKeys) {
    const talk = { label: texts.screen.talkToIt, command: "switch", argument: agentMark, of: id };
    return [[again, talk]];
  }
  const keys = pictureKeys.map((row) =>
    row.map(({ label, name }) => {
      return { label, command: "key", argument: name, edits: true, agent: id };
    }),
  );
  return [...keys.slice(0, -1), [...(keys.at(-1) ?? []), again]];
}
