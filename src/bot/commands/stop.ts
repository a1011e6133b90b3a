import { type Agents, isActive } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { say } from "../../outbox/say.ts";
import { wantAbort } from "../../prompts/queue.ts";
import type { AgentStatus } from "../../runner/agent-status.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument, notRunning } from "../agent-argument.ts";
import type { Command } from "../context.ts";
import { sendView } from "../view.ts";
import { confirmedArgument, isCovered, waitingOf } from "../waiting.ts";

/** What `/stop` needs. */
export interface StopServices {
  agents: Agents;
  conversations: Conversations;
  lifecycle: Lifecycle;
  agentStatus: AgentStatus;
}

/** Stops an agent: its turn at once, its terminal, and, once that is confirmed, the prompts that wait. */
export const stop = (services: StopServices): Command => ({
  name: "stop",
  group: "agents",
  argument: texts.arguments.stop,
  description: texts.commands.stop,
  details: texts.details.stop,
  isFast: true,
  asksWhenOld: true,
  async run(context, argument) {
    const { conversation, work, from } = context;
    const { written, upTo } = confirmedArgument(argument);
    const agent = await agentArgument(context, services, "stop", written);
    if (!agent) return;
    const { name } = agent;
    const { isReachable } = services.agentStatus;
    work.addEffect(async (transaction) => {
      const place = { conversation, operator: from?.id };
      const waiting = await waitingOf(transaction, name);
      if (!isCovered(waiting, upTo) && (await isActive(transaction, name))) {
        await wantAbort(transaction, name);
        await sendView(transaction, place, {
          text: texts.sessions.stopDrops({ agent: name, count: waiting.count }),
          asks: true,
          buttons: [
            [
              {
                label: texts.sessions.stopIt,
                command: "stop",
                argument: `${name} --yes ${waiting.newest}`,
              },
            ],
            [{ label: texts.bot.doNot, command: "" }],
          ],
        });
        return;
      }
      const done = await services.lifecycle.stop(transaction, name);
      // It was renamed at the same time.
      if (!done) return void (await sendView(transaction, place, notRunning(name, "stop", [])));
      const lines = [texts.sessions.stopped({ agent: name })];
      if (done.prompts > 0) lines.push(texts.sessions.cancelled({ count: done.prompts }));
      if (done.replies > 0)
        lines.push(texts.sessions.notSent({ agent: name, count: done.replies }));
      if (!isReachable) lines.push(texts.sessions.endsLater);
      await say(transaction, conversation, lines.join("\n"));
    });
  },
});
