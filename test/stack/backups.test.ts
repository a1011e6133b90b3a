import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { execa } from "execa";
import { test, type Test } from "tap";
import { backedUp } from "../../cli/backup/backup.ts";
import { migrations } from "../../src/store/migrations.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { migrateTo, takeMigrationBack } from "../support/older-store.ts";
import { putEmptyStore } from "../support/migrated.ts";
import { place } from "../support/place.ts";

const root = join(import.meta.dirname, "../..");
const operate = readFileSync(join(root, "docs/operate.md"), "utf8");

/** A place where Switchboard runs, and where the commands of docs/operate.md do, with a `sudo` that does nothing. */
async function machine(t: Test) {
  const { telegram, dir, env, listens } = await place(t);
  const bin = join(dir, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "sudo"), "#!/bin/sh\n");
  chmodSync(join(bin, "sudo"), 0o755);

  /** `limit`: how much may be written to a file, in units of 512 bytes. */
  const start = (limit?: string) => {
    // Node would end where its cache meets the limit.
    const limited = limit === undefined ? "" : `ulimit -f ${limit}; unset NODE_COMPILE_CACHE; `;
    const command = `${limited}exec "$0" "$1"`;
    const child = spawn("sh", ["-c", command, process.execPath, join(root, "src/server.ts")], {
      env,
      cwd: dir,
      stdio: ["ignore", "ignore", "pipe"],
    });
    t.teardown(() => child.kill("SIGKILL"));
    return { child, err: text(child.stderr) };
  };
  /** Runs the block of the document that begins so, with other words for its examples. */
  const follow = async (begin: string, ...examples: [example: string, ours: string][]) => {
    const block = operate.split("```sh\n").find((part) => part.startsWith(begin)) ?? "";
    let script = block.split("```")[0] ?? "";
    for (const [example, ours] of examples) {
      if (!script.includes(example)) throw new Error(`docs/operate.md has no ${example}`);
      script = script.replaceAll(example, ours);
    }
    const PATH = `${bin}:${env.PATH}`;
    await execa("sh", ["-e", "-c", script], { cwd: dir, env: { PATH }, extendEnv: false });
  };
  return { telegram, env, dataDir: join(dir, "data"), start, follow, listens };
}

async function end(child: ChildProcess, signal?: "SIGTERM"): Promise<number | null> {
  if (signal) child.kill(signal);
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

function schemaOf(path: string): unknown {
  const database = new DatabaseSync(path);
  try {
    return database.prepare("PRAGMA user_version").get()?.["user_version"];
  } finally {
    database.close();
  }
}

test("a backup that was made while Switchboard runs is restored by the document's commands", async (t) => {
  const { telegram, env, dataDir, start, follow, listens } = await machine(t);
  const say = async (words: string) => {
    const { update_id } = telegram.operatorSends({ text: words });
    await telegram.acknowledged(update_id);
  };
  const first = start();
  await listens();
  await say("said before the backup");
  const options = { cwd: root, env: { PATH: env.PATH, DATA_DIR: dataDir }, extendEnv: false };
  const { stdout } = await execa("npm", ["run", "--silent", "backup"], options);
  t.match(stdout, `Backed up to ${dataDir}/backups/switchboard-`);
  await say("said after it");
  t.equal(await end(first.child, "SIGTERM"), 0);

  // What is neither in a backup nor here would be forgotten by a restore.
  const madeAnew = ["backups", "holder", "launch", "lock.sqlite", "opencode", "reply-url", "voice"];
  t.same(
    readdirSync(dataDir).filter((name) => ![...backedUp, ...madeAnew].includes(name)),
    [],
  );
  const kept = (name: string) => readFileSync(join(dataDir, name), "utf8");
  const secrets = [kept("reply-token"), kept("opencode-password")];

  const name = stdout.slice(stdout.lastIndexOf("/") + 1);
  await follow("sudo systemctl stop switchboard\nmv data data.before", [
    "switchboard-2026-01-31T03-15-00",
    name,
  ]);
  const second = start();
  await listens();
  t.same([kept("reply-token"), kept("opencode-password")], secrets);
  telegram.operatorSends({ text: "/queue" });
  const { text: queue } = await telegram.shown((message) => /before the backup/.test(message.text));
  t.notMatch(queue, "said after it");
  t.equal(await end(second.child, "SIGTERM"), 0);
});

test("an upgrade keeps a copy, which the document's commands bring back", async (t) => {
  const { dataDir, start, follow, listens } = await machine(t);
  const path = join(dataDir, "switchboard.sqlite");
  const newest = migrations.length;
  const older = newest - 1;
  await putEmptyStore(path);
  const database = new DatabaseSync(path);
  takeMigrationBack(database);
  database.close();

  const { child } = start();
  await listens();
  t.equal(await end(child, "SIGTERM"), 0);
  t.equal(schemaOf(path), newest);
  await follow("sudo systemctl stop switchboard\nmkdir data/newer", [
    "schema-27",
    `schema-${older}`,
  ]);
  t.equal(schemaOf(path), older);
  t.equal(schemaOf(join(dataDir, "newer", "switchboard.sqlite")), newest);
});

test("a disk that is full during an upgrade loses nothing, and one line says what to do", async (t) => {
  const { dataDir, start } = await machine(t);
  mkdirSync(dataDir);
  const path = join(dataDir, "switchboard.sqlite");
  const database = new SqliteDatabase(path);
  database.exec("PRAGMA synchronous = OFF");
  await migrateTo(database, 10);
  database.close();
  const copy = join(dataDir, "switchboard.schema-10.sqlite");

  // No room for the copy, then none for the middle of the migrations.
  for (const [limit, line, hasCopy] of [
    [
      "200",
      / {2}- The store cannot be upgraded, since no copy of it .* nothing was changed\.\n$/,
      false,
    ],
    [
      "400",
      / {2}- The store in DATA_DIR cannot be used now: the disk is full.* nothing is lost\.\n$/,
      true,
    ],
  ] as const) {
    const { child, err } = start(limit);
    t.equal(await end(child), 1);
    t.match(await err, /^Switchboard cannot start:\n[^\n]*\n$/);
    t.match(await err, line);
    t.equal(readdirSync(dataDir).includes("switchboard.schema-10.sqlite"), hasCopy);
  }
  const half = Number(schemaOf(path));
  t.ok(half > 10 && half < migrations.length, `it stopped at ${half}`);
  t.equal(schemaOf(copy), 10);
});
