import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { test, type Test } from "tap";
import { secret } from "../support/app.ts";
import { place } from "../support/place.ts";
import { until } from "../support/until.ts";
import { update } from "../support/updates.ts";

/** Switchboard as a process of its own, with a Bot API server and with nobody behind the agents. */
async function started(t: Test) {
  const { telegram, dir, url, env, listens } = await place(t);
  const launch = (changes: Record<string, string>, output: "pipe" | number) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "../../src/server.ts")], {
      env: { ...env, ...changes },
      cwd: dir,
      stdio: ["ignore", output, "pipe"],
    });
    t.teardown(() => child.kill("SIGKILL"));
    return child;
  };
  const start = (changes: Record<string, string> = {}) => {
    const child = launch(changes, "pipe");
    const heard = async (stream: Readable | null) => (stream ? text(stream) : "");
    return { child, said: Promise.all([heard(child.stdout), heard(child.stderr)]) };
  };
  const post = (id: number) =>
    fetch(`${url}/telegram/webhook`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": secret },
      body: JSON.stringify(update(id, { text: "/status" })),
    });
  return { telegram, env, launch, start, listens, post, dataDir: join(dir, "data") };
}

async function end(child: ChildProcess): Promise<number | string | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode ?? child.signalCode;
}

test("a log that cannot be written stops nothing, and SIGTERM still ends the process", async (t) => {
  const { launch, listens, post } = await started(t);
  const full = openSync("/dev/full", "w");
  t.teardown(() => closeSync(full));
  const child = launch({ LOG_LEVEL: "trace" }, full);
  await listens();
  for (let id = 1; id <= 5; id += 1) t.equal((await post(id)).status, 200);
  child.kill("SIGTERM");
  t.equal(await end(child), 0);
});

test("a file that may not grow any more does not end the process", async (t) => {
  const { telegram, start, listens } = await started(t);
  const { child } = start();
  await listens();
  // The system sends it with each such write; which library listens to it depends on what runs just now.
  child.kill("SIGXFSZ");
  telegram.operatorSends({ text: "/list" });
  await telegram.shown(({ text: shown }) => shown.includes("default_agent"));
  child.kill("SIGXFSZ");
  child.kill("SIGTERM");
  t.equal(await end(child), 0);
});

test("SIGTERM ends what is in hand, answers 503 meanwhile, and exits with 0", async (t) => {
  const { telegram, start, listens, post } = await started(t);
  const { child, said } = start();
  await listens();
  telegram.fault({ method: "sendMessage", kind: "slow", ms: 1500 });
  const { update_id } = telegram.operatorSends({ text: "/help" });
  await telegram.acknowledged(update_id);
  await telegram.called("sendMessage");
  child.kill("SIGTERM");
  const refused = await until(async () => {
    const response = await post(7000);
    return response.status === 503 ? response : undefined;
  });
  t.equal(refused.status, 503);
  child.kill("SIGTERM");
  child.kill("SIGINT");
  t.equal(await end(child), 0, "asking again changes nothing");
  t.notMatch((await said).join(""), /"level":[56]0/);

  const again = start();
  await listens();
  const next = telegram.operatorSends({ text: "/list" });
  await telegram.shown(({ text: shown }) => shown.includes("default_agent"));
  t.equal(await telegram.acknowledged(next.update_id), "delivered");
  const helps = telegram.chat().filter(({ text: shown }) => shown.includes("/switch – "));
  t.equal(helps.length, 1, "what was in hand was finished, and is not repeated");
  again.child.kill("SIGTERM");
  t.equal(await end(again.child), 0);
});

