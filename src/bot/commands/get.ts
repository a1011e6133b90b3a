import { addCommandButton, commandPurpose } from "../../buttons/command-buttons.ts";
import { bindButtons } from "../../buttons/buttons.ts";
import { onOneLine } from "../../chat/hidden.ts";
import { harmless } from "../../chat/markdown/harmless.ts";
import { withoutTaps } from "../../chat/markdown/taps.ts";
import { Refusal } from "../../errors.ts";
import { type Media, mediaOf, mediaParts } from "../../outbox/media.ts";
import { sayParts } from "../../outbox/say.ts";
import { FileRefusal } from "../../replies/file-refusal.ts";
import type { ReplyFiles } from "../../replies/reply-files.ts";
import type { Transaction } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import type { Command } from "../context.ts";
import type { TaskOutcome } from "../errand.ts";
import { sizeInWords } from "../file-size.ts";
import { type FileData, fileFaultView } from "../folder-view.ts";
import type { Task } from "../tasks.ts";
import { directoryOf, type FilesServices, open } from "./files.ts";

/** What `/get` needs. */
export interface GetServices extends FilesServices {
  replyFiles: Pick<ReplyFiles, "keep" | "look">;
}

// A larger one takes its time, in which nothing else that an operator waits for may stand behind it.
const largestUrgent = 1024 * 1024;
const noRoom = 503;

/** Sends a file from the agent's folder or the workspace; a picture or video is shown. */
export const get = (services: GetServices): Command => ({
  name: "get",
  group: "projects",
  argument: texts.arguments.get,
  description: texts.commands.get,
  details: texts.details.get,
  isFast: true,
  run: (context, argument, data) => open(context, services, argument, data),
  errand: {
    isRepeatable: true,
    progress: texts.files.getting,
    perform: (task) => fetch(services, task),
  },
});

async function fetch({ agents, replyFiles }: GetServices, task: Task): Promise<TaskOutcome> {
  const input = task.input as FileData;
  try {
    const directory = await directoryOf({ agents }, input.agent);
    const copy = await replyFiles.keep(input.path, directory);
    const media = await mediaOf({ ...copy, isShown: input.isExact !== true });
    return {
      text: "",
      isSent: true,
      effect: (transaction) => send(transaction, task, media),
    };
  } catch (error) {
    if (error instanceof FileRefusal) return fileFaultView(error.fault);
    const isFull = (error as NodeJS.ErrnoException).code === "ENOSPC";
    const isCrowded = error instanceof Refusal && error.statusCode === noRoom;
    if (!isFull && !isCrowded) throw error;
    const again = { label: texts.bot.tryAgain, command: "get", data: input };
    return { text: isFull ? texts.files.diskFull : texts.files.noRoom, buttons: [[again]] };
  }
}

async function send(transaction: Transaction, task: Task, media: Media): Promise<void> {
  const { conversation, operator, input } = task;
  const isShown = media.type !== "document";
  const set = { purpose: commandPurpose, subject: `get ${task.id}` };
  const data: FileData = { ...(input as FileData), isExact: true };
  const key = isShown
    ? await addCommandButton(transaction, {
        subject: set.subject,
        action: { command: "get", argument: "", data },
        conversation: conversation.key,
        operator,
        once: false,
      })
    : undefined;
  const outboxId = await sayParts(
    transaction,
    conversation,
    mediaParts([media], isShown ? captionOf(media) : undefined),
    {
      kind: media.file.bytes > largestUrgent ? "reply" : "urgent",
      ...(key !== undefined && { keyboard: [[{ text: texts.files.asFile, callback_data: key }]] }),
    },
  );
  if (key !== undefined && outboxId !== undefined) await bindButtons(transaction, set, outboxId);
}

/** A photo does not say what it is called; nothing in its name can be tapped. */
function captionOf({ file: { name, bytes } }: Media): object {
  const words = texts.files.caption({ name: onOneLine(name), size: sizeInWords(bytes) });
  const { text, entities } = withoutTaps({ text: harmless(words), entities: [] });
  return { caption: text, ...(entities.length > 0 && { caption_entities: entities }) };
}
