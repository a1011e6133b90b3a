import type { Conversation } from "../chat/conversation.ts";
import { splitText } from "../chat/split.ts";
import type { Transaction } from "../store/store.ts";
import { say, type SayOptions } from "./say.ts";
import { sayRich } from "./say-rich.ts";

/** Adds what an agent says to the outbox, as a rich message or as classic ones. */
export async function sayAnswer(
  transaction: Transaction,
  conversation: Conversation,
  markdown: string,
  given: Omit<SayOptions, "kind"> = {},
): Promise<void> {
  const options = { ...given, kind: "reply" as const };
  const parts = splitText(markdown).map((text) => ({ text, entities: [] }));
  if (await sayRich(transaction, conversation, { markdown, parts }, options)) return;
  await say(transaction, conversation, markdown, options);
}
