import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Test, test } from "tap";
import { wholePng } from "../../sandbox/picture.ts";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { PromptFiles } from "../../src/prompts/files.ts";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { tempDir } from "../support/app.ts";
import { change, queuedTexts } from "../support/memory.ts";
import { partStored } from "../support/live-events.ts";
import { smallPdf } from "../support/pictures.ts";
import { newPrompt } from "../support/prompts.ts";
import { reconciling } from "../support/reconciling.ts";
import { answer, giveSession, prompted } from "../support/session.ts";

/** Agent `site` with a prompt whose files are there, which would be typed if it had none. */
async function bed(t: Test, contents: Record<string, Buffer>) {
  const one = await reconciling(t, "tmux");
  const { store, agents, prompts } = one;
  const directory = tempDir(t);
  await change(store, "UPDATE agents SET directory = ?", directory);
  await giveSession(agents, "site", "ses_1");
  const files = Object.keys(contents).map((name) => {
    return { media: "document" as const, fileId: name, original: name, size: undefined };
  });
  await store.write((transaction) => addPrompt(transaction, newPrompt(1, { text: "look", files })));
  const loads = new PromptFiles(store);
  for (const file of await loads.due(Date.now(), 9)) {
    const path = join(directory, file.name);
    writeFileSync(path, contents[file.name] ?? "");
    await loads.begin(file.id, path);
    await loads.saved(file, 1);
  }
  const prompt = (await prompts.head("site"))!;
  return { ...one, prompt };
}

const names = (files: { filename: string }[]) => files.map(({ filename }) => filename);

test("a prompt with files is posted, never typed, and is whole once opencode has all of them", async (t) => {
  const contents = { "a.png": wholePng(4, 4), "b.pdf": smallPdf };
  const { run, did, opencode, prompts, app } = await bed(t, contents);
  const reasons: unknown[] = [];
  app.delivery.on("delivered", ({ fallback }) => reasons.push(fallback));
  await run();
  t.same(reasons, ["files"]);
  t.same(did, ["posted look\n\nFile `a.png` (attached)\nFile `b.pdf` (attached)"]);
  t.same(names(opencode.posted), ["a.png", "b.pdf"]);
  t.match(await prompts.head("site"), { state: "running", path: "api" });
});

test("a posted prompt is not read where opencode tells that all of it is stored", async (t) => {
  const { run, app, opencode, prompts } = await bed(t, { "a.png": wholePng(4, 4) });
  const { message: read, prompt: post } = opencode;
  let reads = 0;
  opencode.message = (...args) => {
    reads += 1;
    return read(...args);
  };
  opencode.prompt = async (id, directory, one) => {
    await post(id, directory, one);
    const partIds = [one, ...(one.files ?? [])].map(({ partId }) => partId);
    t.equal(partIds.length, 2);
    for (const partId of partIds) {
      const { messageId: messageID } = one;
      app.events.emit("event", partStored({ id: partId, messageID, type: "text" }));
    }
  };
  await run();
  t.equal(reads, 0);
  t.match(await prompts.head("site"), { state: "running", path: "api" });
});

test("after a crash only what opencode lacks of a prompt is posted again", async (t) => {
  const contents = { "a.png": wholePng(4, 4), "b.pdf": smallPdf };
  const { app, agents, opencode, prompt, messages } = await bed(t, contents);
  const agent = (await agents.get("site"))! as Parameters<typeof app.apiPath.deliver>[0];
  const mode = await app.apiPath.modeOf(agent);
  // A server that was killed in between.
  messages.push(prompted(prompt.messageId, "look"));
  await t.rejects(app.apiPath.deliver(agent, prompt, { isFirst: false, mode }), {
    name: "OpencodeUnreachable",
  });
  t.same(names(opencode.posted), ["a.png", "b.pdf"], "it has none of them");
  const [message] = messages;
  const pdf = opencode.posted[1];
  message?.parts.push({ id: pdf?.partId, type: "file" } as SessionMessage["parts"][number]);
  await t.rejects(app.apiPath.deliver(agent, prompt, { isFirst: false, mode }));
  t.same(names(opencode.posted).slice(2), ["a.png"], "the PDF is there");
  const picture = opencode.posted[0];
  message?.parts.push({ id: picture?.partId, type: "file" } as SessionMessage["parts"][number]);
  await app.apiPath.deliver(agent, prompt, { isFirst: false, mode });
  await app.apiPath.post(agent, prompt);
  t.equal(opencode.posted.length, 3, "what it has is posted by its text alone");
});

test("a prompt of which opencode lost files is delivered only with them, unless it was begun on", async (t) => {
  const { run, app, opencode, prompt, prompts, messages, states } = await bed(t, {
    "a.png": wholePng(4, 4),
    "b.pdf": smallPdf,
  });
  opencode.drops = true;
  await t.rejects(run(), { name: "OpencodeUnreachable" });
  opencode.drops = false;
  messages.push(prompted(prompt.messageId, "look"));
  const add = (partId?: string) =>
    messages[0]?.parts.push({ id: partId, type: "file" } as SessionMessage["parts"][number]);
  add(opencode.posted[0]?.partId);
  await t.rejects(run(), { name: "OpencodeUnreachable" }, "the stand-in adds nothing to it");
  t.same(names(opencode.posted).slice(2), ["b.pdf"]);
  t.same(await states(), ["delivering"]);
  const agent = (await app.agents.get("site"))! as Parameters<typeof app.apiPath.deliver>[0];
  const [message] = messages;
  messages.push(answer({ text: "so far" }));
  t.ok(await app.apiPath.isDelivered(agent, (await prompts.head("site"))!, message!));
  messages.pop();
  add(opencode.posted[1]?.partId);
  await run();
  t.same(await states(), ["running"]);
  t.equal(opencode.posted.length, 3);
});

test("a prompt that opencode drops has failed, and its author is told which file it was", async (t) => {
  const { run, app, opencode, states, store } = await bed(t, { "a.png": wholePng(4, 4) });
  opencode.drops = true;
  const prompt = opencode.prompt;
  opencode.prompt = async (...call) => {
    await prompt(...call);
    app.activity.failed("ses_1");
  };
  await run();
  t.same(await states(), ["failed"]);
  t.match(await queuedTexts(store), [
    "Not sent: opencode could not read 📎 a.png. Send it in another format.",
  ]);
});

test("where the error was missed, it is given up after some attempts; an error of something else is none", async (t) => {
  const { run, app, opencode, states, did } = await bed(t, { "a.png": wholePng(4, 4) });
  opencode.drops = true;
  app.activity.failed("ses_1");
  for (let attempt = 1; attempt < 5; attempt++)
    await t.rejects(run(), { name: "OpencodeUnreachable" });
  t.same(await states(), ["delivering"]);
  await run();
  t.same(await states(), ["failed"]);
  t.equal(did.length, 5);
});

test("the operator is told once what the model is not shown", async (t) => {
  const { run, opencode, store, app } = await bed(t, {
    "a.png": wholePng(4, 4),
    "b.pdf": smallPdf,
  });
  const capabilities = { input: { image: false, pdf: true } };
  const deep = { deep: { name: "Deep", capabilities } };
  opencode.providers = async () => [{ id: "other", name: "Stub", models: deep }];
  opencode.drops = true;
  await t.rejects(run());
  await t.rejects(run());
  t.same(names(opencode.posted), ["b.pdf", "b.pdf"]);
  t.same(await queuedTexts(store), [
    "site gets only the path of 📎 a.png: its model does not read such files. /model changes the model.",
  ]);
  t.ok(app);
});
