import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type Test } from "tap";
import { Settings } from "../../src/store/settings.ts";
import { isStoreFault, type Store, type Transaction } from "../../src/store/store.ts";
import { tempDir } from "../support/app.ts";
import { fileStore, rows } from "../support/memory.ts";

const put = (key: string) => async (transaction: Transaction) => {
  await transaction.run("INSERT INTO settings (key, value) VALUES (?, 'x')", key);
  return key;
};
const keys = async (store: Store) =>
  (await rows<{ key: string }>(store, "SELECT key FROM settings ORDER BY rowid")).map(
    ({ key }) => key,
  );

/** Calls `look` before each statement that a store runs by `exec`. */
function onExec(t: Test, look: (sql: string) => void): void {
  const exec = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, "exec")?.value as (
    this: DatabaseSync,
    sql: string,
  ) => void;
  t.intercept(DatabaseSync.prototype, "exec", {
    value(this: DatabaseSync, sql: string) {
      look(sql);
      exec.call(this, sql);
    },
  });
}

/** Counts the commits of a store by what it runs on its database. */
function countCommits(t: Test): () => number {
  let commits = 0;
  onExec(t, (sql) => {
    if (sql === "COMMIT") commits += 1;
  });
  return () => commits;
}

test("writes that arrive together share one commit and are kept in order", async (t) => {
  const store = await fileStore(":memory:");
  t.teardown(() => store.close());
  const commits = countCommits(t);
  const names = Array.from({ length: 50 }, (_, index) => `k${index}`);
  t.same(await Promise.all(names.map((name) => store.write(put(name)))), names);
  t.equal(commits(), 1);
  t.same(await keys(store), names);
  await store.write(put("later"));
  await store.write(put("last"));
  t.equal(commits(), 3, "those that come after have commits of their own");
});

test("one unit of work that fails undoes itself and nothing else", async (t) => {
  const store = await fileStore(":memory:");
  t.teardown(() => store.close());
  const results = await Promise.allSettled([
    store.write(put("before")),
    store.write(async (transaction) => {
      await put("half")(transaction);
      throw new Error("in the middle");
    }),
    store.write(async (transaction) => {
      await put("other half")(transaction);
      await put("before")(transaction);
    }),
    store.write(put("after")),
  ]);
  t.match(results, [
    { status: "fulfilled" },
    { status: "rejected", reason: { message: "in the middle" } },
    { status: "rejected", reason: { code: "ERR_SQLITE_ERROR" } },
    { status: "fulfilled" },
  ]);
  t.same(await keys(store), ["before", "after"]);
});

test("a commit that fails fails every write in it, and the next ones work again", async (t) => {
  const store = await fileStore(join(tempDir(t), "store.sqlite"));
  t.teardown(() => store.close());
  let isFull = true;
  onExec(t, (sql) => {
    if (sql === "COMMIT" && isFull) throw new Error("disk full");
  });
  const results = await Promise.allSettled([store.write(put("a")), store.write(put("b"))]);
  t.match(results, [{ reason: { message: "disk full" } }, { reason: { message: "disk full" } }]);
  t.same(await keys(store), []);
  isFull = false;
  await store.write(put("c"));
  t.same(await keys(store), ["c"]);
});

test("what was written is there after a reopen, what waited for a close too", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const first = await fileStore(path);
  await new Settings(first).set("kept", "one");
  await new Settings(first).set("kept", "two");
  const waiting = first.write(put("at the last moment"));
  await Promise.all([first.close(), first.close()]);
  await waiting;
  await t.rejects(first.write(put("too late")));
  await t.rejects(keys(first));

  const second = await fileStore(path);
  t.teardown(() => second.close());
  t.equal(await new Settings(second).get("kept"), "two");
  t.equal(await new Settings(second).get("at the last moment"), "x");
  t.equal(await new Settings(second).get("nothing"), undefined);
});

test("commits are flushed to disk", async (t) => {
  const store = await fileStore(join(tempDir(t), "store.sqlite"));
  t.teardown(() => store.close());
  const pragma = (name: string) =>
    store.read(async (transaction) =>
      Object.values((await transaction.get<object>(`PRAGMA ${name}`)) ?? {}).at(0),
    );
  t.equal(await pragma("journal_mode"), "wal");
  t.equal(await pragma("synchronous"), 2, "FULL");
});

test("a file of a newer Switchboard is refused and left alone", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  await (await fileStore(path)).close();
  const database = new DatabaseSync(path);
  database.exec("PRAGMA user_version = 999");
  database.close();
  await t.rejects(fileStore(path), { message: /newer Switchboard/ });
  const after = new DatabaseSync(path);
  t.same(after.prepare("PRAGMA user_version").get(), { user_version: 999 });
  after.close();
});

test("what is written behind is kept at once, and costs a flush only beside a write", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const store = await fileStore(path);
  t.teardown(() => store.close());
  const levels: string[] = [];
  onExec(t, (sql) => levels.push(...(/synchronous = (\w+)/.exec(sql)?.slice(1) ?? [])));
  await store.writeBehind(put("behind"));
  await store.write(put("on disk"));
  await Promise.all([store.writeBehind(put("together")), store.write(put("with this"))]);
  t.same(levels, ["NORMAL", "FULL", "FULL"]);
  // Another process sees it at once: it is the system that holds it, not this one.
  const other = new DatabaseSync(path, { readOnly: true });
  t.equal(other.prepare("SELECT count(*) AS n FROM settings").get()?.["n"], 4);
  other.close();
});

test("a damaged file is refused by name, and not a byte of it is changed", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const store = await fileStore(path);
  for (let n = 0; n < 50; n += 1) await new Settings(store).set(`key ${n}`, "x".repeat(2000));
  await store.close();
  const sound = readFileSync(path);
  const damages: [string, Buffer][] = [
    ["the head is overwritten", Buffer.concat([Buffer.alloc(100, "?"), sound.subarray(100)])],
    ["the end is missing", sound.subarray(0, sound.length - 3 * 4096)],
    ["pages are overwritten", Buffer.from(sound).fill(0xff, 8192, 40_000)],
    ["it is something else", Buffer.from("not a database at all".repeat(300))],
  ];
  for (const [what, bytes] of damages) {
    writeFileSync(path, bytes);
    await t.rejects(fileStore(path), { name: "StartError", message: `${path} is damaged` }, what);
    t.ok(readFileSync(path).equals(bytes), `${what}: left as it was`);
  }
  writeFileSync(path, sound);
  const again = await fileStore(path);
  t.equal((await keys(again)).length, 50);
  await again.close();
});

test("a store that another program holds refuses a write at once and takes the next", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const store = await fileStore(path);
  t.teardown(() => store.close());
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const refused = await store.write(put("a")).catch((error: unknown) => error);
  t.ok(isStoreFault(refused), "it is known as a fault of the store");
  t.notOk(isStoreFault(new Error("a bug")));
  other.exec("ROLLBACK");
  other.close();
  await store.write(put("b"));
  t.same(await keys(store), ["b"]);
});
