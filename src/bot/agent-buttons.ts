import type { Agent } from "../agents/agents.ts";
import { texts } from "../texts/texts.ts";
import type { StartData } from "./start-argument.ts";
import type { ViewButton } from "./view.ts";

/** What a button says of an agent. */
export type Named = Pick<Agent, "name">;

/** A button that runs a command with an agent as its argument, or as the last word of it. */
export function agentButton(
  label: string,
  command: string,
  { name }: Named,
  words = "",
): ViewButton {
  return { label, command, argument: `${words}${name}` };
}

/** What buttons are bound to that act on the agent that is talked to; see `View`. */
export function aboutAgent({ name }: Named): string {
  return name;
}

/** A button that starts a stopped agent. */
export function startButton(agent: Named): ViewButton {
  const data: StartData = { agent: agent.name };
  return { ...agentButton(texts.bot.startIt({ agent: agent.name }), "start", agent), data };
}

/** A button that asks how an agent is, or the one that is talked to. */
export function statusButton(agent?: Named): ViewButton {
  const label = texts.bot.labels.status;
  return agent ? agentButton(label, "status", agent) : { label, command: "status" };
}
