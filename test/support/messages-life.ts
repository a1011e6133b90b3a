import { albumUpdates, endUpdate, Inbox } from "../../src/inbox/inbox.ts";
import { spokenIn } from "../../src/outbox/spoken.ts";
import { editMessage } from "../../src/prompts/edit.ts";
import { isKept, messagesOf } from "../../src/prompts/message-table.ts";
import { addMessage, continuesText, joinMessage } from "../../src/prompts/messages.ts";
import { addPrompt, cancelPrompts, endPrompt, openPrompts } from "../../src/prompts/prompts.ts";
import {
  dropReactions,
  moveReactions,
  setReactions,
  takeReactions,
} from "../../src/prompts/reacted.ts";
import { partsOf } from "../../src/prompts/parts.ts";
import { movePrompts } from "../../src/prompts/rename.ts";
import { receiveAnew } from "../../src/prompts/receive-anew.ts";
import type { Store, Transaction } from "../../src/store/store.ts";
import { newMessage, newPrompt } from "./prompts.ts";

/** What the messages of prompts, their edits and operators' reactions answer. */
export async function messagesAnswer(store: Store): Promise<unknown[]> {
  const write = <Result>(work: (transaction: Transaction) => Promise<Result>) => store.write(work);
  const fields = { agent: "pasted", conversation: "-7", waitMs: 1 };
  const long = (updateId: number, letter: string) =>
    newMessage(updateId, { text: letter.repeat(4000) }, fields);
  const added = await write((transaction) => addMessage(transaction, long(70, "a")));
  const again = await write((transaction) => addMessage(transaction, long(70, "a")));
  const place = { conversation: "-7", operator: 1000, sentAt: 0 };
  const continues = await store.read((transaction) => continuesText(transaction, place));
  const rest = newMessage(71, { text: "the rest" }, { ...fields, waitMs: 2 });
  const joined = await write((transaction) => joinMessage(transaction, rest));
  const edit = (messageId: number, text: string) =>
    write((transaction) =>
      editMessage(
        transaction,
        { conversation: "-7", messageId },
        { kind: "text", head: "", text, entities: [{ type: "bold", offset: 0, length: 3 }] },
      ),
    );
  const edits = [await edit(71, "the end"), await edit(71, "the end"), await edit(72, "x")];
  const isPart = await store.read((transaction) =>
    Promise.all([isKept(transaction, 71), isKept(transaction, 79)]),
  );
  await receiveAnew(store, 0);
  const [prompt] = await store.read((transaction) => openPrompts(transaction, "pasted"));
  const kept = await store.read((transaction) => messagesOf(transaction, prompt?.id ?? 0));

  const photo = { media: "photo" as const, fileId: "f", original: "photo.jpg", size: undefined };
  const part = (updateId: number, fileId: string) =>
    newMessage(
      updateId,
      { kind: "markdown", text: "" },
      { ...fields, album: "8", files: [{ ...photo, fileId }] },
    );
  await write((transaction) => addMessage(transaction, part(77, "second")));
  await write((transaction) => joinMessage(transaction, part(76, "first")));
  const [, album] = await store.read((transaction) => openPrompts(transaction, "pasted"));
  const files = await store.read((transaction) => partsOf(transaction, album?.id ?? 0));
  const ids = files.flatMap((one) => (one.kind === "file" ? one.partId : []));

  const reacted = {
    conversation: "-7",
    messageId: 5,
    operator: 1000,
    agent: "site",
    session: undefined,
    text: "words",
    at: 1,
  };
  await write(async (transaction) => {
    await setReactions(transaction, { ...reacted, before: [], now: ["👍", "❤"] });
    await setReactions(transaction, { ...reacted, before: ["👍", "❤"], now: ["👍"] });
    await setReactions(transaction, { ...reacted, messageId: 6, at: 2, before: [], now: ["👎"] });
    await setReactions(transaction, { ...reacted, operator: 5, before: [], now: ["👎"] });
    await dropReactions(transaction, (operator) => operator === 5);
    await moveReactions(transaction, "-7", "-8");
  });
  const take = (conversation: string) =>
    write((transaction) => takeReactions(transaction, { agent: "site", conversation }));
  const notes = [await take("-7"), await take("-8"), await take("-8")];
  const left = { ...reacted, conversation: "-9", before: [], now: ["👍"] };
  await write((transaction) => setReactions(transaction, left));
  const noted = await write(async (transaction) => {
    await setReactions(transaction, { ...left, conversation: "-10" });
    const id = await addPrompt(transaction, newPrompt(73, { conversation: "-10" }));
    return endPrompt(transaction, id ?? 0, "cancelled");
  });
  await write((transaction) => movePrompts(transaction, "-7", "-8"));
  const moved = await edit(71, "after the move");
  await write((transaction) => cancelPrompts(transaction, "pasted"));
  const body = JSON.stringify({ update_id: 75, message: { message_id: 3, media_group_id: "8" } });
  await new Inbox(store).add(75, "-7", body);
  const updates = await store.read((transaction) => albumUpdates(transaction, 76, "8"));
  await write((transaction) => endUpdate(transaction, 75, "done"));
  return [
    isPart,
    [added, again, continues, joined],
    edits.map(({ kind }) => kind),
    [prompt?.text.slice(3998), prompt?.revision, prompt?.receiveUntil],
    kept.map(({ messageId, text, entities }) => [messageId, text.slice(0, 7), entities]),
    [...notes, noted?.text],
    moved.kind,
    files.map((one) => one.kind === "file" && one.fileId),
    String(ids) === String(ids.toSorted()),
    updates.map(({ update, isOpen }) => [update.update_id, isOpen]),
    await store.read((transaction) => spokenIn(transaction, -7, 1)),
  ];
}
