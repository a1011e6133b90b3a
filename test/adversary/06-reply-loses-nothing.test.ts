import { createHash } from "node:crypto";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { openGate } from "../support/sending.ts";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { Outbox } from "../../src/outbox/outbox.ts";
import { memoryStore } from "../support/memory.ts";
import { line } from "../support/reply-line.ts";

const mb = 1024 * 1024;
const form = { "content-type": "multipart/form-data; boundary=b" };
const json = { "content-type": "application/json" };

/** A field or a file of a form, as it travels. */
const part = (name: string, value: string, file = "") =>
  `--b\r\ncontent-disposition: form-data; name="${name}"${file && `; filename="${file}"`}\r\n\r\n${value}\r\n`;
const whole = (...parts: string[]) => `${parts.join("")}--b--\r\n`;

/** Files of the workspace that take no room on the disk until they are copied. */
function sparse(workspaceDir: string, name: string, bytes: number): string {
  const path = join(workspaceDir, name);
  writeFileSync(path, "");
  truncateSync(path, bytes);
  return name;
}

test("6: a form is taken as a whole or refused with the reason, never in part", async (t) => {
  const { post, queued, outgoing } = await line(t);
  const text = part("text", "hello");
  const file = part("file", "content", "a.txt");
  const refused: [body: string, status: number, message: RegExp, type?: string][] = [
    [whole(part("text", "x".repeat(mb + 1)), file), 413, /larger than 1 MB/],
    [whole(text, part("text", "and this"), file), 400, /more than one text/],
    [whole(text, part("file", "", "a.txt")), 400, /empty file/],
    [whole(text, part("note", "and this")), 400, /not known/],
    [whole(text, part("agent", "site")), 400, /not known/],
    [whole(text, part("file", "and this")), 400, /not known/],
    [whole(text, part("note", "and this", "a.txt")), 400, /not known/],
    [whole(text, file), 400, /boundary/, "multipart/form-data"],
    [whole(text, file), 400, /boundary/, "multipart/form-data; boundary="],
    [whole(text, file), 400, /not complete/, "multipart/form-data; boundary=other"],
    [text + file, 400, /not complete/],
    [
      `${text}--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nab`,
      400,
      /not complete/,
    ],
  ];
  for (const [body, status, message, type] of refused) {
    const headers = type === undefined ? form : { "content-type": type };
    const answer = await post(body, { headers });
    t.equal(answer.statusCode, status, `${answer.statusCode} ${body.slice(-150)}`);
    t.match(answer.json<{ message: string }>().message, message);
  }
  t.same([await queued(), outgoing()], [[], []], "nothing of them is kept");
  t.equal((await post(whole(text, file), { headers: form })).statusCode, 202);
  t.equal((await post(whole(part("text", "x".repeat(mb))), { headers: form })).statusCode, 202);
});

test("6: a field that is not known, or comes twice, is named as the fault", async (t) => {
  const { post, queued } = await line(t);
  const twice = '{"text": "a \\"text\\": {", "silent": true, "te\\u0078t": "b"}';
  const refused: [
    body: Parameters<typeof post>[0],
    options: Parameters<typeof post>[1],
    message: RegExp,
  ][] = [
    [{ text: "x", caption: "y" }, {}, /not known/],
    [{ txt: "x" }, {}, /not known/],
    [{ text: "x" }, { url: "/reply?text=y" }, /not known/],
    [{ text: "x" }, { url: "/reply?agent=site&agent=site" }, /documented form/],
    [{ text: "x", agent: "site" }, { url: "/reply?agent=default_agent" }, /twice/],
    [twice, { headers: json }, /twice/],
  ];
  for (const [body, options, message] of refused) {
    const answer = await post(body, options);
    t.equal(answer.statusCode, 400, JSON.stringify([body, options]));
    t.match(answer.json<{ message: string }>().message, message);
  }
  t.same(await queued(), []);
  const nested = '{"text": "{\\"text\\": 1, \\"text\\": 2}", "files": []}';
  t.equal(
    (await post(nested, { headers: json })).statusCode,
    202,
    "only fields of the request count",
  );
});

test("6: an Idempotency-Key stands for one content, however the file has changed since", async (t) => {
  const { post, queued, outgoing, workspaceDir } = await line(t);
  const headers = { "idempotency-key": "key-number-1" };
  writeFileSync(join(workspaceDir, "a.txt"), "content");
  const body = { text: "once", files: ["a.txt"], silent: true };
  const first = await post(body, { headers });
  const id = first.json<{ id: string }>().id;
  truncateSync(join(workspaceDir, "a.txt"));
  const again = await post(body, { headers });
  t.same([again.statusCode, again.json<{ id: string }>().id], [202, id], "the same is the same");
  const query = { url: "/reply?silent=true", headers };
  const { text, files } = body;
  t.equal(
    (await post({ text, files }, query)).json<{ id: string }>().id,
    id,
    "wherever it says silent",
  );
  for (const other of [
    { ...body, text: "twice" },
    { ...body, files: [] },
    { ...body, files: ["a.txt", "a.txt"] },
    { ...body, silent: false },
    { ...body, agent: "site" },
  ]) {
    const answer = await post(other, { headers });
    t.equal(answer.statusCode, 422, JSON.stringify(other));
    t.match(answer.json<{ message: string }>().message, /Idempotency-Key/);
  }
  const upload = (content: string) =>
    post(whole(part("file", content, "a.txt")), {
      headers: { ...form, "idempotency-key": "key-number-2" },
    });
  const statuses = [await upload("a"), await upload("a"), await upload("b")];
  t.same(
    statuses.map(({ statusCode }) => statusCode),
    [202, 202, 422],
  );
  t.same([(await queued()).length, outgoing().length], [2, 2]);
});

