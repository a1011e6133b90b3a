import { answer, type Command } from "../context.ts";

/** Ends an agent: its turn, its terminal, and the prompts that wait for it. */
export const stop: Command = {
  name: "stop",
  argument: "[name]",
  description: "end an agent",
  actsOnMachine: true,
  async run(context, argument) {
    const { agents, conversations, life } = context.parts;
    const name = argument || (await conversations.agentOf(context.where));
    const agent = await agents.get(name);
    if (!agent) {
      answer(context, "No such agent runs. /list shows those that do.");
      return;
    }
    // A stopped one as well: the command may have been cut short before the turn was aborted.
    const { dropped, isTurnEnded, isClosed } = await life.stop(agent);
    const lines = [`${name} is stopped. /start ${name} starts it anew.`];
    if (dropped > 0) lines.push(`Not finished: ${dropped}.`);
    if (!isTurnEnded)
      lines.push("opencode is not reachable, so a turn may still be going on there.");
    if (!isClosed) lines.push("Its terminal could not be closed.");
    answer(context, lines.join("\n"));
  },
};
