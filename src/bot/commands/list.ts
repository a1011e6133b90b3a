import { answer, type Command } from "../context.ts";

/** Lists the agents and marks the one this conversation talks to. */
export const list: Command = {
  name: "list",
  description: "the agents that run",
  async run(context) {
    const { agents, conversations, prompts } = context.parts;
    const mine = await conversations.agentOf(context.where);
    const active = await agents.active();
    if (active.length === 0) {
      answer(context, "No agent runs. /start starts one.");
      return;
    }
    const lines = await Promise.all(
      active.map(async ({ name }) => {
        const open = await prompts.open(name);
        return `${name === mine ? "▸" : "·"} ${name}${open > 0 ? `, ${open} open` : ""}`;
      }),
    );
    answer(context, lines.join("\n"));
  },
};
