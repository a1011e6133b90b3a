import { type Conversations, useConversation } from "../../agents/conversations.ts";
import type { Agents } from "../../agents/agents.ts";
import { onOneLine } from "../../chat/hidden.ts";
import { shortened } from "../../chat/formatted-text.ts";
import type { Logger } from "../../log.ts";
import type { Opencode, SessionInfo } from "../../opencode/client.ts";
import type { Controls } from "../../opencode/controls.ts";
import { isMissing, OpencodeRefused } from "../../opencode/errors.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import { texts } from "../../texts/texts.ts";
import { opencodeSilent } from "../again.ts";
import { nameFault } from "../agent-argument.ts";
import { historyButton } from "../agent-buttons.ts";
import { askOpencode } from "../ask-opencode.ts";
import { answer, answerIn, type BotContext, type Command, show } from "../context.ts";
import { sendView, type View } from "../view.ts";

/** What resuming needs. */
export interface ResumeServices {
  agents: Agents;
  conversations: Conversations;
  lifecycle: Lifecycle;
  opencode: Pick<Opencode, "session">;
  opencodeControls: Pick<Controls, "history">;
  log: Logger;
}

const longestTitle = 80;

/** Makes a session of opencode an agent and talks to it. */
export const resume = (services: ResumeServices): Command => ({
  name: "resume",
  group: "sessions",
  argument: texts.arguments.resume,
  description: texts.commands.resume,
  details: texts.details.resume,
  connects: true,
  run: (context, argument) => resumeNamed(context, services, argument, false),
});

/** The same, with everything allowed in it. */
export const resumeYolo = (services: ResumeServices): Command => ({
  name: "resume_yolo",
  group: "sessions",
  argument: texts.arguments.resume_yolo,
  description: texts.commands.resume_yolo,
  details: texts.details.resume_yolo,
  connects: true,
  asksWhenOld: true,
  run: (context, argument) => resumeNamed(context, services, argument, true),
});

/** Goes on in the last session of an agent, or in the newest one there is. */
export const resumeLast = (services: ResumeServices): Command => ({
  name: "resume_last",
  group: "sessions",
  argument: texts.arguments.resume_last,
  description: texts.commands.resume_last,
  details: texts.details.resume_last,
  connects: true,
  run: (context, argument) => resumeNewest(context, services, argument, false),
});

/** The same, with everything allowed in it. */
export const resumeLastYolo = (services: ResumeServices): Command => ({
  name: "resume_last_yolo",
  group: "sessions",
  argument: texts.arguments.resume_last_yolo,
  description: texts.commands.resume_last_yolo,
  details: texts.details.resume_last_yolo,
  connects: true,
  asksWhenOld: true,
  run: (context, argument) => resumeNewest(context, services, argument, true),
});

async function resumeNamed(
  context: BotContext,
  services: ResumeServices,
  argument: string,
  yolo: boolean,
): Promise<void> {
  const [id = "", name, ...more] = argument.split(/\s+/).filter(Boolean);
  if (!/^ses_\w{1,64}$/.test(id) || more.length > 0) {
    return show(context, withHistory(texts.sessions.resumeUsage));
  }
  const session = await askOpencode(found(services, id), services.log);
  if (!session) return opencodeSilent(context);
  if (session === "missing") return show(context, withHistory(texts.sessions.noSuchSession));
  resumeSession(context, services, session, { name, yolo });
}

async function resumeNewest(
  context: BotContext,
  services: ResumeServices,
  name: string,
  yolo: boolean,
): Promise<void> {
  const wrong = name === "" ? undefined : nameFault(name);
  if (wrong !== undefined) return answer(context, wrong);
  // Both questions together take no longer than one: a command is answered within a second.
  const last = await askOpencode(lastSession(services, name), services.log);
  if (!last) return opencodeSilent(context);
  if (last === "none") return show(context, withHistory(texts.sessions.noLastSession));
  if (last === "missing") return show(context, withHistory(texts.sessions.noSuchSession));
  resumeSession(context, services, last, { name: name || undefined, yolo });
}

function withHistory(text: string): View {
  return { text, buttons: [[historyButton]] };
}

async function lastSession(
  services: ResumeServices,
  name: string,
): Promise<SessionInfo | "missing" | "none"> {
  const id = name
    ? (await services.agents.get(name))?.sessionId
    : (await services.opencodeControls.history({ limit: 1 })).sessions[0]?.id;
  return id === undefined ? "none" : found(services, id);
}

function found({ opencode }: ResumeServices, id: string): Promise<SessionInfo | "missing"> {
  return opencode.session(id).catch((error: unknown) => {
    // An id of a wrong form is refused with another status than 404.
    if (isMissing(error) || error instanceof OpencodeRefused) return "missing" as const;
    throw error;
  });
}

function resumeSession(
  context: BotContext,
  { lifecycle }: ResumeServices,
  { id: sessionId, directory = "", title: given = "", parentID }: SessionInfo,
  { name, yolo }: { name: string | undefined; yolo: boolean },
): void {
  const { conversation, work, redraws, from } = context;
  const place = { conversation, operator: from?.id, redraws };
  work.addEffect(async (transaction) => {
    // The session of a subagent goes on only under its own agent.
    if (parentID !== undefined || directory === "") {
      return void (await sendView(transaction, place, withHistory(texts.sessions.noSuchSession)));
    }
    const wanted = { sessionId, directory, title: given, name, yolo };
    const outcome = await lifecycle.resume(transaction, wanted);
    if (outcome.kind === "invalid") {
      const wrong = nameFault(name ?? "") ?? texts.sessions.nameRule;
      return answerIn(transaction, context, wrong);
    }
    const { kind, agent } = outcome;
    if (kind === "taken")
      return answerIn(transaction, context, texts.sessions.nameTaken({ agent }));
    await useConversation(transaction, conversation, agent);
    const title = shortened(onOneLine(given), longestTitle);
    const words =
      kind === "already"
        ? texts.bot.connected({ agent })
        : texts.sessions.resumed({ agent, title });
    const isYolo = outcome.yolo ? [texts.sessions.isYolo] : [];
    await answerIn(transaction, context, [words, ...isYolo].join("\n"));
  });
}
