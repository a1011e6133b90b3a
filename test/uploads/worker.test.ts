import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { PromptFiles } from "../../src/prompts/files.ts";
import { dropPrompt } from "../../src/prompts/queue.ts";
import type { Store } from "../../src/store/store.ts";
import { DownloadError, type DownloadFault } from "../../src/telegram/download-error.ts";
import type { DownloadFile } from "../../src/telegram/files.ts";
import { partOf } from "../../src/telegram/kept-file.ts";
import { samples } from "../support/media.ts";
import { change, queuedTexts, rows, signal } from "../support/memory.ts";
import { until } from "../support/until.ts";
import { uploading, writesId } from "../support/uploading.ts";

const forward_origin = { type: "hidden_user", sender_user_name: "Ann", date: 1 };

const fails = (fault: DownloadFault, retryAfterMs = 0): DownloadFile => {
  return async () => {
    throw new DownloadError(fault, "for the test", retryAfterMs);
  };
};

test("a prompt is queued once its files are in its folder, and keeps its place meanwhile", async (t) => {
  const gate = signal();
  const { write, make, become, states, uploads, directory, app } = await uploading(
    t,
    async (fileId, options) => {
      if (fileId === "s") await gate.promise;
      return writesId(fileId, options);
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
  const { write, make, become, uploads } = await uploading(t, async (fileId, options) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    return writesId(fileId, options);
  });
  make();
  for (let count = 0; count < 30; count++) await write(undefined, samples.photo.content);
  await become(...Array.from({ length: 30 }, () => "queued"));
  t.equal(uploads().length, 31);
  t.ok(most <= 4, `${most} at once`);
});

test("what may work later is tried again, as long as Telegram wants, and the operator hears of it once", async (t) => {
  const tries: number[] = [];
  const { write, make, become, store } = await uploading(t, async (fileId, options) => {
    tries.push(performance.now());
    if (tries.length === 1) throw new DownloadError("again", "429", 200);
    if (tries.length < 7) throw new DownloadError("again", "502");
    return writesId(fileId, options);
  });
  await write(undefined, samples.photo.content);
  make();
  await become("queued");
  t.equal(tries.length, 7);
  t.ok((tries[1] ?? 0) - (tries[0] ?? 0) >= 195, "the pause is kept");
  const said = (await queuedTexts(store)) as string[];
  t.match(said, [/^📷 photo\.jpg is waiting: it cannot be downloaded from Telegram yet/]);
  t.equal(said.length, 1);
});

test("a full disk is told at once, and once; the file is loaded when there is room", async (t) => {
  let isFull = true;
  const { write, make, become, store } = await uploading(t, (fileId, options) =>
    isFull ? fails("disk full")(fileId, options) : writesId(fileId, options),
  );
  await write(undefined, samples.document.content);
  make();
  await until(async () => ((await queuedTexts(store)).length > 0 ? true : undefined));
  await until(async () => {
    const [part] = await rows<{ attempts: number }>(store, "SELECT attempts FROM prompt_parts");
    return (part?.attempts ?? 0) > 3 ? true : undefined;
  });
  t.same(await queuedTexts(store), [
    "📎 notes.txt is waiting: the disk is full. Free some space, and it is downloaded automatically.",
  ]);
  isFull = false;
  await become("queued");
});

test("a refusal ends it: the rest of the prompt goes on, and what had nothing else has failed", async (t) => {
  const cases: [DownloadFault, RegExp][] = [
    ["refused", /: it can no longer be downloaded from Telegram\. Send it again\.$/],
    ["too large", /: it is too large for a bot to download\. Send a link to it\.$/],
    ["not saved", /: it could not be saved/],
  ];
  for (const [fault, why] of cases) {
    const { write, make, become, store, uploads } = await uploading(t, fails(fault));
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
  const { write, make, become, store } = await uploading(t, fails("again"));
  await write(undefined, samples.document.content);
  await change(store, "UPDATE prompt_parts SET added_at = 1");
  make();
  await become("queued");
  t.match(await queuedTexts(store), [/: it could not be downloaded for a day/]);
});

test("an agent that is stopped in mid-download leaves no file and hears of none", async (t) => {
  const began = signal();
  const ended = signal();
  const { write, make, become, stop, uploads, store, kept } = await uploading(
    t,
    async (_, { target, folder }, cancel) => {
      await folder;
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
  const one = await uploading(t, async (fileId, options) => {
    await store.write(async (transaction) => void (await dropPrompt(transaction, 1)));
    return writesId(fileId, options);
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
  const { write, make, become, states, uploads } = await uploading(
    t,
    async (fileId, options, cancel) => {
      if (!isFirst) return writesId(fileId, options);
      isFirst = false;
      await options.folder;
      writeFileSync(partOf(options.target), "half");
      await new Promise((resolve) => cancel?.addEventListener("abort", resolve));
      throw new DownloadError("again", "AbortError");
    },
  );
  await write(undefined, samples.photo.content);
  const first = make();
  await until(() => (uploads().length > 1 ? true : undefined));
  await first.stop();
  t.same(await states(), ["receiving"]);
  make();
  await become("queued");
});

test("neither log nor chat names where a file is", async (t) => {
  const { write, make, become, kept, store, directory } = await uploading(t, fails("refused"));
  await write(undefined, samples.document.content);
  make();
  await become("queued");
  const said = [...kept.lines, ...(await queuedTexts(store))].join("\n");
  t.notMatch(said, directory);
});

test("a clock that is set back keeps no file waiting, and a rename none from its agent", async (t) => {
  const { write, make, become, store, woken } = await uploading(t, writesId);
  await write(undefined, samples.photo.content);
  await change(store, "UPDATE prompt_parts SET due_at = ?", Date.now() + 3_600_000);
  const [file] = await new PromptFiles(store).due(Date.now(), 9);
  t.equal(file?.name, "photo.jpg");
  await change(store, "UPDATE prompts SET agent = 'renamed'");
  store.on("queue", (agent) => woken.push(`queue ${agent}`));
  await new PromptFiles(store).saved(file!, 1);
  t.ok(woken.includes("queue renamed"));
  make();
  await become("queued");
});

test("a fault that nobody expects is told and has an end, as others, and its words stay with it", async (t) => {
  const { write, make, become, store, kept } = await uploading(t, async () => {
    throw new URIError("http://secret");
  });
  await write(undefined, samples.document.content);
  make();
  await until(async () => ((await queuedTexts(store)).length > 0 ? true : undefined));
  t.match(await queuedTexts(store), [/^📎 notes\.txt is waiting: it cannot be downloaded/]);
  await change(store, "UPDATE prompt_parts SET added_at = 1");
  await become("queued");
  t.notMatch(kept.lines.join(""), "http://secret");
});

test("the folder is named in which a file may come to be, and no other", async (t) => {
  const folders: unknown[] = [];
  const { write, make, become, directory } = await uploading(t, async (fileId, options) => {
    folders.push(await options.folder);
    return writesId(fileId, options);
  });
  await write(undefined, samples.photo.content);
  make();
  await become("queued");
  t.same(folders, [join(realpathSync(directory), "uploads", "1")]);
});
