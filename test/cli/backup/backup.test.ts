import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type Test } from "tap";
import { backUp } from "../../../cli/backup/backup.ts";
import { runBackup } from "../../../cli/backup/run.ts";
import { tempDir } from "../../support/app.ts";
import { putEmptyStore } from "../../support/migrated.ts";

async function dataDir(t: Test): Promise<string> {
  const dir = join(tempDir(t), "data");
  await putEmptyStore(join(dir, "switchboard.sqlite"));
  for (const name of ["outgoing", "opencode"]) mkdirSync(join(dir, name));
  writeFileSync(join(dir, "outgoing", "1"), "a file that waits");
  writeFileSync(join(dir, "reply-token"), "secret\n", { mode: 0o600 });
  writeFileSync(join(dir, "holder"), "process 1\n");
  return dir;
}

async function run(args: string[], env: Record<string, string>) {
  const said = { out: "", err: "" };
  const code = await runBackup(args, env, {
    out: (line) => (said.out += `${line}\n`),
    err: (line) => (said.err += `${line}\n`),
  });
  return { code, ...said };
}

test("a backup holds what a restore needs, also of a store in use, and only this user can read it", async (t) => {
  const dir = await dataDir(t);
  const writer = new DatabaseSync(join(dir, "switchboard.sqlite"));
  t.teardown(() => writer.close());
  writer.exec("PRAGMA journal_mode = WAL; INSERT INTO settings (key, value) VALUES ('k', 'kept')");
  writer.exec("BEGIN IMMEDIATE; INSERT INTO settings (key, value) VALUES ('l', 'not yet')");

  const { code, out } = await run([], { DATA_DIR: dir });
  t.equal(code, 0);
  const path = /^Backed up to (.+)\n$/.exec(out)?.[1] ?? "";
  t.match(path, `${dir}/backups/switchboard-`);
  t.same(readdirSync(path).toSorted(), ["outgoing", "reply-token", "switchboard.sqlite"]);
  t.equal(readFileSync(join(path, "outgoing", "1"), "utf8"), "a file that waits");
  t.equal(statSync(path).mode & 0o777, 0o700);
  for (const name of ["reply-token", "switchboard.sqlite"])
    t.equal(statSync(join(path, name)).mode & 0o777, 0o600, name);
  const copy = new DatabaseSync(join(path, "switchboard.sqlite"));
  t.same(
    copy
      .prepare("SELECT key FROM settings")
      .all()
      .map((row) => row["key"]),
    ["k"],
  );
  copy.close();
});

test("only the newest backups stay, and nothing else in their folder is removed", async (t) => {
  const options = { dataDir: await dataDir(t), target: join(tempDir(t), "a", "b"), keep: 2 };
  const killed = join(options.target, "switchboard-2025-01-01T00-00-00.partial");
  mkdirSync(killed, { recursive: true });
  utimesSync(killed, 1, 1);
  mkdirSync(join(options.target, "switchboard-2026-01-02T00-00-00.partial"));
  for (const second of [1, 2, 3]) {
    await backUp({ ...options, now: new Date(Date.UTC(2026, 0, 1, 0, 0, second)) });
    writeFileSync(join(options.target, "notes"), "");
  }
  t.same(readdirSync(options.target).toSorted(), [
    "notes",
    "switchboard-2026-01-01T00-00-02",
    "switchboard-2026-01-01T00-00-03",
    "switchboard-2026-01-02T00-00-00.partial",
  ]);
});

test("what cannot be backed up is said in one line", async (t) => {
  const dir = tempDir(t);
  t.match(await run([dir], { DATA_DIR: dir }), {
    code: 1,
    out: "",
    err: /^No backup was made: there is no store at .*\n$/,
  });
  t.same(readdirSync(dir), []);
  t.match(await run([], { DATA_DIR: "/none/\u{1b}[2J" }), { code: 1, err: "/none/ [2J" });
  const file = join(dir, "file");
  writeFileSync(file, "");
  const data = await dataDir(t);
  t.match(await run([file], { DATA_DIR: data }), {
    code: 1,
    err: /^No backup was made: EEXIST.*\n$/,
  });
  for (const args of [["a", "b"], ["--keep", "0"], ["--keep", "x"], ["--all"]])
    t.match(await run(args, { DATA_DIR: data }), {
      code: 2,
      out: "",
      err: "Usage: npm run backup",
    });
  t.match(await run(["--help"], {}), { code: 0, out: "Usage: npm run backup" });
});

test("a backup is made whatever else lies in the folders", async (t) => {
  const dir = await dataDir(t);
  const target = join(tempDir(t), "backups");
  mkdirSync(join(dir, "outgoing", "folder"));
  symlinkSync("/dev/zero", join(dir, "outgoing", "endless"));
  mkdirSync(target);
  symlinkSync("/nowhere", join(target, "switchboard-2020-01-01T00-00-00.partial"));
  const path = await backUp({ dataDir: dir, target, keep: 2, now: new Date() });
  t.same(readdirSync(join(path, "outgoing")), ["1"]);
});

test("the backup that was just made stays, also where the clock was set back", async (t) => {
  const options = { dataDir: await dataDir(t), target: tempDir(t), keep: 1 };
  await backUp({ ...options, now: new Date(Date.UTC(2026, 0, 1)) });
  const path = await backUp({ ...options, now: new Date(0) });
  t.same(readdirSync(options.target), [basename(path)]);
});

test("of two backups in the same second one is complete, and the other says so", async (t) => {
  const options = { dataDir: await dataDir(t), target: tempDir(t), keep: 7, now: new Date(0) };
  const both = await Promise.allSettled([backUp(options), backUp(options)]);
  t.same(both.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  t.same(readdirSync(options.target), ["switchboard-1970-01-01T00-00-00"]);
  await t.rejects(backUp(options), { message: /another backup/ });
  t.same(readdirSync(options.target), ["switchboard-1970-01-01T00-00-00"]);
});
