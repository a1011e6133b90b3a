import { test } from "tap";
import { cancelPrompts } from "../../src/prompts/prompts.ts";
import { dropPrompt } from "../../src/prompts/queue.ts";
import { samples } from "../support/media.ts";
import { change } from "../support/memory.ts";
import { until } from "../support/until.ts";
import { uploading, writesId } from "../support/uploading.ts";

const far = Date.now() + 1e9;

test("files go when their prompt has ended for days, or before opencode had it; what waits stays", async (t) => {
  const { write, make, become, store, sweeper, uploads } = await uploading(t, writesId);
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
  t.equal(await sweeper.sweep(2000), 3);
  t.same(uploads(), [".gitignore", "2/photo.jpg", "3/photo.jpg"]);
  t.equal(await sweeper.sweep(2000), 0);
});

test("a prompt that is dropped while it waits takes its files along at once", async (t) => {
  const { write, make, become, store, sweeper, uploads } = await uploading(t, writesId);
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
