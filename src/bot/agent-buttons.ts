import { agentMark } from "../buttons/command-buttons.ts";
import type { Agent } from "../agents/agents.ts";
import { texts } from "../texts/texts.ts";
import type { ViewButton } from "./view.ts";

/** What a button needs of an agent: its id counts, since names change hands. */
export type Named = Pick<Agent, "id" | "name">;

/** An agent, or the name of one that was never started and has no id. */
export type MaybeNew = Named | { id?: undefined; name: string };

/** A button that runs a command with an agent as its argument, or as the last word of it. */
export function agentButton(label: string, command: string, { id }: Named, words = ""): ViewButton {
  return { label, command, argument: `${words}${agentMark}`, of: id };
}

/** What buttons are bound to that act on the agent that is talked to; see `View`. */
export function aboutAgent({ id }: Named): string {
  return id;
}

/** A button that starts an agent that does not run. */
export function startButton(agent: MaybeNew): ViewButton {
  const label = texts.bot.startIt({ agent: agent.name });
  if (agent.id !== undefined) return agentButton(label, "start", agent);
  return { label, command: "start", argument: agent.name };
}

/** A button that lists the past sessions. */
export const historyButton: ViewButton = { label: texts.bot.labels.history, command: "history" };

/** A button that lists the agents. */
export const listButton: ViewButton = { label: texts.bot.labels.list, command: "list" };

/** A button that asks how an agent is, or the one that is talked to. */
export function statusButton(agent?: Named): ViewButton {
  const label = texts.bot.labels.status;
  return agent ? agentButton(label, "status", agent) : { label, command: "status" };
}
