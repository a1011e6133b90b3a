import { agentMark } from "../../buttons/command-buttons.ts";
import { ageInWords } from "../../chat/age.ts";
import { onOneLine } from "../../chat/hidden.ts";
import { shortened } from "../../chat/formatted-text.ts";
import type { Logger } from "../../log.ts";
import type { Opencode, SessionMessage } from "../../opencode/client.ts";
import { lastTool, toolInWords } from "../../opencode/last-tool.ts";
import { askedIn, turnsIn } from "../../opencode/turns.ts";
import type { Prompts } from "../../prompts/prompts.ts";
import type { ShownTurn } from "../../prompts/queue.ts";
import { withinMoment } from "../../runner/within-moment.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument, type AgentArgumentServices } from "../agent-argument.ts";
import { type Command, show } from "../context.ts";
import { promptInWords } from "../quoted.ts";
import { abortArgument } from "./abort.ts";

/** What `/working` needs. */
export interface WorkingServices extends AgentArgumentServices {
  prompts: Pick<Prompts, "lane">;
  opencode: Pick<Opencode, "messages" | "statuses">;
  log: Logger;
}

const longestText = 200;
// The last tool call is among these, unless the agent only talks.
const newest = 10;

/** Says what an agent works on, since when, and with which tool it was last seen. */
export const working = (services: WorkingServices): Command => ({
  name: "working",
  group: "queue",
  argument: texts.arguments.working,
  description: texts.commands.working,
  details: texts.details.working,
  isFast: true,
  async run(context, argument) {
    const agent = await agentArgument(context, services, "working", argument);
    if (!agent) return;
    const { name, sessionId, directory } = agent;
    const { prompts, opencode, log } = services;
    const [{ running }, statuses, messages] = await Promise.all([
      prompts.lane(name),
      withinMoment(opencode.statuses(directory), log),
      sessionId === undefined ? [] : withinMoment(opencode.messages(sessionId, newest), log),
    ]);
    const [prompt] = running;
    const isBusy = sessionId !== undefined && statuses?.[sessionId] !== undefined;
    const tool = lastTool(messages ?? []);
    const turn = prompt ? { prompt: prompt.id } : newestTurn(messages ?? []);
    const now = Date.now();
    const words = texts.queue;
    const doing = prompt
      ? words.working({
          agent: name,
          age: ageInWords(now - (prompt.attemptedAt ?? now)),
          text: promptInWords(prompt, context.conversation.key, longestText),
        })
      : isBusy
        ? words.workingElsewhere({ agent: name })
        : statuses
          ? words.idle({ agent: name })
          : texts.bot.opencodeSilent;
    const lines = [
      doing,
      ...(tool
        ? [
            words.lastTool({
              tool: shortened(onOneLine(toolInWords(tool)), longestText),
              age: ageInWords(now - tool.startedAt),
            }),
          ]
        : []),
    ];
    show(context, {
      text: lines.join("\n"),
      isForeign: true,
      buttons:
        turn && (prompt || isBusy)
          ? [
              [
                {
                  label: words.stop,
                  command: "abort",
                  argument: abortArgument(agentMark, turn),
                  of: agent.id,
                },
              ],
            ]
          : [],
    });
  },
});

function newestTurn(messages: SessionMessage[]): ShownTurn | undefined {
  const messageId = askedIn(turnsIn(messages).at(-1) ?? []).at(-1);
  return messageId === undefined ? undefined : { messageId };
}
