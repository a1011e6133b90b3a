import type { Agents } from "../../agents/agents.ts";
import { keyLabel } from "../../screen/key-names.ts";
import { type Key, keyNamed } from "../../tmux/key.ts";
import { texts } from "../../texts/texts.ts";
import type { AgentArgumentServices } from "../agent-argument.ts";
import { startedAgent } from "../agent-argument.ts";
import { answer, type BotContext, type Command } from "../context.ts";
import { addKeyTask, keyErrand, type KeyErrandServices, type KeyInput } from "../key-errand.ts";

/** What the commands that press keys need. */
export interface KeyServices extends AgentArgumentServices, KeyErrandServices {
  agents: Agents;
}

/** What a button that presses a key carries. */
interface KeyData {
  run?: string;
  agreed?: string;
}

const single = {
  enter: "Enter",
  up: "Up",
  down: "Down",
  left: "Left",
  right: "Right",
  esc: "Escape",
  tab: "Tab",
} as const satisfies Record<string, Key>;

const common = {
  group: "agents",
  isFast: true,
  isOfChat: true,
  // It may decide something by now, or end up in another text.
  asksWhenOld: true,
} as const;

/** The commands that press one key each. */
export const singleKeys = (services: KeyServices): Command[] =>
  Object.entries(single).map(([name, key]) => ({
    ...common,
    name,
    description: texts.commands[name as keyof typeof single],
    run: (context, argument) => pressKey(context, services, { key }, argument),
  }));

/** Presses a key by its name; the buttons below pictures are of this command, too. */
export const key = (services: KeyServices): Command => ({
  ...common,
  name: "key",
  argument: texts.arguments.key,
  description: texts.commands.key,
  details: texts.details.key,
  everyTapCounts: true,
  doing: (argument) => texts.screen.pressing({ key: labelOf(argument) }),
  async run(context, argument, data) {
    const found = keyNamed(argument);
    if (found === undefined) return answer(context, texts.screen.keyUsage);
    const { run, agreed } = (data ?? {}) as KeyData;
    await pressKey(context, services, { key: found, run, agreed });
  },
  errand: keyErrand(services),
});

function labelOf(name: string): string {
  const found = keyNamed(name);
  return found === undefined ? name : keyLabel(found);
}

/** Pastes a text into the terminal without Enter. */
export const type = (services: KeyServices): Command => ({
  ...common,
  name: "type",
  argument: texts.arguments.type,
  description: texts.commands.type,
  details: texts.details.type,
  async run(context, argument) {
    if (argument.trim() === "") return answer(context, texts.screen.typeUsage);
    await pressKey(context, services, { text: argument });
  },
});

/** `named` is the agent that was chosen where it was not clear which one was meant. */
async function pressKey(
  context: BotContext,
  services: KeyServices,
  wanted: Pick<KeyInput, "key" | "text" | "run" | "agreed">,
  named = "",
): Promise<void> {
  const agent = await startedAgent(context, services);
  if (!agent) return;
  if (named !== "" && named !== agent.name) {
    return answer(context, texts.screen.otherTalked({ agent: named }));
  }
  addKeyTask(context, agent, wanted);
}
