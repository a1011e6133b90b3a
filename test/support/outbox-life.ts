import { Agents } from "../../src/agents/agents.ts";
import { moveConversation } from "../../src/agents/conversations.ts";
import { moveButtons } from "../../src/buttons/buttons.ts";
import { moveCards } from "../../src/cards/card-table.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { moveCalls, retryNow } from "../../src/outbox/chats.ts";
import { keepPart } from "../../src/outbox/kept-parts.ts";
import { KeptFiles } from "../../src/outbox/kept-files.ts";
import type { OutboxMessage } from "../../src/outbox/message.ts";
import { say } from "../../src/outbox/say.ts";
import { dropReplies, putAside, requireRoom } from "../../src/outbox/share.ts";
import { Outbox } from "../../src/outbox/outbox.ts";
import { CallPrompts } from "../../src/prompts/call-prompts.ts";
import { Destinations } from "../../src/prompts/destination.ts";
import { movePrompts } from "../../src/prompts/rename.ts";
import { introduce } from "../../src/replies/introduce.ts";
import { Replies } from "../../src/replies/replies.ts";
import type { Store } from "../../src/store/store.ts";
import { outboxRows } from "./memory.ts";
import { openGate } from "./sending.ts";
import { flatTree, prompted } from "./session.ts";

/** The chats of the settings. */
export const allowedChats = [1000, -100];
/** A moment that has not passed. */
export const later = () => Date.now() + 1;

/** The prompt of every call is the one that message msg_1 was. */
export function callPromptsOf(store: Store): CallPrompts {
  return new CallPrompts(store, {
    async *beginnings() {
      yield prompted("msg_1");
    },
    async *behindTask() {},
  });
}

/** What the outbox and the replies in it answer. */
export async function outboxAnswers(store: Store): Promise<unknown[]> {
  const outbox = new Outbox(store, introduce);
  const destinations = new Destinations(allowedChats);
  const callPrompts = callPromptsOf(store);
  const agents = new Agents(store, flatTree);
  const files = new KeptFiles("/data/outgoing");
  const replies = new Replies({ store, agents, destinations, callPrompts, files });
  const file = { path: "/data/outgoing/1", name: "a.txt", bytes: 7 };
  const reply = {
    text: "hello",
    files: [file],
    silent: false,
    digest: "d",
    isProgram: false,
    session: "ses_3",
    call: "call_1",
  };
  const first = await replies.accept("site", { ...reply, idempotencyKey: "key-1" });
  const again = await replies.accept("site", { ...reply, idempotencyKey: "key-1" });
  const answers: unknown[] = [first.isNew, again.isNew, first.id === again.id];
  answers.push(await outbox.neededFiles(), await outbox.waiting());
  const sent: unknown[] = [];
  for (let round = 0; round < 40; round += 1) {
    // Reactions come a moment later, which no database may take longer for.
    await outbox.clockWasSetBack();
    const taken = await outbox.take(new Set(), openGate);
    for (const message of taken) {
      const { method, payload, attempts, possibleDuplicate } = message;
      sent.push([method, payload["text"] ?? payload["message_id"], attempts, possibleDuplicate]);
      if (method === "sendDocument" && attempts === 1)
        await outbox.putBack(message, "uncertain", 0, message);
      else if (method === "setMessageReaction") await outbox.failed(message);
      else {
        await keepPart(store, message, { messageId: message.id, album: [message.id] });
        await outbox.sent(message, message.id);
      }
    }
  }
  answers.push(await callPrompts.onlyConversation("site"));
  await store.write(async (transaction) => {
    await say(transaction, conversation(-100), "later", {
      kind: "reply",
      agent: "site",
      replyId: "r",
    });
    await requireRoom(transaction, "site", 1);
    const waiting = { id: 1, lane: "-100", replyId: "r" } as OutboxMessage;
    answers.push(await putAside(transaction, waiting), await putAside(transaction, waiting));
    await retryNow(transaction, "-100");
    await moveCalls(transaction, -100, -200);
    await moveConversation(transaction, -100, -200);
    await movePrompts(transaction, "-100", "-200");
    await moveCards(transaction, "-100", "-200");
    await moveButtons(transaction, "-100", "-200");
    answers.push(await dropReplies(transaction, "site"));
  });
  answers.push((await outboxRows(store)).at(-1)?.lane);
  await outbox.clockWasSetBack();
  answers.push(sent, await outbox.nextDue(new Set(), openGate));
  answers.push((await outbox.replyState(first.id)).state);
  return answers;
}
