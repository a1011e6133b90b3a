import { useConversation } from "../../agents/conversations.ts";
import { onOneLine } from "../../chat/hidden.ts";
import { shortened } from "../../chat/formatted-text.ts";
import { Refusal } from "../../errors.ts";
import type { Opencode, SessionMessage } from "../../opencode/client.ts";
import type { Controls } from "../../opencode/controls.ts";
import { textOf } from "../../opencode/message-text.ts";
import { shownMessages } from "../../opencode/undo.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import { texts } from "../../texts/texts.ts";
import type { AgentArgumentServices } from "../agent-argument.ts";
import type { Command } from "../context.ts";
import { sessionErrand } from "../session-errand.ts";

/** What `/fork` needs. */
export interface ForkServices extends AgentArgumentServices {
  lifecycle: Lifecycle;
  opencode: Pick<Opencode, "session">;
  opencodeControls: Pick<Controls, "allMessages" | "fork">;
}

const longestQuote = 60;
const notFound = 404;

/**
 * Copies the session, or what is before one of the operator's messages, and talks to the copy as an agent of
 * its own. opencode copies no permission rules, so YOLO is set again.
 */
export const fork = (services: ForkServices): Command =>
  sessionErrand(services, {
    name: "fork",
    argument: texts.arguments.fork,
    description: texts.commands.fork,
    details: texts.details.fork,
    isRepeatable: false,
    progress: texts.sessions.forking,
    async perform({ agent, argument, task }) {
      const { lifecycle, opencode, opencodeControls } = services;
      const before = argument === "" ? undefined : await messageWith(services, agent, argument);
      const sessionId = await opencodeControls.fork(agent, before && { before: before.info.id });
      const { title = agent.name, directory = agent.directory } = await opencode.session(sessionId);
      const quoted = (text: string) => shortened(onOneLine(text), longestQuote);
      return {
        text: before
          ? texts.sessions.forkedBefore({ text: quoted(textOf(before)) })
          : texts.sessions.forked({ title: quoted(title) }),
        async effect(transaction) {
          const copy = { sessionId, title, directory, yolo: agent.yolo };
          const outcome = await lifecycle.resume(transaction, copy);
          if (outcome.kind === "invalid") return;
          await useConversation(transaction, task.conversation, outcome.agent);
        },
      };
    },
  });

/** The newest message of the operator that has these words; it stays out of the copy. */
async function messageWith(
  { opencode, opencodeControls }: ForkServices,
  agent: { sessionId: string; directory: string },
  words: string,
): Promise<SessionMessage> {
  const [messages, session] = await Promise.all([
    opencodeControls.allMessages(agent),
    opencode.session(agent.sessionId),
  ]);
  const low = words.toLowerCase();
  const found = shownMessages(messages, session).findLast(
    (message) => message.info.role === "user" && textOf(message).toLowerCase().includes(low),
  );
  if (!found) throw new Refusal(notFound, texts.sessions.noSuchMessage);
  return found;
}
