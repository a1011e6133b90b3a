import type { Agent, Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { maxTextLength } from "../../chat/limits.ts";
import type { AgentTerminals } from "../../host/terminals.ts";
import { sendDocument, writeDocument } from "../../outbox/documents.ts";
import type { KeptFiles } from "../../outbox/kept-files.ts";
import { answerPress } from "../../outbox/say.ts";
import { PictureError } from "../../picture/pictures.ts";
import type { PictureButton } from "../../screen/picture-message.ts";
import { plainText } from "../../screen/shown-text.ts";
import { texts } from "../../texts/texts.ts";
import { runOf } from "../../tmux/pane.ts";
import { TmuxError } from "../../tmux/tmux-error.ts";
import { agentArgument } from "../agent-argument.ts";
import { againView } from "../again.ts";
import { startButton } from "../agent-buttons.ts";
import { type Command, show } from "../context.ts";
import type { TaskOutcome } from "../errand.ts";
import { type KeyErrandServices, pictureOutcome, terminalLane } from "../key-errand.ts";
import { phoneScreen } from "../phone-screen.ts";
import { addTask, type Task } from "../tasks.ts";
import type { Redraws, View } from "../view.ts";

/** What `/screen` needs. */
export interface ScreenServices extends KeyErrandServices {
  agents: Agents;
  conversations: Conversations;
  terminals: Pick<AgentTerminals, "captureBack" | "captureStyled" | "screen">;
  keptFiles: Pick<KeptFiles, "place" | "flush" | "drop">;
}

interface Input {
  agentId: string;
  /** What was written, for the button that does it again. */
  argument: string;
  /** Lines of what has scrolled away; a picture when undefined. */
  lines?: number | undefined;
  /** The run that an older picture shows, which is replaced, and the press of its button. */
  run?: string | undefined;
  picture?: Redraws | undefined;
  queryId?: string | undefined;
}

/** What is shown: a picture, the text, or with so many lines before it. */
interface Wanted {
  name: string;
  isText: boolean;
  lines: number | undefined;
}

/** tmux keeps that many. */
const mostLines = 5000;

/** Shows an agent's terminal: as a picture with keys below it, as text, or with what has scrolled away. */
export const screen = (services: ScreenServices): Command => ({
  name: "screen",
  group: "agents",
  argument: texts.arguments.screen,
  description: texts.commands.screen,
  details: texts.details.screen,
  isFast: true,
  async run(context, argument, data) {
    const wanted = await wantedIn(services, argument);
    if (!wanted) return show(context, { text: texts.screen.usage });
    const agent = await agentArgument(context, services, "screen", wanted.name);
    if (!agent) return;
    if (wanted.isText) {
      const text = await services.terminals.screen(agent.name);
      return show(context, textView(text) ?? noneView(agent, argument, text));
    }
    const { conversation, from, redraws, work, callbackQuery: query } = context;
    const { run } = (data ?? {}) as Partial<PictureButton>;
    const isAgain = run !== undefined && redraws !== undefined;
    const input: Input = {
      agentId: agent.id,
      argument,
      lines: wanted.lines,
      ...(isAgain && { run, picture: redraws, queryId: query?.id }),
    };
    context.isAnsweredLater = isAgain && query !== undefined;
    work.addEffect((transaction) =>
      addTask(transaction, {
        lane: terminalLane(agent),
        command: "screen",
        input,
        conversation,
        operator: from?.id,
        ...(!isAgain && redraws && { outboxId: redraws.outboxId }),
      }),
    );
  },
  errand: {
    isRepeatable: true,
    async perform(task) {
      const input = task.input as Input;
      const agent = await services.agents.byId(input.agentId);
      if (!agent) return { text: texts.screen.unreadable };
      try {
        if (input.run !== undefined) return await redrawn(services, task, agent);
        if (input.lines !== undefined) return await scrolledBack(services, task, agent);
        return await pictured(services, task, agent);
      } catch (error) {
        if (!(error instanceof TmuxError)) throw error;
        return { text: texts.screen.unreadable };
      }
    },
  },
});

/** Words in any order: `text`, a number of lines, and a name, which may be such a word as well. */
async function wantedIn(
  { agents }: Pick<ScreenServices, "agents">,
  argument: string,
): Promise<Wanted | undefined> {
  const wanted: Wanted = { name: "", isText: false, lines: undefined };
  for (const word of argument.split(/\s+/)) {
    const isName = word !== "" && (await agents.get(word)) !== undefined;
    if (!isName && /^\d{1,9}$/.test(word)) wanted.lines = Math.min(mostLines, Number(word));
    else if (!isName && word.toLowerCase() === "text") wanted.isText = true;
    else if (wanted.name === "") wanted.name = word;
    else return undefined;
  }
  return wanted;
}

async function pictured(services: ScreenServices, task: Task, agent: Agent): Promise<TaskOutcome> {
  const { argument } = task.input as Input;
  try {
    const picture = await services.terminalPictures.still(agent.name);
    const isBlank = picture && plainText(picture.look.text).trim() === "";
    if (picture && !isBlank) {
      const outcome = await pictureOutcome(services, task, agent, picture);
      if (task.outboxId === undefined) return outcome;
      // A text cannot become a picture.
      return { ...outcome, isSaid: false, text: texts.screen.below };
    }
    return noneView(agent, argument, picture ? "" : undefined);
  } catch (error) {
    if (!(error instanceof PictureError)) throw error;
    const text = await services.terminals.screen(agent.name);
    return textView(text) ?? noneView(agent, argument, text);
  }
}

/** Replaces the picture whose ⟳ was pressed, unless another terminal runs by now. */
async function redrawn(
  { terminals, liveScreens }: ScreenServices,
  task: Task,
  agent: Agent,
): Promise<TaskOutcome> {
  const { run, picture, queryId } = task.input as Input;
  const look = await terminals.captureStyled(agent.name);
  const isSame = look !== undefined && runOf(look) === run;
  const { name } = agent;
  const text = look
    ? texts.screen.otherRun({ agent: name })
    : texts.screen.noTerminal({ agent: name });
  if (isSame && picture) {
    liveScreens.refresh({ ...picture, conversation: task.conversation, agent: name });
  }
  return {
    text: "",
    isSaid: true,
    async effect(transaction) {
      if (queryId !== undefined) await answerPress(transaction, queryId, isSame ? "" : text);
    },
  };
}

/** The lines that have scrolled away and those that are seen, as a file when that is long. */
async function scrolledBack(
  { terminals, keptFiles }: ScreenServices,
  task: Task,
  agent: Agent,
): Promise<TaskOutcome> {
  const { argument, lines = 0 } = task.input as Input;
  const look = await terminals.captureBack(agent.name, lines);
  const rows = look?.text.split("\n").map((row) => row.trimEnd()) ?? [];
  const first = rows.findIndex((row) => row !== "");
  const text = rows.slice(Math.max(0, first)).join("\n").trimEnd();
  if (text === "") return noneView(agent, argument, look?.text);
  if (text.length <= maxTextLength) return { text, isCode: true };
  const file = await writeDocument(keptFiles, `${agent.name}-screen.txt`, `${text}\n`);
  return {
    text: texts.screen.scrolledBack({ agent: agent.name, lines: text.split("\n").length }),
    effect: (transaction) => sendDocument(transaction, task.conversation, file),
  };
}

function textView(text: string | undefined): View | undefined {
  const visible = phoneScreen(text ?? "");
  if (visible === "") return undefined;
  // The newest lines are the last ones, and a screen can be larger than a message.
  return { text: visible.slice(-(maxTextLength - 1)).toWellFormed(), isCode: true };
}

/** Says why nothing is on the screen; `text` is what was read of it. */
function noneView(one: Agent, argument: string, text: string | undefined): View {
  const { name: agent, state, sessionId, isOpened } = one;
  if (state !== "active") {
    return { text: texts.bot.terminalStopped({ agent }), buttons: [[startButton(one)]] };
  }
  const isStarting = sessionId === undefined || !isOpened || text !== undefined;
  if (!isStarting) return { text: texts.bot.terminalClosed({ agent }) };
  const ran = { command: "screen", argument };
  return againView({ ran }, texts.bot.terminalStarts({ agent }), { agent: one });
}
