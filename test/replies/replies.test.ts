import { test, type Test } from "tap";
import { useConversation } from "../../src/agents/conversations.ts";
import { conversation } from "../../src/chat/conversation.ts";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { addPrompt, currentPrompt, endPrompt } from "../../src/prompts/prompts.ts";
import { Refusal } from "../../src/errors.ts";
import { graph } from "../support/graph.ts";
import { outboxRows } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";
import { prompted, startWith } from "../support/session.ts";

/** Agent `site`, which worked for a private chat and now works for a group. */
async function twoChats(t: Test) {
  const { app, store, opencode } = await graph(t, {
    env: { TELEGRAM_ALLOWED_CHAT_ID: "1000,-100", TELEGRAM_ALLOWED_USER_ID: "1000" },
  });
  await startWith(store, "site", "ses_1");
  const run = async (updateId: number, chat: number) => {
    const { key } = conversation(chat);
    await store.write(async (transaction) => {
      await useConversation(transaction, conversation(chat), "site");
      await addPrompt(transaction, newPrompt(updateId, { conversation: key }));
    });
    const prompt = (await app.prompts.head("site"))!;
    await app.prompts.attempt(prompt, { path: "api", sessionId: "ses_1" });
    opencode.stored.push(prompted(prompt.messageId), calling(prompt.messageId, `call_${updateId}`));
    return prompt;
  };
  const first = await run(1, 1000);
  await store.write((transaction) => endPrompt(transaction, first.id, "done"));
  await run(2, -100);
  const say = async (text: string, fields: object) => {
    const reply = {
      text,
      files: [],
      silent: false,
      idempotencyKey: undefined,
      digest: "d",
      isProgram: false,
    };
    const about = { session: undefined, call: undefined, ...fields };
    await app.replies.accept("site", { ...reply, ...about });
    return (await outboxRows(store)).at(-1)?.lane;
  };
  return { app, store, say };
}

function calling(parentID: string, callID: string): SessionMessage {
  const part = { id: "prt", type: "tool", tool: "bash", callID, state: { status: "running" } };
  const info = { id: `msg_${callID}`, role: "assistant", parentID, time: { created: 1 } };
  return { info, parts: [part] } as unknown as SessionMessage;
}

test("words go to the chat in whose turn their call began, while another chat's turn runs", async (t) => {
  const { app, say } = await twoChats(t);
  const late = { session: "ses_1", call: "call_1" };
  t.equal(await say("the job of the private chat", late), "1000");
  t.match(await app.prompts.head("site"), { replied: false }, "the group's turn has not spoken");
  t.equal(await say("to the group", { session: "ses_1", call: "call_2" }), "-100");
  t.match(await app.prompts.head("site"), { replied: true, lastReply: { text: "to the group" } });
  t.equal(await say("of no turn", {}), "-100", "the conversation used last");
});

test("a subagent's words count for no turn", async (t) => {
  const { app, say } = await twoChats(t);
  app.opencode.session = async (id) => ({ id, parentID: id === "ses_sub" ? "ses_1" : undefined });
  await say("3 of 9 files", { session: "ses_sub", call: "call_sub" });
  t.match(await app.prompts.head("site"), { replied: false });
});

test("words of an agent that is renamed at the same moment go to no other chat", async (t) => {
  const { app, store, say } = await twoChats(t);
  const { id = 0 } = (await app.prompts.head("site")) ?? {};
  await store.write(async (transaction) => {
    await endPrompt(transaction, id, "done");
    await useConversation(transaction, conversation(1000), "site");
    await useConversation(transaction, conversation(-100), "other");
    await app.lifecycle.rename(transaction, "site", "shop");
  });
  await t.rejects(
    say("of no turn", {}),
    new Refusal(503, "The agent was renamed at the same moment. Send it again."),
  );
});

test("words of an agent whose name another one has by then are not that one's", async (t) => {
  const { app, store } = await twoChats(t);
  await store.write(async (transaction) => {
    const { id = 0 } = (await currentPrompt(transaction, "site")) ?? {};
    await endPrompt(transaction, id, "done");
  });
  const site = await app.replies.speaker({ kind: "program" }, { agent: "site" });
  await store.write(async (transaction) => {
    await app.lifecycle.rename(transaction, "site", "shop");
    await app.lifecycle.start(transaction, "site");
  });
  const about = { session: undefined, call: undefined, idempotencyKey: undefined, digest: "d" };
  const reply = { text: "late", files: [], silent: false, isProgram: true, ...about };
  await t.rejects(
    app.replies.accept(site?.name, { ...reply, speakerId: site?.id }),
    new Refusal(503, "The agent was renamed at the same moment. Send it again."),
  );
  const shop = await app.replies.speaker({ kind: "program" }, { agent: "shop" });
  t.equal(shop?.id, site?.id);
  t.ok((await app.replies.accept(shop?.name, { ...reply, speakerId: shop?.id })).isNew);
});
