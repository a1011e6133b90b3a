import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Test, test } from "tap";
import { DownloadError, type DownloadFault } from "../../src/telegram/download-error.ts";
import { createDownload } from "../../src/telegram/files.ts";
import { partOf } from "../../src/telegram/kept-file.ts";
import { Pauses } from "../../src/telegram/pauses.ts";
import { token } from "../support/app.ts";
import { until } from "../support/until.ts";

type Answer = (response: ServerResponse) => void;

const json = (status: number, body: object): Answer => {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
};
const at = (file_path: string) =>
  json(200, { ok: true, result: { file_id: "f", file_unique_id: "u", file_path } });
const refuses = (error_code: number, description: string, parameters = {}) =>
  json(error_code, { ok: false, error_code, description, parameters });
const never: Answer = () => undefined;

/** A Bot API server whose two answers the test gives, and a place for the file. */
async function bed(t: Test, place: Answer, content: Answer) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    request.resume();
    const isFile = request.url?.startsWith(`/file/bot${token}/`);
    return isFile ? content(response) : place(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const apiRoot = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = t.testdir();
  const pauses = new Pauses({ get: async () => undefined, set: async () => undefined });
  const options = { token, apiRoot, timeoutSeconds: 1, silenceMs: 200 };
  const download = createDownload(options, pauses);
  const target = join(folder, "photo.jpg");
  const load = (signal?: AbortSignal) =>
    download("f", { maxBytes: 1000, target }, signal).catch((error: unknown) => error);
  return { download, load, folder, target, asked, pauses, apiRoot };
}

const bytes = Buffer.from([0, 1, 2, 0xff, 0x0a, 0x0d]);

test("a file is loaded whole, for this user alone", async (t) => {
  const { load, folder, target, asked } = await bed(t, at("photos/file 1.jpg"), (response) =>
    response.end(bytes),
  );
  t.equal(await load(), bytes.length);
  t.same(readFileSync(target), bytes);
  t.equal(statSync(target).mode & 0o777, 0o600);
  t.same(readdirSync(folder), ["photo.jpg"]);
  t.same(asked, [`/bot${token}/getFile`, `/file/bot${token}/photos/file%201.jpg`]);
});

test("an empty file is loaded as it is", async (t) => {
  const { load, target } = await bed(t, at("a"), (response) => response.end());
  t.equal(await load(), 0);
  t.equal(statSync(target).size, 0);
});

test("what a crash left is replaced, and no link that waits there is followed", async (t) => {
  const { load, folder, target } = await bed(t, at("a"), (response) => response.end(bytes));
  const other = join(folder, "other");
  writeFileSync(other, "precious");
  symlinkSync(other, partOf(target));
  symlinkSync(other, target);
  t.equal(await load(), bytes.length);
  t.equal(readFileSync(other, "utf8"), "precious");
  t.same(readFileSync(target), bytes);
});

test("another folder that an agent puts in the place of the one meant gets nothing", async (t) => {
  const exchange = { run: () => {} };
  const place: Answer = (response) => {
    exchange.run();
    at("a")(response);
  };
  const late = { run: () => {} };
  const content: Answer = (response) => {
    late.run();
    response.end(bytes);
  };
  const { download, folder } = await bed(t, place, content);
  const [uploads, outside] = [join(folder, "uploads"), join(folder, "outside")];
  const inner = join(uploads, "7");
  mkdirSync(inner, { recursive: true });
  mkdirSync(join(outside, "7"), { recursive: true });
  const target = join(inner, "authorized_keys");
  const load = () =>
    download("f", { maxBytes: 1000, target, folder: inner }).catch((error: unknown) => error);
  let count = 0;
  const swap = (path: string, to: string) => () => {
    renameSync(path, join(folder, `moved ${(count += 1)}`));
    symlinkSync(to, path);
  };
  const again = () => {
    rmSync(uploads, { recursive: true });
    mkdirSync(inner, { recursive: true });
    late.run = exchange.run = () => {};
  };
  for (const [path, to] of [
    [inner, join(outside, "7")],
    [uploads, outside],
  ] as const) {
    exchange.run = swap(path, to);
    t.match(await load(), { fault: "not saved" });
    again();
    late.run = swap(path, to);
    await load();
    again();
  }
  t.same(readdirSync(join(outside, "7")), []);
  t.equal(await load(), bytes.length);
  t.same(readdirSync(inner), ["authorized_keys"]);
});

