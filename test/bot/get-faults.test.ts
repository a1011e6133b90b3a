import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Test, test } from "tap";
import { Refusal } from "../../src/errors.ts";
import { texts } from "../../src/texts/texts.ts";
import { chat } from "../support/bot-chat.ts";
import { toFullDisk } from "../support/full-disk.ts";
import { outboxRows, rows } from "../support/memory.ts";
import { until } from "../support/until.ts";

/** A chat whose agent has a file. */
async function withFile(t: Test) {
  const all = await chat(t);
  const { workspaceDir, dataDir } = all.app.config;
  mkdirSync(workspaceDir);
  writeFileSync(join(workspaceDir, "a.txt"), "content");
  const outgoing = () => readdirSync(join(dataDir, "outgoing"));
  const last = async () => (await outboxRows(all.store)).at(-1);
  const get = async () => {
    await all.write("/get a.txt");
    await all.runTasks();
    return last();
  };
  return { ...all, outgoing, last, get };
}

test("a full disk and too many files that wait are told, with a button to try again, and leave nothing", async (t) => {
  const { app, get, last, press, runTasks, outgoing } = await withFile(t);
  const { keptFiles } = app;
  const full = toFullDisk(t, keptFiles);
  t.equal((await get())?.payload["text"], texts.files.diskFull);
  t.same(outgoing(), []);
  full.restore();
  t.equal(keptFiles.bound.used, 0);
  await press(texts.bot.tryAgain);
  await runTasks();
  t.match(await last(), { method: "sendDocument" });

  const crowded = t.intercept(keptFiles.bound, "take", {
    value: () => {
      throw new Refusal(503, "full");
    },
  });
  t.equal((await get())?.payload["text"], texts.files.noRoom);
  crowded.restore();
  t.equal(outgoing().length, 1, "that of the one before");
});

test("what is said while a file is copied goes when the file comes, and stays for a fault", async (t) => {
  const { app, write, store, taskWorker } = await withFile(t);
  const keep = app.replyFiles.keep.bind(app.replyFiles);
  const held = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let begun = 0;
  t.intercept(app.replyFiles, "keep", {
    value: async (named: string, directory: string) => {
      begun += 1;
      await held[begun - 1]?.promise;
      if (begun === 2) throw new Refusal(500, "A fault of its own.");
      return keep(named, directory);
    },
  });
  const worker = taskWorker({ progressAfterMs: 0 });
  t.teardown(() => worker.stop());
  worker.start();
  const made = async () =>
    (await outboxRows(store)).map(({ method, payload }) => [method, payload]);
  for (const hold of held) {
    await write("/get a.txt");
    const isSaid = async () => {
      const [method, payload] = (await made()).at(-1) ?? [];
      const { text } = (payload ?? {}) as { text?: string };
      return method === "sendMessage" && text === texts.files.getting ? true : undefined;
    };
    await until(isSaid, 5000);
    hold.resolve();
    const open = () => rows(store, "SELECT id FROM tasks WHERE state != 'done'");
    await until(async () => ((await open()).length === 0 ? true : undefined), 5000);
  }
  t.match(await made(), [
    ["sendMessage", { text: texts.files.getting }],
    ["sendDocument", { document: { name: "a.txt" } }],
    ["deleteMessage", { message_of: 1 }],
    ["sendMessage", { text: texts.files.getting }],
    ["editMessageText", { text: "A fault of its own." }],
  ]);
});

test("a restart while a file is copied sends it once, and removes what was copied before", async (t) => {
  const { app, write, store, runTasks, outgoing } = await withFile(t);
  await write("/get a.txt");
  // As a process leaves it that dies after the copy and before the record of it.
  await app.replyFiles.keep("a.txt");
  await store.write((transaction) => transaction.run("UPDATE tasks SET state = 'running'"));
  await app.keptFiles.sweep(await app.outbox.neededFiles());
  t.same(outgoing(), []);
  await runTasks();
  const calls = await outboxRows(store);
  t.match(calls, [{ method: "sendDocument" }]);
  await app.keptFiles.sweep(await app.outbox.neededFiles());
  t.equal(outgoing().length, 1);
});
