import { agentMark } from "../buttons/command-buttons.ts";
import type { Update } from "grammy/types";
import { agentNamed } from "../agents/identity.ts";
import { boundAgent } from "../agents/conversations.ts";
import { writtenCommand } from "../chat/message-text.ts";
import { type Inbox, updateEndedSignal } from "../inbox/inbox.ts";
import { fastLane } from "../inbox/lanes.ts";
import type { Store } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import type { BotContext, Command } from "./context.ts";
import type { View } from "./view.ts";

// Presses and fast commands overtake what was written before them, and are overtaken by what is written after
// them. Where it matters which agent the conversation talks to, they wait for each other, but not for long.

/** What waiting for each other needs. */
export interface OrderServices {
  store: Store;
  inbox: Pick<Inbox, "earlier">;
  commands: readonly Command[];
}

// An answer within a second: reading opencode may take 700 ms of it.
const patientMs = 250;
// Nobody sees the words of a prompt any sooner; at a wrong agent they do harm.
const longestMs = 2000;

/** What was sent before a press or a fast command and may change the agent, if that is not done within a moment. */
export function beforeFast(
  services: OrderServices,
  context: BotContext,
): Promise<Update | undefined> {
  const { key } = context.conversation;
  return settled(
    services,
    context,
    key,
    patientMs,
    (one) => connectingOf(services, one) !== undefined,
  );
}

/** The same for what changes the agent itself: a text before it is for the agent of that time. */
export function beforeConnecting(
  services: OrderServices,
  context: BotContext,
): Promise<Update | undefined> {
  return settled(services, context, context.conversation.key, patientMs, () => true);
}

/** Waits for the presses before a text or command: one of them may have changed the agent that it is for. */
export async function afterPresses(services: OrderServices, context: BotContext): Promise<void> {
  const lane = fastLane(context.conversation.key);
  await settled(services, context, lane, longestMs, (one) => one.callback_query !== undefined);
}

/** Asks which agent is meant by a command that names none, and that overtook one that may change the agent. */
export async function askWhom(
  services: OrderServices,
  { conversation }: BotContext,
  command: Command,
  earlier: Update,
): Promise<View> {
  const { name = "", argument = "" } = connectingOf(services, earlier) ?? {};
  const [bound, other] = await services.store.read(async (transaction) => [
    await agentNamed(transaction, await boundAgent(transaction, conversation)),
    await agentNamed(transaction, argument.split(/\s+/)[0] ?? ""),
  ]);
  const meant = [bound, other?.id === bound?.id ? undefined : other];
  const buttons = meant.flatMap((agent) => {
    if (!agent) return [];
    const label = `/${command.name} ${agent.name}`;
    return [[{ label, command: command.name, argument: agentMark, of: agent.id }]];
  });
  return {
    text: texts.bot.whichIsMeant({ command: command.name, earlier: name }),
    asks: true,
    buttons: [...buttons, [{ label: texts.bot.doNot, command: "" }]],
  };
}

function connectingOf({ commands }: Pick<OrderServices, "commands">, { message }: Update) {
  const written = message && writtenCommand(message);
  const isConnecting = commands.some(({ name, connects }) => connects && name === written?.name);
  return isConnecting ? written : undefined;
}

/** The first update of a lane that came before this one, matters and is not ended within the time. */
async function settled(
  { store, inbox }: Pick<OrderServices, "inbox" | "store">,
  { work }: BotContext,
  lane: string,
  withinMs: number,
  matters: (update: Update) => boolean,
): Promise<Update | undefined> {
  const first = async () => (await inbox.earlier(work.updateId, lane)).find(matters);
  if (!(await first())) return undefined;
  const done = new AbortController();
  const { signal } = done;
  const timer = setTimeout(() => done.abort(), withinMs);
  try {
    for (;;) {
      const next = store.next(updateEndedSignal, lane, signal);
      const open = await first();
      if (!open || signal.aborted) return open;
      await next;
    }
  } finally {
    clearTimeout(timer);
    done.abort();
  }
}
