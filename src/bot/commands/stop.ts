import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { say } from "../../outbox/say.ts";
import type { Prompts } from "../../prompts/prompts.ts";
import { wantAbort } from "../../prompts/queue.ts";
import type { AgentStatus } from "../../runner/agent-status.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument } from "../agent-argument.ts";
import { type Command, show } from "../context.ts";

/** What `/stop` needs. */
export interface StopServices {
  agents: Agents;
  conversations: Conversations;
  lifecycle: Lifecycle;
  agentStatus: AgentStatus;
  prompts: Pick<Prompts, "counts">;
}

const confirmed = " --yes";

/** Stops an agent: its turn at once, its terminal, and, once that is confirmed, the prompts that wait. */
export const stop = (services: StopServices): Command => ({
  name: "stop",
  group: "agents",
  argument: texts.arguments.stop,
  description: texts.commands.stop,
  isFast: true,
  asksWhenOld: true,
  async run(context, argument) {
    const { conversation, work } = context;
    const isConfirmed = argument.endsWith(confirmed);
    const written = isConfirmed ? argument.slice(0, -confirmed.length) : argument;
    const agent = await agentArgument(context, services, "stop", written);
    if (!agent) return;
    const { name } = agent;
    const { waiting } = await services.prompts.counts(name);
    if (waiting > 0 && !isConfirmed && agent.state === "active") {
      work.addEffect(async (transaction) => void (await wantAbort(transaction, name)));
      return show(context, {
        text: texts.sessions.stopDrops({ agent: name, count: waiting }),
        asks: true,
        buttons: [
          [{ label: texts.sessions.stopIt, command: "stop", argument: `${name}${confirmed}` }],
          [{ label: texts.bot.doNot, command: "" }],
        ],
      });
    }
    const { isReachable } = services.agentStatus;
    work.addEffect(async (transaction) => {
      const { prompts, replies } = await services.lifecycle.stop(transaction, name);
      const lines = [texts.sessions.stopped({ agent: name })];
      if (prompts > 0) lines.push(texts.sessions.cancelled({ count: prompts }));
      if (replies > 0) lines.push(texts.sessions.notSent({ agent: name, count: replies }));
      if (!isReachable) lines.push(texts.sessions.endsLater);
      await say(transaction, conversation, lines.join("\n"));
    });
  },
});
