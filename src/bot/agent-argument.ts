import leven from "leven";
import type { Agent, Agents } from "../agents/agents.ts";
import type { Conversations } from "../agents/conversations.ts";
import { shortened } from "../chat/formatted-text.ts";
import type { BotContext } from "./context.ts";
import { show, type ViewButton } from "./view.ts";

/** What finding the agent that a command means needs. */
export interface AgentArgumentServices {
  agents: Agents;
  conversations: Conversations;
}

const mostSuggestions = 3;
const mostButtons = 30;

/**
 * The agent that a command names, else the one of the conversation. Where there is none of that name, the
 * operator is told which names are like it, and undefined is returned.
 */
export async function agentArgument(
  context: BotContext,
  { agents, conversations }: AgentArgumentServices,
  command: string,
  argument: string,
): Promise<Agent | undefined> {
  const name = argument || (await conversations.agentOf(context.conversation));
  const agent = await agents.get(name);
  if (agent) return agent;
  const known = (await agents.active()).map((one) => one.name);
  show(context, notRunning(name, command, known));
  return undefined;
}

/** What to answer when no agent of that name runs: buttons for those whose names are like it. */
export function notRunning(name: string, command: string, running: readonly string[]) {
  const similar = similarNames(name, running);
  const none = `No agent “${shortened(name, 40)}” is running.`;
  return {
    text:
      similar.length > 0
        ? `${none} Did you mean ${similar.join(" or ")}?`
        : `${none} /list shows those that are.`,
    buttons: agentButtons(command, similar),
  };
}

/** A button for each of these agents that runs a command with its name; one a row. */
export function agentButtons(command: string, names: readonly string[]): ViewButton[][] {
  return names
    .slice(0, mostButtons)
    .map((name) => [{ label: name, command, argument: name } satisfies ViewButton]);
}

/** The names that are like a wrong one: part of it or it of them, or a few letters apart. */
export function similarNames(wrong: string, names: readonly string[]): string[] {
  const low = wrong.toLowerCase();
  if (low === "" || low.length > 64) return [];
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
