import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { test } from "tap";
import { checkWorkspace, ownEnvFiles } from "../../src/projects/workspace.ts";
import { KeptFiles } from "../../src/outbox/kept-files.ts";
import { openInside } from "../../src/replies/open-inside.ts";
import { ReplyFiles, requestBound } from "../../src/replies/reply-files.ts";
import { buildApp } from "../../src/app.ts";
import { tempDir, testConfig } from "../support/app.ts";
import { race } from "../support/races.ts";
import { line } from "../support/reply-line.ts";

const outside = {
  name: "Refusal",
  message: "A file is outside the folders that may be sent from.",
};

test("7: what is no file is refused at once, and nothing of it is kept", async (t) => {
  const { post, queued, outgoing, workspaceDir } = await line(t);
  const path = (name: string) => join(workspaceDir, name);
  execFileSync("mkfifo", [path("fifo")]);
  mkdirSync(path("folder"));
  symlinkSync("fifo", path("to-fifo"));
  const server = createServer().listen(path("socket"));
  t.teardown(() => server.close());
  await once(server, "listening");
  for (const name of ["fifo", "to-fifo", "folder", "socket"]) {
    const answer = await post({ text: "x", files: [name] });
    t.equal(answer.statusCode, 400, name);
    t.match(answer.json<{ message: string }>().message, /Only files can be sent/, name);
  }
  t.same([await queued(), outgoing()], [[], []]);
});

test("7: what is exchanged while it is taken neither hangs the bridge nor leaks", async (t) => {
  for (const what of ["fifo", "link", "folder"] as const) {
    t.match(await race(t, what, 150), { leaks: 0, hangs: 0 }, what);
  }
});

test("7: without descriptors to ask, the path has to lead to the same file again", async (t) => {
  const [work, elsewhere] = [tempDir(t), tempDir(t)];
  writeFileSync(join(work, "a"), "a");
  writeFileSync(join(elsewhere, "b"), "b");
  symlinkSync(join(elsewhere, "b"), join(work, "b"));
  const fence = { roots: [work], secrets: [] };
  const file = await openInside(join(work, "a"), fence, "/nowhere");
  t.equal(await file.readFile("utf8"), "a");
  await file.close();
  await t.rejects(openInside(join(work, "b"), fence, "/nowhere"), outside);
});

test("7: a link out of the folders tells nothing about what is there", async (t) => {
  const { post, workspaceDir } = await line(t);
  const elsewhere = tempDir(t);
  symlinkSync(join(elsewhere, "none"), join(workspaceDir, "none"));
  symlinkSync(elsewhere, join(workspaceDir, "there"));
  const answers = ["none", "none/x", "there", "there/x"].map((name) => post({ files: [name] }));
  for (const { statusCode } of await Promise.all(answers)) t.equal(statusCode, 403);
});

test("7: a file that grows while it is copied is not copied without end", async (t) => {
  const kept = new KeptFiles(join(tempDir(t), "outgoing"));
  const copy = await kept.place("a");
  let read = 0;
  const growing = async function* () {
    for (;;) {
      read += 1;
      yield Buffer.alloc(1024 * 1024);
    }
  };
  await t.rejects(kept.fill(copy, growing(), requestBound()), {
    name: "Refusal",
    message: /50 MB/,
  });
  t.equal(read, 51);
  await kept.drop(copy.path);
  t.equal(kept.bound.used, 0);
});

test("7: nothing of DATA_DIR and no .env of Switchboard is sent, whatever the agent's folder", async (t) => {
  const { app } = await line(t);
  const { dataDir } = app.config;
  const above = dirname(dataDir);
  const sends = (name: string) => app.replyFiles.keep(name, above);
  await t.rejects(sends("data/reply-token"), outside);
  await t.rejects(sends(join(dataDir, "switchboard.sqlite")), outside);
  symlinkSync("data", join(above, "link"));
  await t.rejects(sends("link/reply-token"), outside);
  linkSync(join(dataDir, "reply-token"), join(above, "other-name"));
  await t.rejects(sends("other-name"), outside);
  writeFileSync(join(above, "mine"), "mine");
  await sends("mine");

  const dir = tempDir(t);
  for (const name of [".env", "ok"]) writeFileSync(join(dir, name), "x");
  const kept = new KeptFiles(join(tempDir(t), "outgoing"));
  const files = new ReplyFiles(kept, [tempDir(t)], [join(dir, ".env")]);
  await t.rejects(files.keep(".env", dir), outside);
  await files.keep("ok", dir);
  t.ok(ownEnvFiles().includes(join(import.meta.dirname, "../..", ".env")));
});

test("7: a folder of the agent that became a link opens nothing that was outside before", async (t) => {
  const [dir, elsewhere] = [tempDir(t), tempDir(t)];
  writeFileSync(join(elsewhere, "a"), "a");
  const work = join(dir, "work");
  mkdirSync(work);
  const files = new ReplyFiles(new KeptFiles(join(dir, "outgoing")), [work]);
  symlinkSync(elsewhere, join(work, "site"));
  await t.rejects(files.keep("a", join(work, "site")), outside);
});

test("7: a WORKSPACE_DIR that holds Switchboard or its data is refused at the start, in one line", async (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, "real", "data"), { recursive: true });
  symlinkSync(join(dir, "real"), join(dir, "link"));
  const own = {
    dataDir: join(dir, "real", "data"),
    checkoutDir: "/checkout",
    envFiles: [] as string[],
  };
  const refused: [string, Partial<typeof own>, RegExp][] = [
    [join(dir, "real"), {}, /holds DATA_DIR/],
    [join(dir, "link"), {}, /holds DATA_DIR/],
    [own.dataDir, {}, /holds DATA_DIR/],
    [join(own.dataDir, "work"), {}, /inside DATA_DIR/],
    ["/", { dataDir: "/var/none/data" }, /holds DATA_DIR/],
    [dir, { dataDir: "/none/data", checkoutDir: join(dir, "checkout") }, /holds Switchboard's own/],
    [dir, { dataDir: "/none/data", checkoutDir: dir }, /holds Switchboard's own/],
    [dir, { dataDir: "/none/data", envFiles: [join(dir, "deep", ".env")] }, /holds the \.env/],
  ];
  for (const [workspaceDir, changes, message] of refused) {
    t.throws(() => checkWorkspace(workspaceDir, { ...own, ...changes }), {
      name: "StartError",
      message,
    });
  }
  checkWorkspace(join(dir, "checkout", "github_work_desk"), {
    ...own,
    checkoutDir: join(dir, "checkout"),
    envFiles: [join(dir, "checkout", ".env")],
  });
  const config = testConfig(t, { WORKSPACE_DIR: dir, DATA_DIR: join(dir, "d") });
  await t.rejects(buildApp(config), {
    name: "StartError",
    message: /^WORKSPACE_DIR is invalid;/,
  });
});
