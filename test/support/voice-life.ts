import { chooseSettings } from "../../src/chat-settings/chat-settings.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { fillPlace, keepPlace } from "../../src/prompts/place.ts";
import { cancelPrompts } from "../../src/prompts/prompts.ts";
import { setReactions } from "../../src/prompts/reacted.ts";
import type { Store } from "../../src/store/store.ts";
import {
  addTranscript,
  answeredTranscript,
  changeAround,
  dropTranscripts,
  endTranscript,
  markShown,
  moveTranscripts,
  pruneTranscripts,
  recordMessage,
  takeTranscripts,
  transcriptOf,
} from "../../src/transcripts/transcript-table.ts";
import { endOutage, noteOutage } from "../../src/voice/outages.ts";
import { dropReadings, moveReadings, readAloud, takeToRead } from "../../src/voice/read-aloud.ts";

import { newPrompt } from "./prompts.ts";

const here = conversation(-7);

/** What becomes of voice messages, and of answers that are read aloud. */
export async function voiceAnswers(store: Store): Promise<unknown[]> {
  return [await places(store), await transcribed(store), await read(store), await outages(store)];
}

async function places(store: Store): Promise<unknown[]> {
  const place = newPrompt(801, { conversation: here.key });
  const recording = { media: "voice", fileId: "f", original: "voice.ogg", size: 9 } as const;
  return store.write(async (transaction) => {
    // Its note goes along with what is said next.
    await setReactions(transaction, {
      conversation: here.key,
      messageId: 4,
      operator: 1000,
      before: [],
      now: ["👍"],
      agent: place.agent,
      session: undefined,
      text: "words",
      at: 1,
    });
    await keepPlace(transaction, place, recording);
    const filled = [];
    for (const updateId of [801, 801, 802]) {
      filled.push(await fillPlace(transaction, updateId, { text: "said", files: [recording] }));
    }
    await cancelPrompts(transaction, place.agent);
    return filled;
  });
}

async function transcribed(store: Store): Promise<unknown[]> {
  const file = { media: "voice", fileId: "f", original: "voice.ogg", size: 9 } as const;
  const recording = { file, seconds: 2 };
  const around = { before: "", isForwarded: false, without: "" };
  const said = {
    conversation: here,
    operator: 1000,
    chatMessageId: 3,
    recording,
    around,
    sentAt: 5,
  };
  for (const updateId of [901, 901, 902]) {
    await store.write((transaction) => addTranscript(transaction, { ...said, updateId }));
  }
  const [first] = await takeTranscripts(store, new Set());
  const id = first?.id ?? 0;
  const none = await takeTranscripts(store, new Set([here.key]));
  const marked = await store.write(async (transaction) => {
    await recordMessage(transaction, id, 1, "shown");
    await recordMessage(transaction, id, 2, "asked");
    return [
      await markShown(transaction, id, "words"),
      await markShown(transaction, id, "words"),
      await answeredTranscript(transaction, here, { operator: 1000, messageId: -1 }),
      await changeAround(transaction, here, 3, { ...around, before: "look" }),
      await endTranscript(transaction, id, "sent"),
      await endTranscript(transaction, id, "sent"),
      (await transcriptOf(transaction, id))?.state,
    ];
  });
  const left = await store.write(async (transaction) => {
    await moveTranscripts(transaction, "-7", "-8");
    const dropped = await dropTranscripts(transaction, ({ lane }) => lane === "-8");
    return [dropped, await pruneTranscripts(transaction, Date.now() + 1, 9)];
  });
  return [first?.updateId, first?.recording, none.length, marked, left];
}

async function read(store: Store): Promise<unknown[]> {
  const speech = { agent: "site", session: "ses_1" };
  const messages = [{ text: "Done.", entities: [] }];
  await store.write(async (transaction) => {
    await chooseSettings(transaction, here, { voice: true });
    const call = { lane: here.key, method: "sendMessage", payload: { chat_id: -7, text: "x" } };
    const outboxId = await enqueue(transaction, call);
    for (const id of [outboxId, 0]) {
      await readAloud(transaction, here, { messages, speech, outboxId: id });
    }
    await transaction.run(
      "UPDATE outbox SET state = 'sent', message_id = 9 WHERE id = ?",
      outboxId,
    );
  });
  const [first] = await takeToRead(store, new Set());
  await store.write(async (transaction) => {
    await moveReadings(transaction, "-7", "-8");
    await dropReadings(transaction, (chatId) => chatId === -8);
  });
  return [first?.words, first?.speech, (await takeToRead(store, new Set())).length];
}

async function outages(store: Store): Promise<unknown[]> {
  return store.write(async (transaction) => {
    const noted = [
      await noteOutage(transaction, "hearing", here.key),
      await noteOutage(transaction, "hearing", here.key),
    ];
    await endOutage(transaction, "hearing");
    return [...noted, await noteOutage(transaction, "hearing", here.key)];
  });
}