test("what does not end within 10 seconds is left to the next start", async (t) => {
  const { telegram, start, listens } = await started(t);
  const { child, said } = start();
  await listens();
  telegram.fault({ method: "sendMessage", kind: "slow", ms: 25_000, when: "before" });
  telegram.operatorSends({ text: "/help" });
  await until(() => (telegram.mark() > 4 ? true : undefined));
  await pause(300);
  const asked = Date.now();
  child.kill("SIGTERM");
  t.equal(await end(child), 0);
  const took = Date.now() - asked;
  t.ok(took > 9000 && took < 20_000, `it took ${took} ms`);
  t.match((await said).join(""), /the next start takes it up/);
  start();
  const shown = await telegram.shown((message) => message.text.includes("/switch"));
  t.match(shown.text, / ↻$/, "nobody knows whether Telegram has it");
});

test("SIGTERM at any moment of the start is safe", async (t) => {
  const { start, listens, dataDir } = await started(t);
  const hasStore = () => existsSync(join(dataDir, "switchboard.sqlite"));
  // A slow machine takes longer to get that far.
  for (let afterMs = 0; afterMs <= 1200 || (!hasStore() && afterMs < 10_000); afterMs += 100) {
    const { child, said } = start();
    await pause(afterMs);
    child.kill("SIGTERM");
    const how = await end(child);
    t.ok(how === 0 || how === "SIGTERM", `after ${afterMs} ms it ended with ${how}`);
    t.notMatch((await said).join(""), /Error|"level":[56]0/);
  }
  t.ok(hasStore());
  start();
  t.ok(await listens(), "and then it starts as ever");
});

test("a second Switchboard on the same DATA_DIR names the first and does not start", async (t) => {
  const { start, listens, dataDir } = await started(t);
  const first = start();
  await listens();
  const replyToken = readFileSync(join(dataDir, "reply-token"), "utf8");
  const second = start({ PORT: "0", REPLY_TOKEN: "another-token-than-that-of-the-first-one" });
  t.equal(await end(second.child), 1);
  const [out, err] = await second.said;
  t.equal(out, "");
  t.match(
    err,
    /^Switchboard cannot start:\n {2}- Another Switchboard \(process (\d+)\) uses this DATA_DIR\..*\n$/,
  );
  t.match(err, String(first.child.pid));
  t.ok(await listens(), "the first goes on");
  t.equal(readFileSync(join(dataDir, "reply-token"), "utf8"), replyToken, "and so do its agents");

  first.child.kill("SIGKILL");
  await end(first.child);
  start();
  t.ok(await listens(), "one that was killed holds nobody up");
});

test("a DATA_DIR that was open to others is closed to them", async (t) => {
  const { start, listens, dataDir } = await started(t);
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o755);
  start();
  await listens();
  t.equal(statSync(dataDir).mode & 0o777, 0o700);
});

test("a store that another program writes to is not started on, in one line", async (t) => {
  const { start, listens, dataDir } = await started(t);
  const first = start();
  await listens();
  first.child.kill("SIGTERM");
  await end(first.child);
  const other = new DatabaseSync(join(dataDir, "switchboard.sqlite"));
  t.teardown(() => other.close());
  other.exec("BEGIN IMMEDIATE");
  const { child, said } = start();
  t.equal(await end(child), 1);
  const [, err] = await said;
  t.match(err, /^Switchboard cannot start:\n {2}- The store in DATA_DIR cannot be used now: .*\n$/);
});

test("a damaged store is not started on, in one line that says what to do", async (t) => {
  const { start, listens, dataDir } = await started(t);
  const first = start();
  await listens();
  first.child.kill("SIGTERM");
  await end(first.child);
  const path = join(dataDir, "switchboard.sqlite");
  writeFileSync(path, Buffer.concat([readFileSync(path).subarray(0, 6000), Buffer.alloc(6000, 7)]));
  truncateSync(path, 11_111);
  const digest = () => createHash("sha256").update(readFileSync(path)).digest("hex");
  const before = digest();
  const { child, said } = start();
  t.equal(await end(child), 1);
  const [, err] = await said;
  t.match(
    err,
    /^Switchboard cannot start:\n {2}- The store .*switchboard\.sqlite is damaged.*move it away.*\n$/,
  );
  t.equal(digest(), before);
});
