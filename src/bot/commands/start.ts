import { agentMark } from "../../buttons/command-buttons.ts";
import { type Agent, type Agents, defaultAgent } from "../../agents/agents.ts";
import { type Conversations, useConversation } from "../../agents/conversations.ts";
import { agentNamed } from "../../agents/identity.ts";
import type { Conversation } from "../../chat/conversation.ts";
import { Refusal } from "../../errors.ts";
import type { MachineProjects } from "../../projects/projects.ts";
import { say } from "../../outbox/say.ts";
import type { AgentStatus } from "../../runner/agent-status.ts";
import type { Lifecycle, StartOptions, StartOutcome } from "../../runner/lifecycle.ts";
import type { Transaction } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import { nameFault } from "../agent-argument.ts";
import { agentButton, type Named } from "../agent-buttons.ts";
import { answer, type BotContext, type Command, show } from "../context.ts";
import type { KnownFolders } from "../known-folders.ts";
import { boundId, connectIfStill, switchButton } from "../connect.ts";
import { readStart, type StartData, startOf, type WrittenStart } from "../start-argument.ts";
import type { TaskOutcome } from "../errand.ts";
import { addTask, type Task } from "../tasks.ts";
import { sendView, type View } from "../view.ts";

/** What `/start` needs. */
export interface StartServices {
  agents: Agents;
  conversations: Conversations;
  lifecycle: Lifecycle;
  agentStatus: AgentStatus;
  projects: Pick<MachineProjects, "addWorktree" | "resolve">;
  knownFolders: KnownFolders;
}

/** Starts an agent, or greets one that runs, and talks to it from now on. */
export const start = (services: StartServices): Command => ({
  name: "start",
  group: "agents",
  argument: texts.arguments.start,
  description: texts.commands.start,
  details: texts.details.start,
  connects: true,
  run: (context, argument, data) =>
    startAs(context, services, { command: "start", argument, data: data as StartData | undefined }),
  errand: {
    isRepeatable: true,
    progress: texts.projects.worktreeMaking,
    perform: (task, signal) => startInWorktree(services, task, signal),
  },
});

/** The same with everything allowed in that one session. */
export const startYolo = (services: StartServices): Command => ({
  name: "start_yolo",
  group: "agents",
  argument: texts.arguments.start_yolo,
  description: texts.commands.start_yolo,
  details: texts.details.start_yolo,
  connects: true,
  asksWhenOld: true,
  run: (context, argument, data) =>
    startAs(context, services, {
      command: "start_yolo",
      argument,
      data: data as StartData | undefined,
      yolo: true,
    }),
});

const notStarted = 409;

interface Asked {
  command: string;
  argument: string;
  data?: StartData | undefined;
  yolo?: true;
}

async function startAs(
  context: BotContext,
  services: StartServices,
  { command, argument, data, yolo }: Asked,
): Promise<void> {
  const written = data ? startOf(data) : readStart(argument);
  const name = written.name ?? defaultAgent;
  const wrong = nameFault(name);
  if (wrong !== undefined) return answer(context, wrong);
  if (written.isUnclear) return answer(context, texts.sessions.startUsage);
  const agent = await services.agents.get(name);
  const isNew = agent?.state !== "active";
  const named = written.folder !== undefined || written.branch !== undefined;
  if (!isNew && (named || (yolo && !agent.yolo))) {
    return sayRuns(context, agent);
  }
  const mayContinue = agent?.state === "stopped" && agent.sessionId !== undefined;
  if (mayContinue && !named && written.mode === undefined) {
    return show(context, whichOne(command, agent));
  }
  // Asked at the same time as the folder: a command is answered within a second.
  const fault = faultOf(services);
  const directory = await folderOf(context, services, written, agent);
  if (directory === "refused") return;
  if (written.branch !== undefined && directory !== undefined) {
    return inWorktree(context, { name, directory, branch: written.branch, yolo });
  }
  if (mayContinue && written.mode === undefined && directory === agent.directory) {
    return show(context, whichOne(command, agent));
  }
  const options: StartOptions = { mode: written.mode ?? "fresh", directory, yolo };
  const isFirst = argument === "" && (await services.conversations.isNew(context.conversation));
  const { folder } = written;
  const isAsked = named || written.mode !== undefined;
  const how = { command, name, options, folder, isAsked, isFirst };
  begin(context, services, { ...how, fault: await fault });
}

function sayRuns(context: BotContext, one: Named): void {
  const { name: agent } = one;
  const buttons = [[agentButton(texts.bot.switchTo({ agent }), "switch", one)]];
  show(context, { text: texts.sessions.runsAlready({ agent }), buttons });
}

/** Asks whether a stopped agent keeps its memory. */
function whichOne(command: string, { id: of, name }: Agent): View {
  const { continueIt, beginFresh, continueOrFresh } = texts.sessions;
  return {
    text: continueOrFresh({ agent: name }),
    asks: true,
    buttons: [
      [{ label: continueIt, command, argument: `${agentMark} --continue`, of }],
      [{ label: beginFresh, command, argument: `${agentMark} --fresh`, of }],
    ],
  };
}

