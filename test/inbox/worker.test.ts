import { join } from "node:path";
import { test, type Test } from "tap";
import { Inbox } from "../../src/inbox/inbox.ts";
import { InboxWorker, type UpdateHandler } from "../../src/inbox/worker.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { Store, type Transaction } from "../../src/store/store.ts";
import { keptLog, tempDir } from "../support/app.ts";
import { add, states } from "../support/inbox-rows.ts";
import { memoryStore, rows, signal } from "../support/memory.ts";
import { update } from "../support/updates.ts";

const mark = (value: string) => async (transaction: Transaction) => {
  await transaction.run("INSERT INTO settings (key, value) VALUES (?, '')", value);
};
const marks = async (store: Store) =>
  (await rows<{ key: string }>(store, "SELECT key FROM settings ORDER BY key")).map(
    ({ key }) => key,
  );

function workerOn(t: Test, store: Store) {
  const inbox = new Inbox(store);
  const { kept: log, log: logger } = keptLog();
  const ended: (() => void)[] = [];
  store.on("ended", () => ended.shift()?.());
  const worker = new InboxWorker({ store, inbox, log: logger, faultPauseMs: 1 });
  t.teardown(() => worker.stop());
  const begin = (handle: UpdateHandler["handle"]) =>
    worker.begin({
      async handle(one, work) {
        await handle(one, work);
        work.addEffect(async (transaction) => transaction.notify("ended", `${one.update_id}`));
      },
      async giveUp({ update_id }, transaction) {
        await mark(`given up ${update_id}`)(transaction);
        transaction.notify("ended", `${update_id}`);
      },
    });
  /** Resolves when that many updates have ended. */
  const endOf = (count: number) => {
    const ends = Array.from({ length: count }, () => signal());
    for (const { resolve } of ends) ended.push(resolve);
    return Promise.all(ends.map(({ promise }) => promise));
  };
  return { inbox, worker, begin, log, endOf };
}

test("nothing is handled before begin, and then in the order of arrival, lanes side by side", async (t) => {
  const store = await memoryStore(t);
  const { inbox, begin, endOf } = workerOn(t, store);
  // Telegram's ids may come out of order; what counts is what was stored first.
  for (const id of [3, 1, 2]) await add(inbox, update(id));
  await add(inbox, update(9), "2000");
  await store.write(async () => undefined);
  t.same(await states(store), ["3 pending", "1 pending", "2 pending", "9 pending"]);

  const seen: number[] = [];
  const fast = signal();
  const handle: UpdateHandler["handle"] = async ({ update_id }) => {
    if (update_id === 3) await fast.promise;
    seen.push(update_id);
    if (update_id === 9) fast.resolve();
  };
  const ended = endOf(4);
  begin(handle);
  await ended;
  t.same(seen, [9, 3, 1, 2]);
  t.same(await states(store), ["3 done", "1 done", "2 done", "9 done"]);
});

test("what handling made is kept with the end of the update, and then it is announced", async (t) => {
  const store = await memoryStore(t);
  const { inbox, begin, endOf } = workerOn(t, store);
  await add(inbox, update(1));
  let whenTold: string[] = [];
  const told = signal();
  store.on("made", () => {
    void states(store).then((found) => {
      whenTold = found;
      told.resolve();
    });
  });
  const ended = endOf(1);
  begin(async (_, work) => {
    t.equal(work.updateId, 1);
    t.ok(Math.abs(work.receivedAt - Date.now()) < 60_000);
    work.addEffect(mark("a"));
    work.addEffect(mark("b"));
    work.addEffect(async (transaction) => transaction.notify("made"));
  });
  await ended;
  await told.promise;
  t.same(await marks(store), ["a", "b"]);
  t.same(whenTold, ["1 done"]);
});

test("an update in hand when the process died is run again, with nothing left of the first run", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const first = await Store.open(new SqliteDatabase(path));
  const before = new Inbox(first);
  await add(before, update(1));
  await add(before, update(2));
  t.match(await before.take(new Set()), [{ updateId: 1, attempts: 1 }]);
  t.same(await before.take(new Set(["1000"])), [], "a busy lane gives nothing");
  await first.close();

  const store = await Store.open(new SqliteDatabase(path));
  t.teardown(() => store.close());
  t.same(await states(store), ["1 processing", "2 pending"]);
  const { inbox, begin, endOf } = workerOn(t, store);
  t.equal(await add(inbox, update(1)), false, "its repeat after the restart is known");
  const seen: number[] = [];
  const ended = endOf(2);
  begin(async ({ update_id }, work) => {
    seen.push(update_id);
    work.addEffect(mark(`made by ${update_id}`));
  });
  await ended;
  t.same(seen, [1, 2]);
  t.same(await marks(store), ["made by 1", "made by 2"]);
});

test("an update that cannot be handled is tried three times, given up with a notice, and the lane goes on", async (t) => {
  const store = await memoryStore(t);
  const { inbox, begin, log, endOf } = workerOn(t, store);
  for (const id of [1, 2, 3]) await add(inbox, update(id));
  const runs: number[] = [];
  const ended = endOf(3);
  begin(async ({ update_id }, work) => {
    runs.push(update_id);
    work.addEffect(mark(`made by ${update_id}`));
    if (update_id === 1) throw new Error("handler broke");
    // The second fault is one of the store: the change it asks for is refused.
    if (update_id === 2) work.addEffect(mark("made by 2"));
  });
  await ended;
  t.same(runs, [1, 1, 1, 2, 2, 2, 3]);
  t.same(await states(store), ["1 failed", "2 failed", "3 done"]);
  t.same(await marks(store), ["given up 1", "given up 2", "made by 3"]);
  t.equal(log.entries.filter(({ msg }) => msg === "an update could not be handled").length, 6);
});

test("stop lets the update in hand end and takes no other", async (t) => {
  const store = await memoryStore(t);
  const { inbox, worker, begin } = workerOn(t, store);
  await add(inbox, update(1));
  await add(inbox, update(2));
  const begun = signal();
  const slow = signal();
  begin(async () => {
    begun.resolve();
    await slow.promise;
  });
  await begun.promise;
  const stopped = worker.stop();
  slow.resolve();
  await stopped;
  t.same(await states(store), ["1 done", "2 pending"]);
});
