import {
  Agents,
  forgetSession,
  isActive,
  isInSession,
  markStopped,
  startAgent,
} from "../../src/agents/agents.ts";
import {
  Conversations,
  lastConversation,
  useConversation,
} from "../../src/agents/conversations.ts";
import { agentById, agentNamed } from "../../src/agents/identity.ts";
import { revokeAccess } from "../../src/bot/revoke-access.ts";
import { pruneButtons } from "../../src/buttons/buttons.ts";
import { addCard, pruneCards } from "../../src/cards/card-table.ts";
import {
  chatSettings,
  chooseSettings,
  moveSettings,
  setUsualSettings,
} from "../../src/chat-settings/chat-settings.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { pruneUpdates } from "../../src/inbox/inbox.ts";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { pruneOutbox } from "../../src/outbox/prune.ts";
import {
  addPrompt,
  currentPrompt,
  endPrompt,
  markReplied,
  openPrompts,
  Prompts,
  takeBlocked,
} from "../../src/prompts/prompts.ts";
import { prunePrompts } from "../../src/prompts/prune.ts";
import { pruneReactions } from "../../src/prompts/reacted.ts";
import { pruneReplies } from "../../src/replies/replies.ts";
import { probe } from "../../src/store/probe.ts";
import { addSetting, Settings, takeSettings } from "../../src/store/settings.ts";
import { sessionMark, setSessionMark } from "../../src/turns/session-marks.ts";
import type { Store, Transaction } from "../../src/store/store.ts";
import { tasksDone } from "./tasks-life.ts";
import { backlogAnswers } from "./backlog-life.ts";
import { buttonsAnswer } from "./buttons-life.ts";
import { change } from "./memory.ts";
import { isAsked } from "../../src/prompts/asked.ts";
import { liveAnswers } from "./live-life.ts";
import { addMessage, joinMessage } from "../../src/prompts/messages.ts";
import { messagesAnswer } from "./messages-life.ts";
import { newMessage, newPrompt } from "./prompts.ts";
import { flatTree, giveSession } from "./session.ts";
import { uploadsAnswer } from "./uploads-life.ts";
import { sessionsAnswer } from "./agents-life.ts";
import { inboxAnswers } from "./inbox-life.ts";
import { allowedChats, later, outboxAnswers } from "./outbox-life.ts";
import { voiceAnswers } from "./voice-life.ts";
import { queueAnswers } from "./queue-life.ts";

/** What agents and conversations answer in the course of one life. */
async function agentsAnswer(store: Store): Promise<unknown[]> {
  const agents = new Agents(store, flatTree);
  const site = { name: "site", directory: "/srv", yolo: true };
  const write = <Result>(work: (transaction: Transaction) => Promise<Result>) => store.write(work);
  const answers: unknown[] = [
    await write((transaction) => startAgent(transaction, site)),
    await write((transaction) => startAgent(transaction, site)),
  ];
  await giveSession(agents, "site", "ses_1");
  answers.push(
    await write((transaction) => isInSession(transaction, "site", "ses_1")),
    await write((transaction) => forgetSession(transaction, "site", "ses_1")),
    (await agents.ofSession("ses_1"))?.name,
  );
  await giveSession(agents, "site", "ses_2");
  await write((transaction) => markStopped(transaction, "site"));
  answers.push(
    await write((transaction) => isActive(transaction, "site")),
    (await agents.unsettled()).map(({ name, sessionToEnd }) => [name, sessionToEnd]),
  );
  await write((transaction) => startAgent(transaction, site));
  await giveSession(agents, "site", "ses_left");
  await write((transaction) => markStopped(transaction, "site"));
  await agents.sessionEnded("site", "ses_left");
  answers.push((await agents.get("site"))?.sessionToEnd);
  await agents.sessionEnded("site", "ses_2");
  answers.push(await write((transaction) => startAgent(transaction, site)));
  await giveSession(agents, "site", "ses_3");
  const { id = "" } = (await agents.get("site")) ?? {};
  answers.push(
    (await agents.byId(id))?.name,
    (await store.read((transaction) => agentById(transaction, id)))?.name,
    (await store.read((transaction) => agentNamed(transaction, "site")))?.id === id,
  );
  answers.push(
    await agents.speakerOf(id),
    (await agents.issueToken("site", "ses_3")) === (await agents.speakerOf(id))?.token,
    await agents.issueToken("site", "ses_1"),
  );
  answers.push((await agents.active()).map(({ name, sessionId, yolo }) => [name, sessionId, yolo]));

  await write((transaction) => useConversation(transaction, conversation(-100, 5), "site"));
  await write((transaction) => useConversation(transaction, conversation(-100, 5)));
  const last = (agent?: string) =>
    store.read((transaction) => lastConversation(transaction, agent, allowedChats));
  answers.push(
    await new Conversations(store).agentOf(conversation(-100, 5)),
    await new Conversations(store).agentOf(conversation(7)),
    await last("site"),
    await last("nobody"),
    await last(),
  );
  return answers;
}

