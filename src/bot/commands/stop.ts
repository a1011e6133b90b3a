import { agentMark } from "../../buttons/command-buttons.ts";
import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { agentById } from "../../agents/identity.ts";
import { wantAbort } from "../../prompts/queue.ts";
import type { AgentStatus } from "../../runner/agent-status.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument, notRunning } from "../agent-argument.ts";
import { startButton } from "../agent-buttons.ts";
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
    const { isReachable } = services.agentStatus;
    work.addEffect(async (transaction) => {
      const place = { conversation, operator: from?.id };
      const now = (await agentById(transaction, agent.id)) ?? agent;
      const { name } = now;
      const waiting = await waitingOf(transaction, name);
      if (!isCovered(waiting, upTo) && now.state === "active") {
        // Whoever does not go on to stop it has to know that what waits is held.
        await wantAbort(transaction, name, { conversation: conversation.key });
        await sendView(transaction, place, {
          text: texts.sessions.stopDrops({ agent: name, count: waiting.count }),
          asks: true,
          buttons: [
            [
              {
                label: texts.sessions.stopIt,
                command: "stop",
                argument: `${agentMark} --yes ${waiting.newest}`,
                of: now.id,
              },
            ],
            [{ label: texts.bot.doNot, command: "" }],
          ],
        });
        return;
      }
      const done = await services.lifecycle.stop(transaction, name);
      if (!done) return void (await sendView(transaction, place, notRunning(name, "stop", [])));
      // There is nothing to keep before opencode has made its session.
      const isKept = now.sessionId !== undefined;
      const words = isKept ? texts.sessions.stopped : texts.sessions.stoppedUnbegun;
      const lines = [words({ agent: name })];
      if (done.prompts > 0) lines.push(texts.sessions.cancelled({ count: done.prompts }));
      if (done.replies > 0)
        lines.push(texts.sessions.notSent({ agent: name, count: done.replies }));
      if (!isReachable) lines.push(texts.sessions.endsLater);
      const buttons = [[startButton(now)]];
      await sendView(transaction, place, { text: lines.join("\n"), buttons });
    });
  },
});
