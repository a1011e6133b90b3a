import { type Test, test } from "tap";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { change, outboxRows, queuedTexts, rows } from "../support/memory.ts";
import { reconciling } from "../support/reconciling.ts";
import { answer } from "../support/session.ts";

/** How the first turn of a prompt with a file of this type ends. */
async function ended(t: Test, mime: string, statusCode: number, before: SessionMessage[] = []) {
  const site = await reconciling(t);
  const { write, run, messages, store, prompts } = site;
  await write("look");
  await run();
  await change(store, "UPDATE prompts SET label = '📎 a.pdf'");
  const { messageId } = (await prompts.head("site"))!;
  messages.at(-1)?.parts.push({ type: "file", mime } as SessionMessage["parts"][number]);
  const failed = answer({ error: "APIError" });
  Object.assign(failed.info, { error: { name: "APIError", data: { statusCode } } });
  messages.push(...before, failed);
  await run();
  return { ...site, messageId, said: (await queuedTexts(store)).join("\n") };
}

const usual = /^site failed: the model's provider reported an error/;

test("a PDF that the model's provider refuses is told, with a button that undoes its message", async (t) => {
  const { said, store, messageId } = await ended(t, "application/pdf", 400);
  t.match(said, /^The provider of site's model refused your message, most likely for its PDF/);
  const [button] = await rows<{ action: string; outbox_id: number }>(
    store,
    "SELECT * FROM buttons",
  );
  t.match(JSON.parse(button?.action ?? "{}"), { command: "undo", data: messageId });
  const call = (await outboxRows(store)).find(({ id }) => id === button?.outbox_id);
  t.match(call?.payload, {
    reply_markup: { inline_keyboard: [[{ text: "Undo the message" }]] },
  });
});

test("a failure that is not of its PDF is told as such", async (t) => {
  t.match((await ended(t, "application/pdf", 500)).said, usual, "the provider fails");
  t.match((await ended(t, "application/pdf", 401)).said, usual, "the login");
  t.match((await ended(t, "image/png", 400)).said, usual, "a picture");
  const step = answer({ tool: "ls", finish: "tool-calls" });
  step.parts.push({ type: "step-finish" } as SessionMessage["parts"][number]);
  t.match((await ended(t, "application/pdf", 400, [step])).said, usual, "it was taken before");
});
