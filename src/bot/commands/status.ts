import { answer, type Command } from "../context.ts";

/** Says what the agent of this conversation does and what waits. */
export const status: Command = {
  name: "status",
  description: "what the agent does now",
  async run(context) {
    const { agents, conversations, prompts, outbox, life } = context.parts;
    const name = await conversations.agentOf(context.where);
    const agent = await agents.get(name);
    const [doing, open, owed] = await Promise.all([
      life.describe(name),
      prompts.open(name),
      outbox.waiting(),
    ]);
    const lines = [
      `Agent: ${name}${agent?.state === "active" ? "" : " (stopped; /start starts it)"}`,
      `State: ${doing}`,
      `Open prompts: ${open}`,
    ];
    if (owed > 0) lines.push(`Messages waiting for Telegram: ${owed}`);
    answer(context, lines.join("\n"));
  },
};