test("6: a small request cannot fill the disk with copies, nor can many", async (t) => {
  const { app, post, queued, outgoing, workspaceDir } = await line(t);
  const large = sparse(workspaceDir, "large", 30 * mb);
  const one = await post({ files: Array.from({ length: 20 }, () => large) });
  t.equal(one.statusCode, 413);
  t.match(one.json<{ message: string }>().message, /100 MB/);
  t.same([await queued(), outgoing()], [[], []]);

  app.keptFiles.bound.limit = 70 * mb;
  const answers = await Promise.all([1, 2, 3].map(() => post({ files: [large] })));
  t.equal(answers.filter(({ statusCode }) => statusCode === 202).length, 2);
  const full = answers.find(({ statusCode }) => statusCode === 503);
  t.equal(full?.headers["retry-after"], "5");
  t.match(full?.json<{ message: string }>().message, /Files wait/);
  t.equal(
    (await post(whole(part("file", "x".repeat(mb), "a")), { headers: form })).statusCode,
    202,
  );
  t.equal((await queued()).length, 3);
  const sent = (await queued()).map(
    ({ payload }) => (payload["document"] as { path: string }).path,
  );
  for (const path of sent) await app.keptFiles.drop(path);
  t.equal(app.keptFiles.bound.used, 0, "what was sent makes room");
  t.equal((await post({ files: [large] })).statusCode, 202);
});

test("6: of 1,500 that wait, each reads the store again only when its own reply has ended", async (t) => {
  const store = await memoryStore(t);
  const outbox = new Outbox(store);
  const ids = Array.from({ length: 1500 }, (_, index) => `reply-${index}`);
  const parts = 3;
  const add = (replyId: string, lane: string) =>
    store.write(async (transaction) => {
      for (let call = 0; call < parts; call += 1) {
        const payload = { chat_id: 1, text: "x" };
        await enqueue(transaction, { lane, method: "sendMessage", payload, replyId });
      }
    });
  await Promise.all(ids.map((id, index) => add(id, `lane ${index % 100}`)));
  const looks = t.capture(outbox, "replyState", outbox.replyState.bind(outbox));
  const patience = new AbortController();
  const ends = ids.map((id) => outbox.replyEnded(id, patience.signal));
  for (let sent = 0; sent < parts * ids.length;) {
    const messages = await outbox.take(new Set(), openGate);
    await Promise.all(messages.map((message) => outbox.sent(message, message.id)));
    sent += messages.length;
  }
  const states = await Promise.all(ends);
  t.ok(states.every(({ state, messageIds }) => state === "sent" && messageIds.length === parts));
  t.equal(looks().length, 2 * ids.length, "one look at first, one when it has ended");
});

test("6: what a request says has one digest, and no two requests share it by their limits", async (t) => {
  const { digestOf } = await import("../../src/replies/said.ts");
  const said = { text: "a", files: ["b"], settings: {} };
  t.equal(digestOf(said), digestOf({ ...said, settings: { wait: true } }), "wait says nothing");
  t.not(digestOf(said), digestOf({ ...said, text: "ab", files: [] }));
  t.not(digestOf(said), digestOf({ ...said, files: ["b", ""] }));
  t.equal(digestOf(said).length, createHash("sha256").digest("hex").length);
});

test("6: a text is read in its own encoding, or refused; a compressed one is", async (t) => {
  const { post, queued } = await line(t);
  const plain = (charset = "") => ({ "content-type": `text/plain${charset}` });
  const latin = Buffer.from("gr\u00fcn", "latin1");
  const cases: [body: Buffer, headers: Record<string, string>, status: number][] = [
    [latin, plain(), 400],
    [latin, plain("; charset=utf-8"), 400],
    [Buffer.from([0xf0, 0x9f, 0x99]), plain(), 400],
    [Buffer.concat([Buffer.from('{"text":"'), latin, Buffer.from('"}')]), json, 400],
    [latin, plain("; charset=no-such"), 415],
    [latin, { ...plain(), "content-encoding": "gzip" }, 415],
    [Buffer.from("{}"), { ...json, "content-encoding": "br" }, 415],
  ];
  for (const [body, headers, status] of cases) {
    const answer = await post(body, { headers });
    t.equal(answer.statusCode, status, JSON.stringify(headers));
  }
  t.same(await queued(), []);
  t.equal((await post(latin, { headers: plain("; charset=iso-8859-1") })).statusCode, 202);
  const utf16 = Buffer.from("gr\u00fcn", "utf16le");
  t.equal((await post(utf16, { headers: plain('; charset="UTF-16LE"') })).statusCode, 202);
  const identity = { ...plain(), "content-encoding": "Identity" };
  t.equal((await post(Buffer.from("gr\u00fcn"), { headers: identity })).statusCode, 202);
  const texts = (await queued()).map(({ payload }) => payload["text"]);
  t.same(new Set(texts), new Set(["From a program: gr\u00fcn"]));
});
