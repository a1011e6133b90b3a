import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test, type Test } from "tap";
import { replyToken } from "../../support/app.ts";
import { place } from "../../support/place.ts";
import { until } from "../../support/until.ts";

/** Switchboard as a process of its own, with a Bot API server and with nobody behind the agents. */
async function running(t: Test) {
  const { telegram, dir, url, env, listens } = await place(t);
  const start = () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "../../../src/server.ts")], {
      env,
      cwd: dir,
      stdio: ["ignore", "pipe", "pipe"],
    });
    t.teardown(() => child.kill("SIGKILL"));
    return { child, said: Promise.all([text(child.stdout), text(child.stderr)]) };
  };
  const outgoing = join(dir, "data", "outgoing");
  const reply = async (options: { file: string }) => {
    const form = new FormData();
    form.append("file", new File([options.file], "a.txt"));
    const headers = { authorization: `Bearer ${replyToken}` };
    return fetch(`${url}/reply`, { method: "POST", headers, body: form });
  };
  return { telegram, env, start, listens, reply, outgoing };
}

/** Puts a FIFO in the place of the one file of a folder: whoever reads it waits for good. */
function block(folder: string): string {
  const path = join(folder, readdirSync(folder)[0] ?? "");
  rmSync(path);
  execFileSync("mkfifo", [path]);
  return path;
}

/** Resolves once somebody reads a FIFO; it writes nothing and never ends. */
async function isRead(t: Test, fifo: string): Promise<void> {
  const writer = await until(() => {
    try {
      return openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      return undefined;
    }
  });
  t.teardown(() => closeSync(writer));
}

async function ended(child: ReturnType<typeof spawn>): Promise<number> {
  const asked = Date.now();
  child.kill("SIGTERM");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return Date.now() - asked;
}

test("7: a file operation that hangs does not keep the process from ending", async (t) => {
  const { telegram, start, listens, reply, outgoing } = await running(t);
  const { child, said } = start();
  await listens();
  telegram.fault({ method: "sendDocument", kind: "429", retryAfter: 2 });
  t.equal((await reply({ file: "content" })).status, 202);
  await telegram.called("sendDocument");
  await isRead(t, block(outgoing));
  const took = await ended(child);
  t.ok(took < 12_000, `it took ${took} ms`);
  t.match((await said).join(""), /the next start takes it up/);
});
