import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InjectOptions } from "fastify";
import { test } from "tap";
import { tempDir } from "../support/app.ts";
import { toFullDisk } from "../support/full-disk.ts";
import { png } from "../support/pictures.ts";
import { line } from "../support/reply-line.ts";

interface Item {
  caption?: string;
  document?: { name: string };
  media?: { name: string };
}

test("files inside the roots go out as copies under their own names", async (t) => {
  const { post, queued, workspaceDir, siteDir } = await line(t);
  mkdirSync(join(workspaceDir, "sub"));
  writeFileSync(join(workspaceDir, "sub", "отчёт.md"), "report");
  writeFileSync(join(siteDir, "page.html"), "page");
  symlinkSync(join(workspaceDir, "sub", "отчёт.md"), join(workspaceDir, "link.md"));
  const odd = 'line\nbreak "q";x=1.txt';
  writeFileSync(join(workspaceDir, odd), "odd");
  t.equal((await post({ files: ["sub/отчёт.md"], text: "caption" })).statusCode, 202);
  t.equal(
    (await post({ files: [join(siteDir, "page.html"), "page.html"], agent: "site" })).statusCode,
    202,
  );
  t.equal(
    (await post({ files: ["link.md", join(workspaceDir, "sub/../sub/отчёт.md")] })).statusCode,
    202,
  );
  t.equal((await post({ files: ["sub/отчёт.md"], text: "y".repeat(1025) })).statusCode, 202);
  t.equal((await post({ files: [odd] })).statusCode, 202);
  const calls = await queued();
  t.match(
    calls.flatMap(({ lane, method, payload: one }) => {
      const payload: Item = one;
      const { media = [payload] } = one as { media?: Item[] };
      return media.map((item) => [lane, method, item.caption, (item.document ?? item.media)?.name]);
    }),
    [
      ["1000", "sendDocument", "From a program: caption", "отчёт.md"],
      ["-100:5", "sendMediaGroup", "From a program:", "page.html"],
      ["-100:5", "sendMediaGroup", undefined, "page.html"],
      ["1000", "sendMediaGroup", "From a program:", "link.md"],
      ["1000", "sendMediaGroup", undefined, "отчёт.md"],
      ["1000", "sendMessage", undefined, undefined],
      ["1000", "sendDocument", undefined, "отчёт.md"],
      ["1000", "sendDocument", "From a program:", /^[^\r\n]*line[^\r\n]*break[^\r\n]*$/],
    ],
  );
  const { path } = calls[0]!.payload["document"] as { path: string };
  writeFileSync(join(workspaceDir, "sub", "отчёт.md"), "changed since");
  t.equal(readFileSync(path, "utf8"), "report");
});

test("a file that nobody may write to is sent, and one that cannot be read is refused", async (t) => {
  const { app, post, queued, outgoing, workspaceDir } = await line(t);
  writeFileSync(join(workspaceDir, "a.txt"), "content", { mode: 0o444 });
  t.equal((await post({ files: ["a.txt"] })).statusCode, 202);
  const { path } = (await queued())[0]!.payload["document"] as { path: string };
  t.equal(statSync(path).mode & 0o777, 0o600, "whoever runs Switchboard can open its copy");
  t.intercept(app.keptFiles, "place", {
    value: () => Promise.reject(Object.assign(new Error("no"), { code: "EIO" })),
  });
  t.equal((await post({ files: ["a.txt"] })).statusCode, 500, "a fault of the disk is no refusal");
  t.equal(outgoing().length, 1);
});

test("files outside the roots are refused without a word about them", async (t) => {
  const { post, queued, outgoing, workspaceDir, siteDir } = await line(t);
  const secretFile = join(tempDir(t), "secret.txt");
  writeFileSync(secretFile, "secret");
  writeFileSync(join(siteDir, "page.html"), "page");
  writeFileSync(join(workspaceDir, "ok.txt"), "ok");
  writeFileSync(`${workspaceDir}-neighbour`, "x");
  symlinkSync(secretFile, join(workspaceDir, "innocent.txt"));
  symlinkSync(tempDir(t), join(workspaceDir, "folder"));
  mkdirSync(join(workspaceDir, "sub"));
  writeFileSync(join(workspaceDir, "empty.txt"), "");
  const outside = [
    secretFile,
    "/etc/passwd",
    "/nowhere/at/all",
    "../data/reply-token",
    "sub/../../data/switchboard.sqlite",
    `${workspaceDir}-neighbour`,
    "innocent.txt",
    "folder/x",
    join(siteDir, "page.html"),
    workspaceDir,
    "/dev/zero",
  ];
  for (const file of outside) {
    const answer = await post({ text: "x", files: ["ok.txt", file] });
    const isMissing = file === "folder/x";
    t.ok([403, isMissing ? 400 : 403].includes(answer.statusCode), `${answer.statusCode} ${file}`);
    t.notMatch(answer.body, /secret|passwd|\/tmp|ENOENT|reply-token/);
  }
  for (const file of ["nothing.txt", "sub", "empty.txt", "a\u0000b"]) {
    t.equal((await post({ files: [file] })).statusCode, 400, JSON.stringify(file));
  }
  t.same(await queued(), []);
  t.same(outgoing(), [], "no copy of a refused reply is kept");
});

