import leven from "leven";
import {
  type Agent,
  type Agents,
  isAgentName,
  serverSession,
  type StartedAgent,
} from "../agents/agents.ts";
import type { Conversations } from "../agents/conversations.ts";
import { texts } from "../texts/texts.ts";
import { offerAgain } from "./again.ts";
import {
  agentButton,
  listButton,
  type MaybeNew,
  type Named,
  startButton,
} from "./agent-buttons.ts";
import { type BotContext, show } from "./context.ts";
import { quoted } from "./quoted.ts";
import type { View, ViewButton } from "./view.ts";

/** What finding the agent that a command means needs. */
export interface AgentArgumentServices {
  agents: Agents;
  conversations: Conversations;
}

const mostSuggestions = 3;
const longestName = 40;

/** The agent that the conversation talks to, or talked to when this was written. */
export async function talkedTo(
  { conversation, talksTo }: Pick<BotContext, "conversation" | "talksTo">,
  conversations: Pick<Conversations, "agentOf">,
): Promise<string> {
  return talksTo ?? conversations.agentOf(conversation);
}

/**
 * The agent that a command names, stopped ones included, else the one of the conversation. Where there is
 * none of that name, the operator is told which names are like it, and undefined is returned.
 */
export async function agentArgument(
  context: BotContext,
  { agents, conversations }: AgentArgumentServices,
  command: string,
  argument: string,
): Promise<Agent | undefined> {
  const name = argument || (await talkedTo(context, conversations));
  const agent = await agents.get(name);
  if (agent) return agent;
  show(context, notRunning(name, command, await agents.active()));
  return undefined;
}

/**
 * The agent of the conversation with its session. Where it is stopped or has no session yet, the operator
 * is told, and undefined is returned.
 */
export async function startedAgent(
  context: BotContext,
  { agents, conversations }: AgentArgumentServices,
): Promise<StartedAgent | undefined> {
  const name = await talkedTo(context, conversations);
  const agent = await agents.get(name);
  if (agent?.state !== "active") {
    sayStopped(context, agent ?? { name });
    return undefined;
  }
  if (agent.sessionId === undefined) {
    offerAgain(context, texts.bot.noSessionYet({ agent: name }), { agent });
    return undefined;
  }
  return { ...agent, sessionId: agent.sessionId };
}

/** Says that an agent is stopped, with a button that starts it. */
export function sayStopped(context: BotContext, agent: MaybeNew): void {
  show(context, stoppedView(agent));
}

/** The same for an effect that only knows it in its transaction. */
export function stoppedView(agent: MaybeNew): View {
  const text = texts.bot.stoppedAgent({ agent: agent.name });
  return { text, buttons: [[startButton(agent)]] };
}

/** What to answer when no agent of that name runs: buttons for those whose names are like it, else for all. */
export function notRunning(name: string, command: string, running: readonly Named[]): View {
  const names = similarNames(
    name,
    running.map((agent) => agent.name),
  );
  const shown = quoted(name);
  if (names.length === 0) {
    return { text: texts.bot.notRunning({ name: shown }), buttons: [[listButton]] };
  }
  const similar = names.flatMap((one) => running.find((agent) => agent.name === one) ?? []);
  return {
    text: texts.bot.didYouMean({ name: shown, similar: names.join(", ") }),
    buttons: agentButtons(command, similar),
  };
}

/** Why a name cannot be an agent's, for its operator; undefined when it can. */
export function nameFault(name: string): string | undefined {
  if (name === serverSession) return texts.sessions.nameReserved({ name });
  return isAgentName(name) ? undefined : texts.sessions.nameRule;
}

/** A button for each of these agents that runs a command with its name; one a row. */
export function agentButtons(command: string, agents: readonly Named[]): ViewButton[][] {
  return agents.map((agent) => [agentButton(agent.name, command, agent)]);
}

/** The names that are like a wrong one: part of it or it of them, or a few letters apart. */
export function similarNames(wrong: string, names: readonly string[]): string[] {
  const low = wrong.toLowerCase();
  if (low === "" || low.length > 2 * longestName) return [];
  const distance = (name: string) => {
    const other = name.toLowerCase();
    return other.includes(low) || low.includes(other) ? 0 : leven(low, other);
  };
  return names
    .map((name) => ({ name, far: distance(name) }))
    .filter(({ far }) => far <= Math.max(1, Math.floor(low.length / 3)))
    .toSorted((a, b) => a.far - b.far)
    .slice(0, mostSuggestions)
    .map(({ name }) => name);
}
