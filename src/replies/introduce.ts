import { boundAgent } from "../agents/conversations.ts";
import { speakerNow } from "../agents/speaker.ts";
import { addButton, bindButtons, type ButtonSet, keysOf } from "../buttons/buttons.ts";
import { type CommandAction, commandPurpose } from "../buttons/command-buttons.ts";
import { speakerMark } from "../chat/speaker-mark.ts";
import type { Introduce, Introduction, Speech } from "../outbox/speech.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";

/** The hidden command that binds a conversation to the agent of a session; see `talkToArgument`. */
export const talkTo = "talk_to";

/** What the button of an agent that spoke gives to `talk_to`: its session, and its name for the answer. */
export function talkToArgument(session: string | undefined, agent: string): string {
  return `${session ?? noSession} ${agent}`;
}

/** The agent that such an argument means. */
export function talkToOf(argument: string): Pick<Speech, "agent" | "session"> {
  const [session, agent = ""] = argument.split(" ");
  return { agent, session: session === noSession ? undefined : session };
}

const noSession = "-";

/**
 * Names an agent that the conversation is not bound to, with a button to talk to it. What counts is the
 * session: after `/rename` it is still the same agent, and a new one of its name is another.
 */
export const introduce: Introduce = async (transaction, { id, conversation, speech }) => {
  const { name, isSame } = await speakerNow(transaction, speech);
  if (isSame && (await boundAgent(transaction, { key: conversation })) === name) return undefined;
  if (!isSame) return { head: `${speakerMark} ${texts.replies.earlier({ agent: name })}` };
  const button = speech.isLast
    ? await switchButton(transaction, { id, conversation, name, speech })
    : undefined;
  return { head: `${speakerMark} ${texts.replies.speaker({ agent: name })}`, button };
};

/** What the button for switching is stored under that the message of a call shows. */
export function switchSet(outboxId: number): ButtonSet {
  return { purpose: commandPurpose, subject: `switch ${outboxId}` };
}

interface Shown {
  id: number;
  conversation: string;
  name: string;
  speech: Speech;
}

async function switchButton(
  transaction: Transaction,
  { id, conversation, name, speech: { session, operator } }: Shown,
): Promise<Introduction["button"]> {
  const set = switchSet(id);
  const text = texts.bot.switchTo({ agent: name });
  // An attempt before may have been shown after all.
  const [before] = await keysOf(transaction, set);
  if (before !== undefined) return { text, callback_data: before };
  const action: CommandAction = { command: talkTo, argument: talkToArgument(session, name) };
  const button = { ...set, action, conversation, operator, once: false };
  const key = await addButton(transaction, button);
  await bindButtons(transaction, set, id);
  return { text, callback_data: key };
}
