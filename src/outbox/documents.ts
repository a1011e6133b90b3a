import { writeFile } from "node:fs/promises";
import type { Conversation } from "../chat/conversation.ts";
import { outboxLane } from "./lanes.ts";
import type { KeptFile, KeptFiles } from "./kept-files.ts";
import { enqueue } from "./enqueue.ts";
import { type SayOptions, target } from "./say.ts";
import type { Transaction } from "../store/store.ts";

/** Where documents are kept. */
export type DocumentFiles = Pick<KeptFiles, "place" | "flush" | "drop">;

/**
 * Writes a text for the operator to a file that waits to be sent; it is on disk when this resolves.
 * @throws whatever reading the text does; nothing is left then
 */
export async function writeDocument(
  files: DocumentFiles,
  name: string,
  text: string | AsyncIterable<Uint8Array>,
): Promise<KeptFile> {
  const file = await files.place(name);
  // Like the documents of cards it does not count among the files that agents let wait.
  try {
    await writeFile(file.path, text, { mode: 0o600 });
    await files.flush(file);
    return file;
  } catch (error) {
    await files.drop(file.path);
    throw error;
  }
}

/** Adds a document for a conversation; its copy is removed when it was sent or given up. */
export async function sendDocument(
  transaction: Transaction,
  conversation: Conversation,
  { path, name }: Pick<KeptFile, "path" | "name">,
  { kind = "urgent", replyId, agent, silent, speech }: SayOptions = {},
): Promise<void> {
  await enqueue(transaction, {
    lane: outboxLane(conversation.key, kind),
    method: "sendDocument",
    payload: {
      ...target(conversation),
      document: { path, name },
      ...(silent && { disable_notification: true }),
    },
    replyId,
    agent,
    speech,
  });
}