test("each failure says whether it may work later, and leaves nothing behind", async (t) => {
  const tooMuch: Answer = (response) => {
    // Without a length beforehand, as a file that lies about its size.
    for (let sent = 0; sent < 3; sent++) response.write(Buffer.alloc(500));
    response.end();
  };
  const cut: Answer = (response) => {
    response.writeHead(200, { "content-length": "900" });
    response.write(bytes, () => response.destroy());
  };
  const stalls: Answer = (response) => void response.write(bytes);
  const cases: [string, Answer, Answer, DownloadFault, number?][] = [
    ["refused", refuses(400, "Bad Request: invalid file_id"), never, "refused"],
    ["too large for a bot", refuses(400, "Bad Request: file is too big"), never, "too large"],
    ["limited", refuses(429, "Too Many Requests", { retry_after: 7 }), never, "again", 7000],
    ["a gateway", json(502, {}), never, "again"],
    ["the token", refuses(401, "Unauthorized"), never, "again"],
    ["a hanging getFile", never, never, "again"],
    ["no path", json(200, { ok: true, result: { file_id: "f" } }), never, "refused"],
    ["a path that is none", at(5 as never), never, "refused"],
    ["an answer that is none", json(200, { ok: true, result: null }), never, "refused"],
    ["said to be too large", at("a"), (response) => response.end(Buffer.alloc(1001)), "too large"],
    ["larger than said", at("a"), tooMuch, "too large"],
    ["cut off", at("a"), cut, "again"],
    ["a hanging transfer", at("a"), stalls, "again"],
    ["an address that is over", at("a"), json(404, {}), "again"],
    ["a forbidden one", at("a"), json(403, {}), "refused"],
    [
      "a limited one",
      at("a"),
      (response) => response.writeHead(429, { "retry-after": "3" }).end(),
      "again",
      3000,
    ],
    ["a local path that is not there", at("/nowhere/file"), never, "again"],
    ["a local path that is a device", at("/dev/zero"), never, "refused"],
  ];
  for (const [name, place, content, fault, retryAfterMs = 0] of cases) {
    const { load, folder, apiRoot } = await bed(t, place, content);
    const error = await load();
    t.ok(error instanceof DownloadError, name);
    t.match(error, { fault, retryAfterMs }, name);
    t.same(readdirSync(folder), [], `${name}: nothing is left`);
    const { message, stack, cause } = error as Error;
    const said = [message, stack, JSON.stringify(error), String(cause)].join("\n");
    t.notOk(said.includes(token) || said.includes(apiRoot), `${name}: no address is told`);
  }
});

test("an address that sends elsewhere is not followed", async (t) => {
  const { load, asked } = await bed(t, at("a"), (response) =>
    response.writeHead(302, { location: "/elsewhere" }).end(),
  );
  t.match(await load(), { fault: "again" });
  t.same(asked, [`/bot${token}/getFile`, `/file/bot${token}/a`]);
});

test("after a 429 nothing is asked until the pause is over", async (t) => {
  const { load, asked, pauses } = await bed(t, refuses(429, "x", { retry_after: 60 }), never);
  await load();
  t.match(await load(), { fault: "again" });
  t.equal(asked.length, 1);
  t.ok(pauses.until({ method: "getFile" }) > Date.now() + 50_000);
});

test("a transfer that is called off ends at once and leaves nothing", async (t) => {
  const { load, folder } = await bed(t, at("a"), (response) => void response.write(bytes));
  const controller = new AbortController();
  const loading = load(controller.signal);
  setTimeout(() => controller.abort(), 20);
  t.match(await loading, { fault: "again" });
  t.same(readdirSync(folder), []);
});

test("a server of our own names a file of this machine, which is copied", async (t) => {
  // Where the server has it is known only once the folder is made.
  const source = { path: "" };
  const place: Answer = (response) => at(source.path)(response);
  const { load, folder, target, asked } = await bed(t, place, never);
  source.path = join(folder, "file_1.jpg");
  writeFileSync(source.path, "local");
  t.equal(await load(), 5);
  t.equal(readFileSync(target, "utf8"), "local");
  t.ok(existsSync(source.path));
  t.same(asked, [`/bot${token}/getFile`]);
});

test("a file is on its way while its folder is made, and nothing is written before", async (t) => {
  const { download, target, asked, folder } = await bed(t, at("a"), (response) =>
    response.end(bytes),
  );
  const gate = Promise.withResolvers<string>();
  const loaded = download("f", { maxBytes: 1000, target, folder: gate.promise });
  await until(() => asked[1]);
  t.same(readdirSync(folder), []);
  gate.resolve(folder);
  t.equal(await loaded, bytes.length);
  const fault = new Error("no folder");
  const refused = download("f", { maxBytes: 1000, target, folder: Promise.reject(fault) });
  await t.rejects(refused, fault, "as it is");
});

test("a file without a folder is not loaded to its end", async (t) => {
  const ended = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<string>();
  const { download, target } = await bed(t, at("a"), (response) => {
    response.write(bytes);
    response.on("close", ended.resolve);
    gate.reject(new Error("no folder"));
  });
  const loaded = download("f", { maxBytes: 1000, target, folder: gate.promise });
  await t.rejects(loaded, { message: "no folder" });
  await ended.promise;
});

test("a disk that is full when the file is flushed leaves nothing of it", async (t) => {
  const { load, folder } = await bed(t, at("a"), (response) => response.end(bytes));
  const { FileHandle } = await fileHandleOf(folder);
  const full = t.intercept(FileHandle.prototype, "datasync", {
    value: async () => {
      throw Object.assign(new Error("full"), { code: "ENOSPC" });
    },
  });
  t.match(await load(), { fault: "disk full" });
  full.restore();
  t.same(readdirSync(folder), []);
});

test("a disk that is full in mid-file is told apart, and nothing half-written remains", async (t) => {
  const { load, folder } = await bed(t, at("a"), (response) => response.end(bytes));
  const { FileHandle } = await fileHandleOf(folder);
  for (const code of ["ENOSPC", "EDQUOT", "EIO"]) {
    const full = t.intercept(FileHandle.prototype, "writeFile", {
      value: async () => {
        throw Object.assign(new Error(`${code}: write '/secret'`), { code });
      },
    });
    const error = await load();
    t.match(error, { fault: code === "EIO" ? "not saved" : "disk full" });
    t.notMatch(String(error), "/secret");
    full.restore();
  }
  t.same(readdirSync(folder), []);
});

/** The class of what `open` resolves to, which Node does not export. */
async function fileHandleOf(folder: string) {
  const { open } = await import("node:fs/promises");
  const handle = await open(folder, "r");
  await handle.close();
  return {
    FileHandle: handle.constructor as {
      prototype: Record<"datasync" | "writeFile", () => Promise<void>>;
    },
  };
}
