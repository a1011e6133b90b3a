import { endUpdate, Inbox, updateBody } from "../../src/inbox/inbox.ts";
import type { Store } from "../../src/store/store.ts";
import { update } from "./updates.ts";

/** What the inbox answers, and what is left of it. */
export async function inboxAnswers(store: Store): Promise<unknown[]> {
  const inbox = new Inbox(store);
  const add = (id: number, lane: string, fields: object = {}) =>
    inbox.add(id, lane, JSON.stringify(update(id, fields)));
  const answers: unknown[] = [
    await add(9, "1000"),
    await add(9, "1000"),
    await add(8, "1000"),
    await add(7, "2000", { from: { id: 5, is_bot: false } }),
  ];
  const taken = async (busy: string[]) =>
    (await inbox.take(new Set(busy))).map(({ updateId, attempts }) => [updateId, attempts]);
  answers.push(await taken(["2000"]), await taken([]));
  answers.push((await inbox.earlier(8, "1000")).map(({ update_id }) => update_id));
  await store.write((transaction) => endUpdate(transaction, 9, "done"));
  answers.push(await taken([]));
  for (const id of [8, 99]) {
    const body = await store.read((transaction) => updateBody(transaction, id));
    answers.push(body?.includes(`"update_id":${id}`));
  }
  return answers;
}
