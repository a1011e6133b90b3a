import { failFile, PromptFiles, pruneParts, tellOnce } from "../../src/prompts/files.ts";
import { addMessage, joinMessage } from "../../src/prompts/messages.ts";
import { partsOf } from "../../src/prompts/parts.ts";
import { addPrompt, openPrompts, endPrompt } from "../../src/prompts/prompts.ts";
import { prunePrompts } from "../../src/prompts/prune.ts";
import type { Store, Transaction } from "../../src/store/store.ts";
import { change } from "./memory.ts";
import { newMessage, newPrompt } from "./prompts.ts";

const photo = { media: "photo" as const, fileId: "f", original: "photo.jpg", size: undefined };

/** What files of prompts answer from their arrival until they are forgotten. */
export async function uploadsAnswer(store: Store): Promise<unknown[]> {
  const files = new PromptFiles(store);
  const write = <Result>(work: (transaction: Transaction) => Promise<Result>) => store.write(work);
  const about = { agent: "files", conversation: "9", operator: 9 };
  const waiting = { ...about, album: "8", takenAt: Date.now(), waitMs: 5000 };
  const add = (id: number, fields: object) =>
    write((transaction) => addPrompt(transaction, newPrompt(id, { ...about, ...fields })));
  await write((transaction) => addMessage(transaction, newMessage(900, {}, waiting)));
  const more = newMessage(901, {}, { ...waiting, files: [photo, photo] });
  await write((transaction) => joinMessage(transaction, more));
  await add(902, { text: "", files: [{ ...photo, size: 5 }] });
  const due = await files.due(Date.now(), 9);
  const [first, second, third] = due;
  if (!first || !second || !third) throw new Error("three files are due");
  await files.later(second.id, Date.now() + 30_000);
  const next = await files.nextDue(Date.now());
  const answers: unknown[] = [
    due.map(({ name, agent, conversation, size, media }) => [
      name,
      agent,
      conversation,
      size,
      media,
    ]),
    next !== undefined,
    await files.isWanted(first.id),
    await write((transaction) => tellOnce(transaction, first.id, "waiting")),
    await write((transaction) => tellOnce(transaction, first.id, "waiting")),
  ];
  await files.begin(first.id, "/a");
  answers.push(await files.saved(first, 7), await files.saved(first, 7));
  answers.push(await write((transaction) => failFile(transaction, second, "refused")));
  answers.push(await write((transaction) => failFile(transaction, third, "too large")));
  await change(store, "UPDATE prompts SET receive_until = 1 WHERE agent = 'files'");
  const [open] = await store.read((transaction) => openPrompts(transaction, "files"));
  if (!open) throw new Error("a prompt is left");
  const parts = await store.read((transaction) => partsOf(transaction, open.id));
  answers.push(
    [open.text, open.label, open.state],
    parts.map((part) => (part.kind === "text" ? part.text : [part.state, part.size, part.fault])),
    (await files.unneeded(1, 9)).length,
  );
  await write((transaction) => endPrompt(transaction, open.id, "cancelled"));
  const unneeded = await files.unneeded(1, 9);
  answers.push(unneeded.map(({ path }) => path));
  for (const { id } of unneeded) await files.removed(id);
  const later = Date.now() + 1000;
  await change(store, "UPDATE prompts SET ended_at = 1 WHERE agent = 'files'");
  await write((transaction) => prunePrompts(transaction, 2, 9));
  answers.push(await write((transaction) => pruneParts(transaction, later, 9)));
  return answers;
}
