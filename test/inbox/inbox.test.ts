import { test } from "tap";
import { dropUpdates, Inbox, inboxSignal } from "../../src/inbox/inbox.ts";
import { add, states } from "../support/inbox-rows.ts";
import { memoryStore } from "../support/memory.ts";
import { update } from "../support/updates.ts";

test("an update is kept once, whatever is sent under its id", async (t) => {
  const store = await memoryStore(t);
  const inbox = new Inbox(store);
  t.equal(await add(inbox, update(5)), true);
  t.equal(await add(inbox, update(5)), false);
  t.same(await Promise.all([add(inbox, update(6)), add(inbox, update(6), "other lane")]), [
    true,
    false,
  ]);
  t.same(await states(store), ["5 pending", "6 pending"]);
});

test("an update that was added is announced", async (t) => {
  const store = await memoryStore(t);
  let announced = 0;
  store.on(inboxSignal, () => (announced += 1));
  await add(new Inbox(store), update(5));
  t.equal(announced, 1);
});

test("only open updates that are unwanted are dropped", async (t) => {
  const store = await memoryStore(t);
  const inbox = new Inbox(store);
  for (const id of [1, 2, 3]) await add(inbox, update(id), `lane ${id}`);
  const drop = () =>
    store.write((transaction) => dropUpdates(transaction, ({ update_id }) => update_id > 1));
  t.equal(await drop(), 2);
  t.equal(await drop(), 0);
  t.same(await states(store), ["1 pending", "2 failed", "3 failed"]);
});
