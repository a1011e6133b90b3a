import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Test, test } from "tap";
import { PromptFiles } from "../../src/prompts/files.ts";
import { cancelPrompts } from "../../src/prompts/prompts.ts";
import { dropPrompt } from "../../src/prompts/queue.ts";
import type { Store } from "../../src/store/store.ts";
import {
  DownloadError,
  type DownloadFile,
  type DownloadFault,
  partOf,
} from "../../src/telegram/files.ts";
import { UploadSweeper } from "../../src/uploads/sweeper.ts";
import { UploadWorker } from "../../src/uploads/worker.ts";
import { keptLog, tempDir } from "../support/app.ts";
import { chat } from "../support/bot-chat.ts";
import { samples } from "../support/media.ts";
import { change, queuedTexts, rows, signal } from "../support/memory.ts";
import { until } from "../support/until.ts";

const forward_origin = { type: "hidden_user", sender_user_name: "Ann", date: 1 };
const far = Date.now() + 1e9;

/** A chat whose agent works in a folder of the test's own, and a worker that loads as a test says. */
async function bed(t: Test, download: DownloadFile) {
  const directory = tempDir(t);
  const one = await chat(t, { JOIN_MS: "5000" });
  const { store, app } = one;
  await change(store, "UPDATE agents SET directory = ?", directory);
  const files = new PromptFiles(store);
  const { log, kept } = keptLog();
  const make = () => {
    const options = { store, files, agents: app.agents, download, maxBytes: 1000, log };
    const worker = new UploadWorker({ ...options, firstPauseMs: 1 });
    t.teardown(() => worker.stop());
    worker.start();
    return worker;
  };
  const sweeper = new UploadSweeper({ store, files, keepDays: 8, log });
  const states = async () =>
    (await rows<{ state: string }>(store, "SELECT state FROM prompts ORDER BY id")).map(
      ({ state }) => state,
    );
  const become = (...wanted: string[]) =>
    until(async () => (String(await states()) === String(wanted) ? true : undefined));
  const uploads = () => tree(join(directory, "uploads"));
  return { ...one, directory, files, make, sweeper, become, states, uploads, kept };
}

/** The files below a folder. */
function tree(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .toSorted();
}

/** A download that writes the id of the file. */
const writes: DownloadFile = async (fileId, { target }) => {
  writeFileSync(target, fileId);
  return fileId.length;
};

const fails = (fault: DownloadFault, retryAfterMs = 0): DownloadFile => {
  return async () => {
    throw new DownloadError(fault, "for the test", retryAfterMs);
  };
};

test("a prompt is queued once its files are in its folder, and keeps its place meanwhile", async (t) => {
  const gate = signal();
  const { write, make, become, states, uploads, directory, app } = await bed(
    t,
    async (fileId, options) => {
      if (fileId === "s") await gate.promise;
      return writes(fileId, options);
    },
  );
  await write("Compare:");
  await write(undefined, { ...samples.photo.content, forward_origin });
  await write(undefined, { ...samples.live_photo.content, forward_origin });
  await change(app.store, "UPDATE prompts SET receive_until = 1");
  await write(undefined, { ...samples.document.content, caption: "after it" });
  const worker = make();
  await become("receiving", "queued");
  t.equal((await app.prompts.head("default_agent"))?.label, "📷 photo.jpg, 📷 photo-2.jpg");
  gate.resolve();
  await become("queued", "queued");
  const [first, second] = await rows<{ id: number }>(
    app.store,
    "SELECT id FROM prompts ORDER BY id",
  );
  t.same(uploads(), [
    ".gitignore",
    `${first?.id}/photo-2.jpg`,
    `${first?.id}/photo.jpg`,
    `${second?.id}/notes.txt`,
  ]);
  t.equal(readFileSync(join(directory, "uploads", `${first?.id}`, "photo.jpg"), "utf8"), "largest");
  await worker.stop();
  t.same(await states(), ["queued", "queued"]);
});

test("30 photos that come at once are all loaded, a few at a time", async (t) => {
  let now = 0;
  let most = 0;
  const { write, make, become, uploads } = await bed(t, async (fileId, options) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    return writes(fileId, options);
  });
  make();
  for (let count = 0; count < 30; count++) await write(undefined, samples.photo.content);
  await become(...Array.from({ length: 30 }, () => "queued"));
  t.equal(uploads().length, 31);
  t.ok(most <= 4, `${most} at once`);
});

test("what may work later is tried again, as long as Telegram wants, and the operator hears of it once", async (t) => {
  const tries: number[] = [];
  const { write, make, become, store } = await bed(t, async (fileId, options) => {
    tries.push(performance.now());
    if (tries.length === 1) throw new DownloadError("again", "429", 200);
    if (tries.length < 7) throw new DownloadError("again", "502");
    return writes(fileId, options);
  });
  await write(undefined, samples.photo.content);
  make();
  await become("queued");
  t.equal(tries.length, 7);
  t.ok((tries[1] ?? 0) - (tries[0] ?? 0) >= 195, "the pause is kept");
  const said = (await queuedTexts(store)) as string[];
  t.match(said, [/^📷 photo\.jpg waits: Telegram does not give it yet/]);
  t.equal(said.length, 1);
});

test("a full disk is told at once, and once; the file is loaded when there is room", async (t) => {
  let isFull = true;
  const { write, make, become, store } = await bed(t, (fileId, options) =>
    isFull ? fails("disk full")(fileId, options) : writes(fileId, options),
  );
  await write(undefined, samples.document.content);
  make();
  await until(async () => ((await queuedTexts(store)).length > 0 ? true : undefined));
  await until(async () => {
    const [part] = await rows<{ attempts: number }>(store, "SELECT attempts FROM prompt_parts");
    return (part?.attempts ?? 0) > 3 ? true : undefined;
  });
  t.same(await queuedTexts(store), [
    "📎 notes.txt waits: the disk is full. Free some space, and it is loaded by itself.",
  ]);
  isFull = false;
  await become("queued");
});

