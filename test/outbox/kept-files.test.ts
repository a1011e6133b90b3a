import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { KeptFiles } from "../../src/outbox/kept-files.ts";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { Outbox } from "../../src/outbox/outbox.ts";
import { ReplyFiles } from "../../src/replies/reply-files.ts";
import { tempDir } from "../support/app.ts";
import { memoryStore } from "../support/memory.ts";

test("copies that a crash left behind go at the next start, those still needed stay", async (t) => {
  const [dir, work] = [join(tempDir(t), "outgoing"), tempDir(t)];
  const kept = new KeptFiles(dir);
  const files = new ReplyFiles(kept, [work]);
  await kept.sweep(new Set());
  writeFileSync(join(work, "report.txt"), "all is well");
  const [waiting, sent, orphan] = [
    await files.keep("report.txt"),
    await files.keep("report.txt"),
    await files.keep("report.txt"),
  ];
  const store = await memoryStore(t);
  const queue = new Outbox(store);
  t.same(await queue.neededFiles(), new Set());
  await store.write(async (transaction) => {
    await enqueue(transaction, {
      lane: "1",
      method: "sendMessage",
      payload: { chat_id: 1, text: "x" },
    });
    const document = (path: string) => ({ chat_id: 1, document: { path, name: "report.txt" } });
    await enqueue(transaction, {
      lane: "1",
      method: "sendDocument",
      payload: document(waiting.path),
    });
    const id = await enqueue(transaction, {
      lane: "1",
      method: "sendDocument",
      payload: document(sent.path),
    });
    await transaction.run("UPDATE outbox SET state = 'sent' WHERE id = ?", id);
  });
  await kept.sweep(await queue.neededFiles());
  t.equal(readFileSync(waiting.path, "utf8"), "all is well");
  t.notOk(existsSync(sent.path));
  t.notOk(existsSync(orphan.path));
  t.ok(existsSync(join(work, "report.txt")));

  const next = new KeptFiles(dir);
  await next.sweep(await queue.neededFiles());
  t.same([next.bound.used, kept.bound.used], [11, 11], "what waits counts, also after a restart");
  await next.drop(waiting.path);
  t.equal(next.bound.used, 0);
});

test("nothing outside of the folder of copies is ever dropped", async (t) => {
  const dir = tempDir(t);
  const files = new KeptFiles(join(dir, "outgoing"));
  mkdirSync(join(dir, "outgoing-too"));
  const other = join(dir, "outgoing-too", "file");
  writeFileSync(other, "mine");
  await files.drop(other);
  await files.sweep(new Set());
  t.ok(existsSync(other));
});

test("the name of a file shows the ending that the file has", async (t) => {
  const kept = new KeptFiles(join(tempDir(t), "outgoing"));
  const names = ["photo\u202egnp.exe", "a\u2066b\u200f.pdf", "x;\n.md", "\u202e", "a/../b.ts"];
  const shown = await Promise.all(names.map(async (name) => (await kept.place(name)).name));
  t.same(shown, ["photo gnp.exe", "a b .pdf", "x  .md", "file", "b.ts"]);
});
