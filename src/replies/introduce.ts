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

/**
 * What the button of an agent that spoke gives to `talk_to`: its session, else its id, and its name for the
 * answer.
 */
export function talkToArgument({ session, id = "", agent }: Spoke): string {
  return `${session ?? `${noSession}${id}`} ${agent}`;
}

/** The agent that such an argument means. */
export function talkToOf(argument: string): Spoke {
  const [session = "", agent = ""] = argument.split(" ");
  if (!session.startsWith(noSession)) return { agent, session };
  return { agent, session: undefined, id: session.slice(noSession.length) || undefined };
}

type Spoke = Pick<Speech, "agent" | "id" | "session">;

// No session is called so.
const noSession = "-";

/**
 * Names an agent that the conversation is not bound to, with a button to talk to it. What counts is the
 * session: after `/rename` it is still the same agent, and a new one of its name is another.
 */
export const introduce: Introduce = async (transaction, { id, conversation, speech }) => {
  const { name, isSame } = await speakerNow(transaction, speech);
  const { isNamed, namesAgent } = speech;
  const isRenamed = name !== speech.agent;
  const isBound = isSame && (await boundAgent(transaction, { key: conversation })) === name;
  // Words that name it as it was called could be another's by now.
  if (isBound && !(isRenamed && (isNamed || namesAgent))) return undefined;
  if (!isSame) return { head: `${speakerMark} ${texts.replies.earlier({ agent: name })}` };
  const button =
    speech.isLast && !isBound
      ? await switchButton(transaction, { id, conversation, name, speech })
      : undefined;
  if (isNamed && !isRenamed) return { head: undefined, button };
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
  { id, conversation, name, speech: { session, id: agentId, operator } }: Shown,
): Promise<Introduction["button"]> {
  const set = switchSet(id);
  const text = texts.bot.switchTo({ agent: name });
  // An attempt before may have been shown after all.
  const [before] = await keysOf(transaction, set);
  if (before !== undefined) return { text, callback_data: before };
  const argument = talkToArgument({ session, id: agentId, agent: name });
  const action: CommandAction = { command: talkTo, argument };
  const button = { ...set, action, conversation, operator, once: false };
  const key = await addButton(transaction, button);
  await bindButtons(transaction, set, id);
  return { text, callback_data: key };
}
