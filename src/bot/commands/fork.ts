import { agentMark } from "../../buttons/command-buttons.ts";
import type { StartedAgent } from "../../agents/agents.ts";
import { agentById } from "../../agents/identity.ts";
import { freeName, type Resumed, siblingName } from "../../agents/resume.ts";
import type { Conversation } from "../../chat/conversation.ts";
import { onOneLine } from "../../chat/hidden.ts";
import { shortened } from "../../chat/formatted-text.ts";
import type { Opencode, SessionMessage } from "../../opencode/client.ts";
import type { Controls } from "../../opencode/controls.ts";
import { textOf } from "../../opencode/message-text.ts";
import { shownMessages } from "../../opencode/undo.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import type { Transaction } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import type { AgentArgumentServices } from "../agent-argument.ts";
import { aboutAgent } from "../agent-buttons.ts";
import { connectIfStill, switchButton } from "../connect.ts";
import type { Command } from "../context.ts";
import { sessionErrand } from "../session-errand.ts";
import type { View } from "../view.ts";

/** What `/fork` needs. */
export interface ForkServices extends AgentArgumentServices {
  lifecycle: Lifecycle;
  opencode: Pick<Opencode, "session">;
  opencodeControls: Pick<Controls, "allMessages" | "fork">;
}

const longestQuote = 60;

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
    connects: true,
    isRepeatable: false,
    progress: texts.sessions.forking,
    async perform({ agent, argument, task }) {
      const { lifecycle, opencodeControls } = services;
      const before = argument === "" ? undefined : await messageWith(services, agent, argument);
      if (before === "none") {
        const said = { label: texts.bot.labels.transcript, command: "transcript" };
        const text = texts.sessions.noSuchMessage;
        return { text, buttons: [[said]], agent: aboutAgent(agent) };
      }
      const made = await opencodeControls.fork(agent, before && { before: before.info.id });
      const { id: sessionId, title = agent.name, directory = agent.directory } = made;
      const copy = { sessionId, title, directory, yolo: agent.yolo };
      return {
        text: "",
        effect: (transaction) =>
          connect(transaction, lifecycle, { agent, copy, before, conversation: task.conversation }),
      };
    },
  });

interface Copied {
  agent: StartedAgent;
  copy: Omit<Resumed, "name">;
  /** The message before which it ends; undefined when all was copied. */
  before: SessionMessage | undefined;
  conversation: Conversation;
}

/** Makes the copy an agent, named like the one it comes from, and talks to it. */
async function connect(
  transaction: Transaction,
  lifecycle: Lifecycle,
  { agent, copy, before, conversation }: Copied,
): Promise<View> {
  const { id, name: from } = (await agentById(transaction, agent.id)) ?? agent;
  const name = await freeName(transaction, await siblingName(transaction, from));
  await lifecycle.resume(transaction, { ...copy, name });
  const words = texts.sessions;
  if (!(await connectIfStill(transaction, conversation, name, id))) {
    return {
      text: words.forkReady({ agent: name, from }),
      buttons: await switchButton(transaction, name),
    };
  }
  const text = before && shortened(onOneLine(textOf(before)), longestQuote);
  const label = words.backTo({ agent: from });
  return {
    text:
      text === undefined
        ? words.forked({ agent: name, from })
        : words.forkedBefore({ agent: name, text }),
    buttons: [[{ label, command: "switch", argument: agentMark, of: id }]],
  };
}

/** The newest message of the operator that has these words; it stays out of the copy. */
async function messageWith(
  { opencode, opencodeControls }: ForkServices,
  agent: { sessionId: string; directory: string },
  words: string,
): Promise<SessionMessage | "none"> {
  const [messages, session] = await Promise.all([
    opencodeControls.allMessages(agent),
    opencode.session(agent.sessionId),
  ]);
  const low = words.toLowerCase();
  const found = shownMessages(messages, session).findLast(
    (message) => message.info.role === "user" && textOf(message).toLowerCase().includes(low),
  );
  return found ?? "none";
}
