import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test, type Test } from "tap";
import { DataDirLock } from "../../src/store/sqlite.ts";
import { buildApp } from "../../src/app.ts";
import { startProblems } from "../../src/start-problems.ts";
import { keptLog, startApp, tempDir, testConfig, testEnv } from "../support/app.ts";
import { chat } from "../support/bot-chat.ts";
import { outboxRows } from "../support/memory.ts";
import { endTmuxServer } from "../../sandbox/tmux-server.ts";
import { bearer, line } from "../support/reply-line.ts";

const localRoutes = ["/messages", "/healthz", "/readyz"];

test("9: whatever a proxy says of itself, it is no program on this machine", async (t) => {
  const { app, post, queued } = await line(t);
  const proxies = [
    "X-Real-IP",
    "Via",
    "CF-Connecting-IP",
    "True-Client-IP",
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded",
    "Forwarded-For",
    "Client-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "X-Remote-IP",
    "X-Remote-Addr",
    "X-ProxyUser-IP",
    "X-Original-Host",
    "X-Azure-ClientIP",
    "X-Envoy-External-Address",
    "CF-Ray",
    "CDN-Loop",
    "X-Amzn-Trace-Id",
    "Fly-Client-IP",
    "Tailscale-User-Login",
  ];
  for (const name of proxies) {
    const headers = { [name]: "127.0.0.1" };
    t.equal((await post({ text: "x" }, { headers })).statusCode, 403, name);
    for (const url of localRoutes) {
      const answer = await app.inject({ url, headers: { ...bearer, ...headers } });
      t.equal(answer.statusCode, 403, `${name} ${url}`);
    }
  }
  t.same(await queued(), []);
});

test("9: a page that a browser shows under another name of this machine reaches nothing", async (t) => {
  const { app } = await startApp(t);
  // One that listens starts opencode's server in tmux.
  t.teardown(() => endTmuxServer(app.config.tmuxSocketName));
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const status = async (host: string, path: string) => {
    const headers = { ...bearer, host };
    const request = httpRequest({ host: "127.0.0.1", port, path, headers }).end();
    const [response] = (await once(request, "response")) as [
      { statusCode: number; resume(): void },
    ];
    response.resume();
    return response.statusCode;
  };
  const ours = [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`];
  const others = [
    `evil.example:${port}`,
    "127.0.0.1",
    "localhost",
    `127.0.0.1:${port + 1}`,
    `127.0.0.1.evil.example:${port}`,
    `localhost.evil.example:${port}`,
    `evil@127.0.0.1:${port}`,
    `10.0.0.5:${port}`,
    `0.0.0.0:${port}`,
  ];
  for (const path of localRoutes) {
    for (const host of ours) t.not(await status(host, path), 403, `${host} ${path}`);
    for (const host of others) t.equal(await status(host, path), 403, `${host} ${path}`);
  }
  await app.close();
});

test("9: no message makes Telegram fetch a link that the agent wrote", async (t) => {
  const { write, terminals, store } = await chat(t);
  terminals.text = "see https://evil.example/?secret";
  await write("/screen text");
  await write("/stop", { date: 0 });
  const calls = (await outboxRows(store)).filter(({ method }) => method === "sendMessage");
  t.ok(calls.length >= 2);
  for (const { payload } of calls) {
    t.match(payload, { link_preview_options: { is_disabled: true } }, JSON.stringify(payload));
  }
});

/** Starts Switchboard with settings that it cannot use; what it says, and how it ended. */
async function start(t: Test, dir: string, env: Record<string, string>) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../src/server.ts")], {
    env: { ...testEnv(dir), PATH: process.env["PATH"], ...env },
    cwd: dir,
  });
  t.teardown(() => child.kill("SIGKILL"));
  const err = text(child.stderr);
  child.stdout.resume();
  const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await once(child, "close");
  clearTimeout(timer);
  return { code: child.exitCode, err: await err };
}

test("9: a process that cannot start ends at once, in one line that names the setting", async (t) => {
  const dir = tempDir(t);
  const taken = createServer().listen(0, "127.0.0.1");
  t.teardown(() => taken.close());
  await once(taken, "listening");
  writeFileSync(join(dir, "file"), "a file where a folder should be");
  const port = String((taken.address() as AddressInfo).port);
  const wrong: [Record<string, string>, RegExp][] = [
    [{ PORT: port }, / {2}- PORT cannot be used: .*EADDRINUSE/],
    [{ WORKSPACE_DIR: join(dir, "file") }, / {2}- WORKSPACE_DIR cannot be used: EEXIST/],
    [{ DATA_DIR: "/proc/x" }, / {2}- DATA_DIR cannot be used: ENOENT/],
  ];
  for (const [env, says] of wrong) {
    const { code, err } = await start(t, dir, env);
    t.equal(code, 1, JSON.stringify(env));
    t.match(err, says);
    t.equal(err.split("\n").length, 3, err);
  }
});

test("9: whatever is wrong with a folder or the address, the line names the setting", async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, "file"), "");
  mkdirSync(join(dir, "closed"), { mode: 0o500 });
  const wrong: [Record<string, string>, RegExp][] = [
    [{ HOST: "192.0.2.1" }, /^HOST cannot be used: .*EADDRNOTAVAIL/],
    [{ WORKSPACE_DIR: join(dir, "file", "x") }, /^WORKSPACE_DIR cannot be used: ENOTDIR/],
    [{ WORKSPACE_DIR: "/proc/x" }, /^WORKSPACE_DIR cannot be used: ENOENT/],
    [{ DATA_DIR: join(dir, "file") }, /^DATA_DIR cannot be used: EEXIST/],
    [{ DATA_DIR: "/proc/x/y/z" }, /^DATA_DIR cannot be used: ENOENT/],
    [{ DATA_DIR: "/proc/self" }, /^DATA_DIR cannot be used: /],
    [{ DATA_DIR: "/sys/kernel" }, /^DATA_DIR cannot be used: /],
  ];
  if (process.getuid?.() !== 0) {
    wrong.push([{ DATA_DIR: join(dir, "closed", "d") }, /^DATA_DIR cannot be used: EACCES/]);
  }
  for (const [env, says] of wrong) {
    const config = testConfig(t, env);
    const { host, port } = config.http;
    let fault: unknown;
    try {
      const app = await buildApp(config, keptLog().log);
      t.teardown(() => app.close());
      await app.listen({ host, port });
    } catch (error) {
      fault = error;
    }
    const problems = startProblems(fault, config);
    t.equal(problems?.length, 1, JSON.stringify(env));
    t.match(problems?.[0], says);
  }
  t.equal(startProblems(new Error("a fault of our own"), undefined), undefined);
});

test("9: a lock that fails for another reason is not taken for another Switchboard", async (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, "lock.sqlite"));
  t.throws(() => new DataDirLock(dir), { name: "StartError", message: /^DATA_DIR cannot be used/ });
});