/** The folder that was named; undefined when none was, and `refused` when the operator was told why not. */
async function folderOf(
  context: BotContext,
  { projects, knownFolders }: StartServices,
  { folder, branch, mode }: WrittenStart,
  agent: Agent | undefined,
): Promise<string | undefined> {
  if (folder === undefined && branch === undefined) {
    if (mode !== "fresh" || !agent) return undefined;
    // Without its memory, but where it worked, if it may still.
    const same = await projects.resolve(agent.directory, await knownFolders.list());
    return same.kind === "folder" ? same.directory : undefined;
  }
  if (folder === undefined) {
    answer(context, texts.projects.worktreeNeedsFolder);
    return "refused";
  }
  const found = await projects.resolve(folder, await knownFolders.list());
  if (found.kind === "folder") return found.directory;
  const all = { label: texts.bot.labels.projects, command: "projects" };
  show(context, { text: texts.projects.folderRefused[found.reason], buttons: [[all]] });
  return "refused";
}

interface WorktreeInput {
  name: string;
  directory: string;
  branch: string;
  yolo?: true | undefined;
  /** The id of the agent that the conversation talked to. */
  before?: string | undefined;
}

function inWorktree({ work, conversation, from }: BotContext, input: WorktreeInput): void {
  work.addEffect(async (transaction) => {
    const before = await boundId(transaction, conversation);
    await addTask(transaction, {
      lane: `agent ${input.name}`,
      command: "start",
      input: { ...input, before } satisfies WorktreeInput,
      conversation,
      operator: from?.id,
    });
  });
}

async function startInWorktree(
  { projects, lifecycle }: StartServices,
  { input, conversation }: Task,
  signal: AbortSignal,
): Promise<TaskOutcome> {
  const { name, directory, branch, yolo, before } = input as WorktreeInput;
  const outcome = await projects.addWorktree(directory, branch, signal);
  const words = texts.projects;
  if (outcome.kind === "git-missing") throw new Refusal(notStarted, words.gitMissing);
  if (outcome.kind === "failed") throw new Refusal(notStarted, words.worktreeFailed);
  if (outcome.kind === "refused") {
    const all = { label: texts.bot.labels.projects, command: "projects" };
    return { text: words.worktreeRefused[outcome.reason], buttons: [[all]] };
  }
  const folder = outcome.directory;
  const started = { name, directory: folder, yolo, before };
  const text = texts.sessions.startingIn({ agent: name, folder });
  return {
    text,
    effect: (transaction) => startIn(transaction, lifecycle, conversation, { ...started, text }),
  };
}

interface Begin {
  command: string;
  name: string;
  options: StartOptions;
  folder: string | undefined;
  /** The operator has said how a stopped agent is to begin, or where. */
  isAsked: boolean;
  isFirst: boolean;
  fault: string | undefined;
}

/** What is wrong with opencode as far as a start goes; never rejects. */
async function faultOf({ agentStatus }: StartServices): Promise<string | undefined> {
  return agentStatus.isReachable ? agentStatus.modelFault() : texts.sessions.savedUntilBack;
}

function begin(
  { conversation, work, from }: BotContext,
  { lifecycle }: StartServices,
  { command, name, options, folder, isAsked, isFirst, fault }: Begin,
): void {
  work.addEffect(async (transaction) => {
    const before = await agentNamed(transaction, name);
    // Stopped since it was seen to run: what it knows is not dropped without asking.
    if (!isAsked && before?.state === "stopped" && before.sessionId !== undefined) {
      const place = { conversation, operator: from?.id };
      return void (await sendView(transaction, place, whichOne(command, before)));
    }
    const outcome = await lifecycle.start(transaction, name, options);
    await useConversation(transaction, conversation, name);
    const words = isFirst ? texts.sessions.firstSteps({ agent: name }) : inWords(outcome);
    const isSaid = outcome === "started" && !isFirst;
    const isYolo = !isSaid && (await agentNamed(transaction, name))?.yolo === true;
    const lines = [words, ...(isYolo ? [texts.sessions.isYolo] : [])];
    const text = [...lines, ...(fault ? [fault] : [])].join("\n");
    if (!isFirst) return say(transaction, conversation, text);
    const buttons = [[{ label: texts.bot.labels.menu, command: "menu" }]];
    await sendView(transaction, { conversation, operator: from?.id }, { text, buttons });
  });

  function inWords(outcome: StartOutcome): string {
    if (outcome === "running") return texts.bot.connected({ agent: name });
    if (outcome === "continued") return texts.sessions.continued({ agent: name });
    if (options.yolo) return texts.sessions.startingYolo({ agent: name });
    if (folder !== undefined) return texts.sessions.startingIn({ agent: name, folder });
    return texts.sessions.starting({ agent: name });
  }
}

interface StartIn {
  name: string;
  directory: string;
  yolo?: true | undefined;
  /** See `connectIfStill`. */
  before: string | undefined;
  /** What is said when all is as it was wanted. */
  text: string;
}

/** Starts an agent in a folder that was just made, and talks to it; resolves to what is to be said. */
export async function startIn(
  transaction: Transaction,
  lifecycle: Lifecycle,
  conversation: Conversation,
  { name, directory, yolo, before, text }: StartIn,
): Promise<View> {
  const outcome = await lifecycle.start(transaction, name, { mode: "fresh", directory, yolo });
  // Started meanwhile, and somewhere else.
  if (outcome === "running") return { text: texts.sessions.runsAlready({ agent: name }) };
  if (await connectIfStill(transaction, conversation, name, before)) return { text };
  const words = `${text}\n${texts.bot.staysWithChosen}`;
  return { text: words, buttons: await switchButton(transaction, name) };
}