/** What prompts answer on their way through the states. */
async function promptsAnswer(store: Store): Promise<unknown[]> {
  const prompts = new Prompts(store);
  for (const id of [1, 1, 2, 3]) {
    await store.write((transaction) =>
      addPrompt(transaction, newPrompt(id, { conversation: "-100:5" })),
    );
  }
  const receiveUntil = Date.now() + 60_000;
  const place = { conversation: "-100:5", takenAt: receiveUntil - 60_000, waitMs: 60_000 };
  const part = newMessage(4, {}, place);
  await store.write((transaction) => addMessage(transaction, part));
  const join = newMessage(5, { kind: "forward", text: "and this" }, place);
  const joined = await store.write((transaction) => joinMessage(transaction, join));
  const lastText = async () => (await prompts.written("site", undefined, 1))[0]?.text;
  const isKept = [joined, await lastText()];
  await change(store, "UPDATE prompts SET receive_until = 1 WHERE receive_until IS NOT NULL");
  const received = (await prompts.written("site", undefined, 1))[0]!;
  await prompts.endReceiving(received.id, received.receiveUntil ?? 0);
  await store.write((transaction) => endPrompt(transaction, received.id, "cancelled"));
  const answers: unknown[] = [
    isKept,
    await prompts.counts("site"),
    (await store.write((transaction) => takeBlocked(transaction, "site"))).length,
    (await store.write((transaction) => takeBlocked(transaction, "site"))).length,
  ];
  const first = (await prompts.head("site"))!;
  answers.push(
    await prompts.attempt(first, { path: "tmux", sessionId: "ses_0", afterMessageId: undefined }),
    await prompts.attempt(first, { path: "tmux", sessionId: "ses_3", afterMessageId: "msg_0" }),
    await prompts.markSubmitted(first.id),
    await prompts.delivered(first.id, "msg_1"),
  );
  await store.write((transaction) => markReplied(transaction, first.id, "said"));
  const current = await store.read((transaction) => currentPrompt(transaction, "site"));
  answers.push(
    [
      current?.messageId,
      current?.replied,
      current?.lastReply?.text,
      current?.isSubmitted,
      current?.state,
    ],
    await prompts.counts("site"),
    await queueAnswers(store),
    (await prompts.written("site", undefined, 2)).map(({ text }) => text),
    (await prompts.written("site", first.id, 1)).map(({ text }) => text),
    (await store.read((transaction) => openPrompts(transaction, "site"))).map(({ text }) => text),
    await store.read((transaction) => isAsked(transaction, "site", ["msg_0", "msg_1"])),
    await store.read((transaction) => isAsked(transaction, "site", ["msg_0"])),
  );
  for (const messageId of [undefined, "msg_1"]) {
    const mark = { sessionId: "ses_3", messageId };
    await store.write((transaction) => setSessionMark(transaction, "site", mark));
    answers.push(
      await store.read((transaction) => sessionMark(transaction, "site", "ses_3")),
      await store.read((transaction) => sessionMark(transaction, "site", "ses_4")),
    );
  }
  return answers;
}

/** What is left when everything has ended, was taken away or is pruned. */
async function leftovers(store: Store): Promise<unknown[]> {
  const call = { lane: "3000", method: "sendMessage", payload: { chat_id: 3000, text: "x" } };
  await store.write((transaction) => enqueue(transaction, call));
  await store.write((transaction) =>
    addPrompt(transaction, newPrompt(9, { operator: 5, agent: "other" })),
  );
  const card = { agent: "other", conversation: "3000", operator: undefined, context: {} };
  const request = { id: "que_9", sessionID: "ses_9", questions: [] };
  const decision = { kind: "question", id: "que_9", request } as const;
  await store.write((transaction) => addCard(transaction, { ...card, decision }));
  const answers: unknown[] = [await revokeAccess(store, { chats: allowedChats, users: [1000] })];
  await store.write(async (transaction) => {
    for (const { id } of await openPrompts(transaction, "site")) {
      await endPrompt(transaction, id, "done");
    }
  });
  await new Settings(store).set("a_b", "1");
  await new Settings(store).set("a_b", "2");
  await probe(store);
  answers.push(
    await store.write((transaction) => addSetting(transaction, "a_b", "3")),
    await store.write((transaction) => addSetting(transaction, "axb", "4")),
    await new Settings(store).get("a_b"),
    await store.write((transaction) => takeSettings(transaction, "a_")),
  );
  const steps = [pruneCards, pruneButtons, pruneUpdates, prunePrompts, pruneReactions, pruneOutbox];
  for (const step of [...steps, pruneReplies]) {
    answers.push(await store.write((transaction) => step(transaction, later() + 1000, 2)));
  }
  return answers;
}

/** What is chosen for conversations. */
async function settingsAnswer(store: Store): Promise<unknown[]> {
  const of = (chatId: number) =>
    store.read((transaction) => chatSettings(transaction, conversation(chatId)));
  const answers: unknown[] = [await of(-100)];
  await store.write(async (transaction) => {
    await setUsualSettings(transaction, { format: "auto", verbosity: "quiet" });
    await chooseSettings(transaction, conversation(-100), { drafts: false });
    await chooseSettings(transaction, conversation(-100), { format: "rich" });
    await moveSettings(transaction, "-100", "-200");
  });
  return [...answers, await of(-100), await of(-200)];
}

/** A life of the store, as every owner of a table sees it. */
export async function life(store: Store): Promise<unknown[][]> {
  return [
    await agentsAnswer(store),
    await inboxAnswers(store),
    await promptsAnswer(store),
    await messagesAnswer(store),
    await uploadsAnswer(store),
    await liveAnswers(store),
    await buttonsAnswer(store),
    await tasksDone(store),
    await outboxAnswers(store),
    await backlogAnswers(store),
    await leftovers(store),
    await sessionsAnswer(store),
    await settingsAnswer(store),
    await voiceAnswers(store),
  ];
}
