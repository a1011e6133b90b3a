import { maxTextLength } from "../../chat/limits.ts";
import { codeWithHiddenShown, onOneLine } from "../../chat/hidden.ts";
import type { StartedAgent } from "../../agents/agents.ts";
import type { Opencode } from "../../opencode/client.ts";
import type { Controls } from "../../opencode/controls.ts";
import { type FileChange, sessionChanges } from "../../opencode/diffs.ts";
import { shownMessages } from "../../opencode/undo.ts";
import type { KeptFiles } from "../../outbox/kept-files.ts";
import { texts } from "../../texts/texts.ts";
import { aboutAgent } from "../agent-buttons.ts";
import type { AgentArgumentServices } from "../agent-argument.ts";
import type { Command } from "../context.ts";
import { sendDocument, writeDocument } from "../../outbox/documents.ts";
import type { TaskOutcome } from "../errand.ts";
import { quoted } from "../quoted.ts";
import { sessionErrand, type Wanted } from "../session-errand.ts";

/** What `/diff` needs. */
export interface DiffServices extends AgentArgumentServices {
  opencode: Pick<Opencode, "session">;
  opencodeControls: Pick<Controls, "allMessages" | "isGit" | "workingTreeChanges">;
  keptFiles: Pick<KeptFiles, "place" | "flush" | "drop">;
}

const mostFiles = 40;
const ofSession = "session";

/**
 * The files that changed, with counts, and the difference: as text when it fits a message, else as a
 * document. Of the working tree, of one file of it, or with `session` what the session itself changed.
 */
export const diff = (services: DiffServices): Command => ({
  ...sessionErrand(services, {
    name: "diff",
    argument: texts.arguments.diff,
    description: texts.commands.diff,
    details: texts.details.diff,
    isRepeatable: true,
    progress: texts.changes.comparing,
    perform: (wanted) => compare(services, wanted),
  }),
  group: "changes",
});

async function compare(
  { opencode, opencodeControls, keptFiles }: DiffServices,
  { agent, argument, task }: Wanted,
): Promise<TaskOutcome> {
  const words = texts.changes;
  const { labels } = texts.bot;
  const offers = (text: string, label: string, command: string, other = "") => ({
    text,
    buttons: [[{ label, command, argument: other }]],
    agent: aboutAgent(agent),
  });
  if (!(await opencodeControls.isGit(agent.directory))) {
    return offers(words.notGit, labels.transcript, "transcript");
  }
  const changes =
    argument === ofSession
      ? await changesOfSession({ opencode, opencodeControls }, agent)
      : await opencodeControls.workingTreeChanges(agent.directory);
  const isNamed = argument !== "" && argument !== ofSession;
  const wanted = isNamed ? changes.filter(({ file }) => isFile(file, argument)) : changes;
  if (wanted.length === 0) {
    if (isNamed) return { text: words.noSuchFile({ file: quoted(argument) }) };
    return argument === ofSession
      ? offers(words.noneOfSession, labels.diffOfFolder, "diff")
      : offers(words.none, labels.diffOfSession, "diff", ofSession);
  }
  const patch = wanted.map((change) => change.patch).join("\n");
  const list = listOf(wanted);
  const whole = `${list}\n\n${codeWithHiddenShown(patch)}`;
  if (whole.length <= maxTextLength) return { text: whole, isCode: true };
  const file = await writeDocument(keptFiles, `${agent.name}.diff`, patch);
  return {
    text: list,
    isForeign: true,
    effect: (transaction) => sendDocument(transaction, task.conversation, file),
  };
}

async function changesOfSession(
  { opencode, opencodeControls }: Omit<DiffServices, keyof AgentArgumentServices | "keptFiles">,
  agent: StartedAgent,
): Promise<FileChange[]> {
  const [messages, session] = await Promise.all([
    opencodeControls.allMessages(agent),
    opencode.session(agent.sessionId),
  ]);
  return sessionChanges(shownMessages(messages, session));
}

/** A file by its path, or by the end of it. */
function isFile(file: string, named: string): boolean {
  return file === named || file.endsWith(`/${named}`);
}

function listOf(changes: FileChange[]): string {
  const shown = changes.slice(0, mostFiles);
  return [
    texts.changes.files({ count: changes.length }),
    ...shown.map(({ file, additions, deletions }) =>
      texts.changes.file({ file: onOneLine(file), additions, deletions }),
    ),
    ...(changes.length > mostFiles
      ? [texts.changes.andMore({ count: changes.length - mostFiles })]
      : []),
  ].join("\n");
}
