import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { addButton, bindButtons, pruneButtons } from "../../src/buttons/buttons.ts";
import { pruneCards } from "../../src/cards/card-table.ts";
import { pruneUpdates } from "../../src/inbox/inbox.ts";
import { enqueue, unpin } from "../../src/outbox/enqueue.ts";
import { pruneOutbox } from "../../src/outbox/prune.ts";
import { prunePrompts } from "../../src/prompts/prune.ts";
import { pruneReplies } from "../../src/replies/replies.ts";
import { Pruner } from "../../src/store/prune.ts";
import type { Store } from "../../src/store/store.ts";
import { keptLog, tempDir } from "../support/app.ts";
import { change, fileStore, memoryStore, rows } from "../support/memory.ts";

const dayMs = 24 * 60 * 60 * 1000;
const old = Date.now() - 9 * dayMs;

/** A pruner with the steps of every owner. */
function prunerOf(store: Store, log = keptLog().log): Pruner {
  const pruner = new Pruner({ store, keepDays: 8, log });
  pruner.add(pruneUpdates, prunePrompts, pruneOutbox, pruneCards);
  pruner.add(pruneButtons, pruneReplies);
  return pruner;
}

/** Rows of every kind and state, all of them old. */
async function fill(store: Store): Promise<void> {
  await store.write(async (transaction) => {
    for (const [n, state] of ["pending", "processing", "done", "failed"].entries()) {
      await transaction.run(
        `INSERT INTO updates (seq, update_id, lane, received_at, body, state)
         VALUES (?, ?, 'l', ?, '{}', ?)`,
        n + 1,
        n,
        old,
        state,
      );
    }
    for (const [n, state] of ["queued", "delivering", "running", "done", "cancelled"].entries()) {
      await transaction.run(
        `INSERT INTO prompts (update_id, agent, conversation, operator, chat_message_id, text,
           sent_at, state, message_id, part_id, ended_at)
         VALUES (?, 'a', '1', 1, 1, 't', 0, ?, 'm', 'p', ?)`,
        n,
        state,
        n > 2 ? old : null,
      );
    }
    for (const [n, state] of ["pending", "sending", "uncertain", "sent", "failed"].entries()) {
      await transaction.run(
        `INSERT INTO outbox (lane, method, payload, reply_id, state, created_at, ended_at)
         VALUES ('l', 'sendMessage', '{}', ?, ?, ?, ?)`,
        `reply ${n}`,
        state,
        old,
        n > 2 ? old : null,
      );
      await transaction.run(
        "INSERT INTO replies (id, idempotency_key, agent, created_at) VALUES (?, ?, 'a', ?)",
        `reply ${n}`,
        `key ${n}`,
        old,
      );
    }
    for (const [n, state] of ["open", "answered", "closed"].entries()) {
      await transaction.run(
        `INSERT INTO cards (request_id, kind, agent, conversation, request, state, created_at)
         VALUES (?, 'permission', 'a', '1', '{}', ?, ?)`,
        `per_${n}`,
        state,
        old,
      );
    }
    for (const isKept of [true, false]) {
      const subject = isKept ? "kept" : "not kept";
      const button = { purpose: "p", subject, action: 1, conversation: "1", once: true, isKept };
      await addButton(transaction, button);
    }
    await transaction.run("UPDATE buttons SET created_at = ?", old);
  });
}

test("what has ended long ago is removed, and nothing that is still owed", async (t) => {
  const store = await memoryStore(t);
  await fill(store);
  t.equal(await prunerOf(store).prune(old - 1), 0, "nothing is that old");
  t.equal(await prunerOf(store).prune(Date.now() - 8 * dayMs), 10);
  const states = async (table: string) =>
    (await rows<{ state: string }>(store, `SELECT state FROM ${table}`)).map(({ state }) => state);
  t.same(await states("updates"), ["pending", "processing"]);
  t.same(await states("prompts"), ["queued", "delivering", "running"]);
  t.same(await states("outbox"), ["pending", "sending", "uncertain"]);
  t.same(await states("cards"), ["open", "answered"]);
  const kept = await rows<{ id: string }>(store, "SELECT id FROM replies");
  t.same(
    kept.map(({ id }) => id),
    ["reply 0", "reply 1", "reply 2"],
  );
  t.same(await rows(store, "SELECT subject FROM buttons"), [{ subject: "kept" }]);
});

test("a call stays while its message can still be edited", async (t) => {
  const store = await memoryStore(t);
  const [kept, edited] = await store.write(async (transaction) => {
    const call = { lane: "l", method: "sendMessage", payload: {}, isPinned: true };
    return [await enqueue(transaction, call), await enqueue(transaction, call)];
  });
  await change(store, "UPDATE outbox SET state = 'sent', ended_at = ?", old);
  t.equal(await prunerOf(store).prune(Date.now()), 0);
  await store.write((transaction) => unpin(transaction, edited));
  t.equal(await prunerOf(store).prune(Date.now()), 1);
  t.same(await rows(store, "SELECT id FROM outbox"), [{ id: kept }]);
});

test("a call stays until the buttons under its message have gone", async (t) => {
  const store = await memoryStore(t);
  const set = { purpose: "p", subject: "s" };
  await store.write(async (transaction) => {
    const call = { lane: "l", method: "sendMessage", payload: {} };
    const button = { ...set, action: null, conversation: "1", once: false };
    for (let n = 0; n < 3; n += 1) await addButton(transaction, button);
    await bindButtons(transaction, set, await enqueue(transaction, call));
  });
  await change(store, "UPDATE outbox SET state = 'sent', ended_at = ?", old);
  t.equal(await prunerOf(store).prune(Date.now() - 8 * dayMs), 0);
  await change(store, "UPDATE buttons SET created_at = ?", old);
  t.equal(await prunerOf(store).prune(Date.now() - 8 * dayMs), 3, "its buttons go first");
  t.equal(await prunerOf(store).prune(Date.now() - 8 * dayMs), 1);
});

test("the file gives back what was pruned, and does not grow with what comes and goes", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const store = await fileStore(path);
  t.teardown(() => store.close());
  const size = () => statSync(path).size + statSync(`${path}-wal`).size;
  const sizes: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    for (let n = 0; n < 1500; n += 1) {
      const id = round * 1500 + n;
      void store.write((transaction) =>
        transaction.run(
          "INSERT INTO updates (update_id, lane, received_at, body, state) VALUES (?, 'l', ?, ?, 'done')",
          id,
          old,
          "x".repeat(3000),
        ),
      );
    }
    await store.write(async () => undefined);
    t.ok(size() > 4_000_000, "it is filled");
    t.equal(await prunerOf(store).prune(Date.now() - 8 * dayMs), 1500);
    sizes.push(size());
  }
  for (const one of sizes) t.ok(one < 300_000, `${one} bytes are left`);
});

test("a pruner begins at once, tells how much went, and can be stopped", async (t) => {
  const store = await memoryStore(t);
  await fill(store);
  const { kept, log } = keptLog();
  const pruner = prunerOf(store, log);
  pruner.start();
  pruner.start();
  await pruner.stop();
  t.match(kept.entries, [{ removed: 10, msg: "old rows removed" }]);
  t.equal(kept.entries.length, 1);

  await store.close();
  const broken = prunerOf(store, log);
  broken.start();
  await broken.stop();
  t.match(kept.entries.at(-1), { msg: "old rows could not be removed", level: 50 });
});
