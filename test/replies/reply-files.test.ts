import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { ReplyFiles } from "../../src/replies/reply-files.ts";
import { Outbox, owe } from "../../src/outbox/outbox.ts";
import { tempDir } from "../support/app.ts";
import { memoryStore } from "../support/memory.ts";

test("copies that a crash left behind go at the next start, those still owed stay", async (t) => {
  const [dir, work] = [join(tempDir(t), "outgoing"), tempDir(t)];
  const files = new ReplyFiles(dir, [work]);
  await files.sweep(new Set());
  writeFileSync(join(work, "report.txt"), "all is well");
  const [owed, sent, orphan] = [
    await files.keep("report.txt"),
    await files.keep("report.txt"),
    await files.keep("report.txt"),
  ];
  const store = memoryStore(t);
  const queue = new Outbox(store);
  t.same(await queue.owedFiles(), new Set());
  await store.write((transaction) => {
    owe(transaction, { lane: "1", method: "sendMessage", payload: { chat_id: 1, text: "x" } });
    const document = (path: string) => ({ chat_id: 1, document: { path, name: "report.txt" } });
    owe(transaction, { lane: "1", method: "sendDocument", payload: document(owed.path) });
    const id = owe(transaction, {
      lane: "1",
      method: "sendDocument",
      payload: document(sent.path),
    });
    transaction.run("UPDATE outbox SET state = 'sent' WHERE id = ?", id);
  });
  await files.sweep(await queue.owedFiles());
  t.equal(readFileSync(owed.path, "utf8"), "all is well");
  t.notOk(existsSync(sent.path));
  t.notOk(existsSync(orphan.path));
  t.ok(existsSync(join(work, "report.txt")));
});

test("nothing outside of the folder of copies is ever dropped", async (t) => {
  const dir = tempDir(t);
  const files = new ReplyFiles(join(dir, "outgoing"), [dir]);
  mkdirSync(join(dir, "outgoing-too"));
  const other = join(dir, "outgoing-too", "file");
  writeFileSync(other, "mine");
  await files.drop(other);
  await files.sweep(new Set());
  t.ok(existsSync(other));
});
