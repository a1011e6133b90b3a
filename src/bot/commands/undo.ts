import type { StartedAgent } from "../../agents/agents.ts";
import { onOneLine } from "../../chat/hidden.ts";
import { shortened } from "../../chat/formatted-text.ts";
import { Refusal } from "../../errors.ts";
import type { Opencode } from "../../opencode/client.ts";
import type { Controls } from "../../opencode/controls.ts";
import { redoTarget, undoTarget, undoTargetAt } from "../../opencode/undo.ts";
import { texts } from "../../texts/texts.ts";
import { aboutAgent, type Named } from "../agent-buttons.ts";
import type { AgentArgumentServices } from "../agent-argument.ts";
import type { Command } from "../context.ts";
import type { TaskOutcome } from "../errand.ts";
import { sessionErrand } from "../session-errand.ts";

/** What `/undo` and `/redo` need. */
export interface UndoServices extends AgentArgumentServices {
  opencode: Pick<Opencode, "session">;
  opencodeControls: Pick<Controls, "allMessages" | "isGit" | "revert" | "unrevert">;
}

const longestQuote = 60;
const conflict = 409;

/**
 * Takes back the last turn, step by step; where its button carries the id of a message, that one and all after it.
 * opencode refuses while it works.
 */
export const undo = (services: UndoServices): Command =>
  sessionErrand(services, {
    name: "undo",
    description: texts.commands.undo,
    details: texts.details.undo,
    asksWhenOld: true,
    isRepeatable: false,
    progress: texts.sessions.undoing,
    async perform({ agent, data }) {
      const { messages, session, isGit } = await read(services, agent);
      const target =
        typeof data === "string"
          ? undoTargetAt(messages, session, data)
          : undoTarget(messages, session);
      if (!target && typeof data === "string") return { text: texts.sessions.undoneBefore };
      if (!target)
        return session.revert
          ? offersRedo(agent, texts.sessions.allUndone)
          : { text: texts.sessions.nothingToUndo };
      await services.opencodeControls.revert(agent, target.messageId);
      const text = shortened(onOneLine(target.text), longestQuote);
      const words = isGit ? texts.sessions.undone : texts.sessions.undoneOutsideGit;
      return offersRedo(agent, words({ text }));
    },
  });

/** Takes back the last undo, step by step. */
export const redo = (services: UndoServices): Command =>
  sessionErrand(services, {
    name: "redo",
    description: texts.commands.redo,
    details: texts.details.redo,
    asksWhenOld: true,
    isRepeatable: false,
    progress: texts.sessions.redoing,
    async perform({ agent }) {
      const { opencodeControls } = services;
      const { messages, session, isGit } = await read(services, agent);
      const target = redoTarget(messages, session);
      if (!target) throw new Refusal(conflict, texts.sessions.nothingToRedo);
      if (target.kind === "unrevert") await opencodeControls.unrevert(agent);
      else await opencodeControls.revert(agent, target.messageId);
      return { text: isGit ? texts.sessions.redone : texts.sessions.redoneOutsideGit };
    },
  });

function offersRedo(agent: Named, text: string): TaskOutcome {
  const buttons = [[{ label: texts.bot.labels.redo, command: "redo" }]];
  return { text, buttons, agent: aboutAgent(agent) };
}

/** All that is to be read, before anything is done: what fails until then has changed nothing. */
async function read({ opencode, opencodeControls }: UndoServices, agent: StartedAgent) {
  const [messages, session, isGit] = await Promise.all([
    opencodeControls.allMessages(agent),
    opencode.session(agent.sessionId),
    opencodeControls.isGit(agent.directory),
  ]);
  return { messages, session, isGit };
}