test("a refusal ends it: the rest of the prompt goes on, and what had nothing else has failed", async (t) => {
  const cases: [DownloadFault, RegExp][] = [
    ["refused", /: Telegram no longer gives it\. Send it again\.$/],
    ["too large", /: it is too large for a bot to load\. Send a link to it\.$/],
    ["not saved", /: it could not be saved/],
  ];
  for (const [fault, why] of cases) {
    const { write, make, become, store, uploads } = await bed(t, fails(fault));
    await write(undefined, samples.document.content);
    await write(undefined, samples.photo.content);
    make();
    await become("queued", "failed");
    const said = (await queuedTexts(store)).map(String).toSorted((a, b) => b.localeCompare(a));
    t.match(said[1], /^default_agent gets your message without 📎 notes\.txt/);
    t.match(said[1], why);
    t.match(said[0], /^Not sent: 📷 photo\.jpg: /);
    t.equal(said.length, 2);
    t.same(uploads(), [".gitignore"]);
  }
});

test("a file that could not be loaded for a day is given up", async (t) => {
  const { write, make, become, store } = await bed(t, fails("again"));
  await write(undefined, samples.document.content);
  await change(store, "UPDATE prompt_parts SET added_at = 1");
  make();
  await become("queued");
  t.match(await queuedTexts(store), [/: it could not be loaded for a day/]);
});

test("an agent that is stopped in mid-download leaves no file and hears of none", async (t) => {
  const began = signal();
  const ended = signal();
  const { write, make, become, stop, uploads, store, kept } = await bed(
    t,
    (_, { target }, cancel) => {
      writeFileSync(target, "as if it had just come");
      began.resolve();
      return new Promise((_resolve, reject) => {
        cancel?.addEventListener("abort", () => {
          ended.resolve();
          reject(new DownloadError("again", "AbortError"));
        });
      });
    },
  );
  await write(undefined, samples.photo.content);
  make();
  await began.promise;
  await stop("default_agent");
  await ended.promise;
  await become("cancelled");
  await until(() => (uploads().length === 1 ? true : undefined));
  t.same(uploads(), [".gitignore"]);
  await until(async () => {
    const [part] = await rows<{ path: string | null }>(store, "SELECT path FROM prompt_parts");
    return part?.path === null ? true : undefined;
  });
  t.notMatch(kept.lines.join(""), /"level":(40|50|60)/);
});

test("a file that comes when its prompt was just dropped is removed", async (t) => {
  const one = await bed(t, async (fileId, options) => {
    await store.write(async (transaction) => void (await dropPrompt(transaction, 1)));
    return writes(fileId, options);
  });
  const store: Store = one.store;
  await one.write(undefined, samples.photo.content);
  one.make();
  await one.become("cancelled");
  await until(() => (one.uploads().length === 1 ? true : undefined));
  t.same(one.uploads(), [".gitignore"]);
});

test("what was being loaded when the process ended is loaded again", async (t) => {
  let isFirst = true;
  const { write, make, become, states, uploads } = await bed(t, async (fileId, options, cancel) => {
    if (!isFirst) return writes(fileId, options);
    isFirst = false;
    writeFileSync(partOf(options.target), "half");
    await new Promise((resolve) => cancel?.addEventListener("abort", resolve));
    throw new DownloadError("again", "AbortError");
  });
  await write(undefined, samples.photo.content);
  const first = make();
  await until(() => (uploads().length > 1 ? true : undefined));
  await first.stop();
  t.same(await states(), ["receiving"]);
  make();
  await become("queued");
});

test("files go when their prompt has ended for days, or before opencode had it; what waits stays", async (t) => {
  const { write, make, become, store, sweeper, uploads, directory } = await bed(t, writes);
  for (let count = 0; count < 5; count++) await write(undefined, samples.photo.content);
  make();
  await become("queued", "queued", "queued", "queued", "queued");
  const set = (id: number, fields: string) =>
    change(store, `UPDATE prompts SET ${fields} WHERE id = ${id}`);
  await set(1, "state = 'done', attempts = 1, ended_at = 1000");
  await set(2, `state = 'done', attempts = 1, ended_at = ${far}`);
  await set(3, "state = 'running', attempts = 1");
  await store.write((transaction) => cancelPrompts(transaction, "default_agent", "waiting"));
  await change(store, "DELETE FROM prompts WHERE id = 5");
  mkdirSync(join(directory, "moved"));
  t.equal(await sweeper.sweep(2000), 3);
  t.same(uploads(), [".gitignore", "2/photo.jpg", "3/photo.jpg"]);
  t.equal(await sweeper.sweep(2000), 0);
});

test("a prompt that is dropped while it waits takes its files along at once", async (t) => {
  const { write, make, become, store, sweeper, uploads } = await bed(t, writes);
  sweeper.start();
  t.teardown(() => sweeper.stop());
  await write(undefined, samples.photo.content);
  make();
  await become("queued");
  t.equal(uploads().length, 2);
  await store.write((transaction) => dropPrompt(transaction, 1));
  await until(() => (uploads().length === 1 ? true : undefined));
  t.same(uploads(), [".gitignore"]);
});

test("neither log nor chat names where a file is", async (t) => {
  const { write, make, become, kept, store, directory } = await bed(t, fails("refused"));
  await write(undefined, samples.document.content);
  make();
  await become("queued");
  const said = [...kept.lines, ...(await queuedTexts(store))].join("\n");
  t.notMatch(said, directory);
});
