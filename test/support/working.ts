import type { Test } from "tap";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { sendNow, wantAbort } from "../../src/prompts/queue.ts";
import { reconciling } from "./reconciling.ts";
import { answer } from "./session.ts";

/** The answer of opencode to one of its messages, made at the moment it is given. */
export function answerTo(id: string, fields: Parameters<typeof answer>[0], n = 0): SessionMessage {
  const message = answer(fields);
  const time = {
    created: Date.now(),
    ...(fields.completed !== false && { completed: Date.now() }),
  };
  return { ...message, info: { ...message.info, id: `${id}_a${n}`, parentID: id, time } as never };
}

/** Agent `site` in a turn on the prompt `one`, with others behind it; an abort ends what is unfinished. */
export async function working(t: Test, ...others: string[]) {
  const site = await reconciling(t);
  const { write, run, sessions, messages, prompts, store, opencode, did } = site;
  await write("one");
  await run();
  for (const text of others) await write(text);
  sessions.now.busy = true;
  const lead = (await prompts.head("site"))!;
  messages.push(answerTo(lead.messageId, { completed: false }));
  opencode.abort = async () => {
    did.push("aborted");
    sessions.now.busy = false;
    const last = messages.findLast(({ info }) => info.role === "assistant")!;
    const error = { name: "MessageAbortedError", data: {} };
    Object.assign(last.info, { error, time: { created: 1, completed: Date.now() } });
  };
  const idOf = async (text: string) =>
    (await prompts.written("site", 0, 99)).find((one) => one.text === text)!;
  const now = async (text: string) => {
    const { id } = await idOf(text);
    return store.write((transaction) => sendNow(transaction, id));
  };
  const abort = () => store.write((transaction) => wantAbort(transaction, "site"));
  /** The last step is done, and the model is asked again with what `id` says. */
  const goesOn = (id: string, text: string) => {
    const step = messages.find((message) => message.info.id === `${lead.messageId}_a0`)!;
    Object.assign(step.info, { finish: "tool-calls", time: { created: 1, completed: 2 } });
    messages.push(answerTo(id, { text }));
    sessions.now.busy = false;
  };
  return { ...site, lead, idOf, now, abort, goesOn };
}
