import { setTimeout as pause } from "node:timers/promises";
import { test } from "tap";
import type { Store, Transaction } from "../../src/store/store.ts";
import { TransactionClosed, TransactionNested, TransactionStalled } from "../../src/store/unit.ts";
import { memoryStore, rows, signal } from "../support/memory.ts";

const put = (key: string) => async (transaction: Transaction) => {
  await transaction.run("INSERT INTO settings (key, value) VALUES (?, 'x')", key);
};
const keys = async (store: Store) =>
  (await rows<{ key: string }>(store, "SELECT key FROM settings ORDER BY key")).map(
    ({ key }) => key,
  );

test("a unit that waits for anything but its transaction is rolled back, and no other with it", async (t) => {
  const store = await memoryStore(t);
  const waits: [string, () => Promise<unknown>][] = [
    ["a timer", () => pause(1)],
    ["an immediate", () => new Promise((resolve) => setImmediate(resolve))],
    ["a refused connection", () => fetch("http://127.0.0.1:2").catch(() => undefined)],
    ["something that never comes", () => new Promise(() => undefined)],
  ];
  for (const [name, wait] of waits) {
    const late = signal();
    const stalled = store.write(async (transaction) => {
      await put(`half ${name}`)(transaction);
      await wait();
      await t.rejects(put("too late")(transaction), TransactionClosed, name);
      late.resolve();
    });
    const beside = store.write(put(`beside ${name}`));
    await t.rejects(stalled, TransactionStalled, name);
    await beside;
    if (name !== "something that never comes") await late.promise;
  }
  t.same(
    await keys(store),
    waits.map(([name]) => `beside ${name}`).toSorted((a, b) => a.localeCompare(b)),
  );
});

test("a read that waits for something else is stopped as well", async (t) => {
  const store = await memoryStore(t);
  await t.rejects(
    store.read(async () => pause(1)),
    TransactionStalled,
  );
});

test("a unit may take as many statements and promises of its own as it needs", async (t) => {
  const store = await memoryStore(t);
  const nested = async (transaction: Transaction, depth: number): Promise<void> => {
    if (depth > 0) return nested(transaction, depth - 1);
    await put(`k${Math.random()}`)(transaction);
  };
  await store.write(async (transaction) => {
    for (let n = 0; n < 300; n += 1) await nested(transaction, 10);
  });
  t.equal((await keys(store)).length, 300);
});

test("the store is refused inside of a unit, and nothing of either is kept", async (t) => {
  const store = await memoryStore(t);
  for (const use of [
    () => store.write(put("inner")),
    () => store.writeBehind(put("inner")),
    () => store.read(async () => 1),
  ]) {
    const outer = store.write(async (transaction) => {
      await put("outer")(transaction);
      await use();
    });
    await t.rejects(outer, TransactionNested);
  }
  t.same(await keys(store), []);
});

test("a failed statement fails its unit, though the work caught it", async (t) => {
  const store = await memoryStore(t);
  await store.write(put("there"));
  const caught = store.write(async (transaction) => {
    await put("before")(transaction);
    await put("there")(transaction).catch(() => undefined);
  });
  await t.rejects(caught, { code: "ERR_SQLITE_ERROR" });
  t.same(await keys(store), ["there"]);
});

test("a read never sees what is rolled back later", async (t) => {
  const store = await memoryStore(t);
  const reading = signal();
  let seen: Promise<string[]> | undefined;
  const failing = store.write(async (transaction) => {
    await put("half")(transaction);
    reading.resolve();
    for (let n = 0; n < 50; n += 1) await Promise.resolve();
    throw new Error("in the end");
  });
  void reading.promise.then(() => (seen = keys(store)));
  await t.rejects(failing, { message: "in the end" });
  t.same(await seen, []);
});

test("a signal comes once after the commit, however often it was given, and never after a rollback", async (t) => {
  const store = await memoryStore(t);
  const told: (string | undefined)[] = [];
  const visible: Promise<string[]>[] = [];
  const off = store.on("agent", (subject) => {
    told.push(subject);
    visible.push(keys(store));
  });
  const announce = (key: string, subject: string) =>
    store.write(async (transaction) => {
      transaction.notify("agent", subject);
      await put(key)(transaction);
      transaction.notify("agent", subject);
    });
  await Promise.all([announce("1", "site"), announce("2", "site"), announce("3", "shop")]);
  t.same(told, ["site", "shop"]);
  t.same(await visible[0], ["1", "2", "3"], "by then it can be read");
  await t.rejects(announce("1", "twice"));
  t.same(told, ["site", "shop"]);
  off();
  await announce("4", "site");
  t.same(told, ["site", "shop"]);
});

test("who waits for one subject is not woken for another, and ends when told to", async (t) => {
  const store = await memoryStore(t);
  const tell = (subject: string) =>
    store.write(async (transaction) => transaction.notify("reply", subject));
  let isWoken = false;
  const next = store.next("reply", "r1", AbortSignal.timeout(60_000)).then(() => (isWoken = true));
  await tell("r2");
  t.notOk(isWoken);
  await tell("r1");
  await next;
  await store.next("reply", "r1", AbortSignal.abort());
});