test("uploaded files get safe names and are kept only when accepted", async (t) => {
  const { post, queued, outgoing } = await line(t);
  const names = [
    "plain.txt",
    "../../etc/passwd",
    "a/b/c.txt",
    "..",
    "x".repeat(300),
    'we"ird;name=x.txt',
    "",
  ];
  for (const name of names) {
    const form = new FormData();
    form.set("text", "see file");
    form.append("file", new File(["uploaded"], name));
    t.equal((await post(form)).statusCode, 202, name);
  }
  const files = (await queued()).map(
    ({ payload }) => payload["document"] as { path: string; name: string },
  );
  t.equal(files.length, names.length);
  for (const { path, name } of files) {
    t.match(name, /^[^/;\r\n]{1,128}$/);
    t.equal(readFileSync(path, "utf8"), "uploaded");
  }
  const before = outgoing().length;
  const form = new FormData();
  form.append("file", new File(["uploaded"], "a.txt"));
  t.equal((await post(form, { url: "/reply?agent=nobody" })).statusCode, 404);
  t.equal(outgoing().length, before, "a refused upload leaves nothing behind");
});

test("a disk without room for a file: 503, to be sent again, and nothing is left of it", async (t) => {
  const { app, post, queued, outgoing, workspaceDir } = await line(t);
  const isPutOff = async (body: InjectOptions["body"]) => {
    const answer = await post(body);
    t.same([answer.statusCode, answer.headers["retry-after"]], [503, "5"]);
    t.notMatch(answer.body, /ENOSPC|outgoing/);
    t.same([await queued(), outgoing()], [[], []]);
  };
  const { keptFiles } = app;
  const full = toFullDisk(t, keptFiles);
  const form = new FormData();
  form.append("file", new File(["uploaded"], "a.txt"));
  await isPutOff(form);
  full.restore();

  t.intercept(keptFiles, "flush", {
    value: () => Promise.reject(Object.assign(new Error("ENOSPC"), { code: "ENOSPC" })),
  });
  writeFileSync(join(workspaceDir, "a.txt"), "content");
  await isPutOff({ files: ["a.txt"] });
});

test("photos are told by their content and files are sent as they are, each kind as an album", async (t) => {
  const { post, queued, workspaceDir } = await line(t);
  writeFileSync(join(workspaceDir, "a.txt"), png(20, 10));
  writeFileSync(join(workspaceDir, "b.png"), "words");
  const body = { text: "look", photos: ["a.txt", "a.txt", "b.png"], files: ["a.txt", "b.png"] };
  const key = { headers: { "idempotency-key": "12345678" } };
  t.equal((await post(body, key)).statusCode, 202);
  const form = new FormData();
  form.append("photo", new File([new Uint8Array(png(20, 10))], "shot"));
  form.append("file", new File([new Uint8Array(png(20, 10))], "exact"));
  form.append("photos", new File([new Uint8Array(png(20, 10))], "other"));
  t.equal((await post(form)).statusCode, 202);
  const sent = (await queued()).map(({ method, payload }) => {
    const { media, photo, document } = payload as Record<string, { type: string; name: string }[]>;
    return [method, media?.map(({ type }) => type) ?? photo ?? document];
  });
  t.match(sent, [
    ["sendMediaGroup", ["photo", "photo"]],
    ["sendMediaGroup", ["document", "document", "document"]],
    ["sendPhoto", { name: "shot.png" }],
    ["sendDocument", { name: "exact.png" }],
    ["sendPhoto", { name: "other.png" }],
  ]);
  const asFiles = { text: "look", files: ["a.txt", "a.txt", "b.png", "a.txt", "b.png"] };
  t.equal((await post(asFiles, key)).statusCode, 422, "how it is shown is part of what is said");
  const many = Array.from({ length: 11 }, () => "a.txt");
  t.equal((await post({ photos: many, files: many })).statusCode, 400);
});

test("the last of several files is a message of its own where there are buttons", async (t) => {
  const { post, queued, siteDir } = await line(t);
  writeFileSync(join(siteDir, "a.txt"), "a");
  const body = { text: "which?", files: ["a.txt", "a.txt", "a.txt"], buttons: ["One"] };
  t.equal((await post({ ...body, agent: "site" })).statusCode, 202);
  t.match(
    (await queued()).map(({ method, payload }) => [method, payload["reply_markup"]]),
    [
      ["sendMediaGroup", undefined],
      ["sendDocument", { inline_keyboard: [[{ text: "One" }]] }],
    ],
  );
});
