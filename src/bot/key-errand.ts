import type { Agents, StartedAgent } from "../agents/agents.ts";
import { boundAgent } from "../agents/conversations.ts";
import { agentNamed } from "../agents/identity.ts";
import { writePicture } from "../screen/picture-file.ts";
import { answerPress } from "../outbox/say.ts";
import type { KeptFiles } from "../outbox/kept-files.ts";
import { keyLabel } from "../screen/key-names.ts";
import type { Presser, PressOutcome } from "../screen/key-presser.ts";
import type { LiveScreens } from "../screen/live-screens.ts";
import { sendPicture } from "../screen/picture-message.ts";
import { PictureError } from "../picture/pictures.ts";
import type { Photographer, Pictured } from "../screen/terminal-pictures.ts";
import type { Store } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import type { Key } from "../tmux/key.ts";
import { runOf } from "../tmux/pane.ts";
import { TmuxError } from "../tmux/tmux-error.ts";
import { aboutAgent, statusButton } from "./agent-buttons.ts";
import type { BotContext } from "./context.ts";
import type { Errand, TaskOutcome } from "./errand.ts";
import { addTask, type Task } from "./tasks.ts";
import type { Redraws } from "./view.ts";

/** What pressing keys for operators needs. */
export interface KeyErrandServices {
  store: Store;
  agents: Pick<Agents, "byId">;
  keyPresser: Presser;
  terminalPictures: Photographer;
  liveScreens: Pick<LiveScreens, "refresh">;
  keptFiles: Pick<KeptFiles, "place" | "drop">;
}

/** A key, or a text, that an operator wants in a terminal. */
export interface KeyInput {
  agentId: string;
  agent: string;
  sessionId: string;
  key?: Key | undefined;
  /** Pasted without Enter. */
  text?: string | undefined;
  run?: string | undefined;
  agreed?: string | undefined;
  /** The press of a button, which is answered when the key was pressed. */
  queryId?: string | undefined;
  /** The picture whose key was pressed. */
  picture?: Redraws | undefined;
  /** When it was received; milliseconds since the epoch. */
  at: number;
}

// What is older was received by a process that has ended, and the screen is another one by now.
const longestAgeMs = 30_000;

// For that long, presses that would do the same are not asked about one by one.
const sameQuestionMs = 3000;

/** The lane of all that is done in an agent's terminal for operators, in the order they sent it. */
export function terminalLane({ id }: Pick<StartedAgent, "id">): string {
  return `terminal ${id}`;
}

/** Adds what an operator wants pressed or typed to the work; its press is answered when that is done. */
export function addKeyTask(
  context: BotContext,
  agent: StartedAgent,
  wanted: Pick<KeyInput, "key" | "text" | "run" | "agreed">,
): void {
  const { work, conversation, from, redraws, callbackQuery: query } = context;
  // A button that runs a command once more, in place of a text, shows no picture.
  const picture = wanted.run === undefined ? undefined : redraws;
  const input: KeyInput = {
    ...wanted,
    agentId: agent.id,
    agent: agent.name,
    sessionId: agent.sessionId,
    at: work.receivedAt,
    ...(query && { queryId: query.id }),
    ...(picture && { picture }),
  };
  context.isAnsweredLater = query !== undefined;
  work.addEffect((transaction) =>
    addTask(transaction, {
      lane: terminalLane(agent),
      command: "key",
      input,
      conversation,
      operator: from?.id,
    }),
  );
}

/** Presses a key and shows the terminal then: in place of the picture whose button it was, else in a new message. */
export function keyErrand(services: KeyErrandServices): Errand {
  /** What was asked last in each conversation, and when, as `performance.now` has it. */
  const lastAsked = new Map<string, { about: string; at: number }>();
  const isAskedAgain = ({ conversation, operator }: Task, agreed: string): boolean => {
    const about = `${operator} ${agreed}`;
    const now = performance.now();
    const before = lastAsked.get(conversation.key);
    if (before?.about === about && now - before.at < sameQuestionMs) return true;
    lastAsked.set(conversation.key, { about, at: now });
    return false;
  };
  return {
    isRepeatable: false,
    async perform(task) {
      const input = task.input as KeyInput;
      const agent = await services.agents.byId(input.agentId);
      if (agent?.state !== "active" || agent.sessionId !== input.sessionId) {
        const text = texts.sessions.sessionChanged({ agent: input.agent });
        return told(input, { text, buttons: [[statusButton(agent)]] });
      }
      if (Date.now() - input.at > longestAgeMs) return told(input, { text: texts.screen.tooLate });
      const started = { ...agent, sessionId: input.sessionId };
      const outcome = await pressed(services, started, input);
      if (outcome.kind === "refused") return told(input, { text: outcome.text });
      if (outcome.kind === "asks") {
        // The question about the press before stands there already.
        if (isAskedAgain(task, outcome.agreed) && input.picture) {
          return told(input, { text: texts.screen.asksFirst });
        }
        return asked(input, started, outcome);
      }
      if (input.picture) {
        const { conversation } = task;
        services.liveScreens.refresh({ ...input.picture, conversation, agent: agent.name });
        return told(input);
      }
      return shown(services, task, started);
    },
  };
}

/** Shows a terminal in a new message. */
async function shown(
  services: KeyErrandServices,
  task: Task,
  agent: StartedAgent,
): Promise<TaskOutcome> {
  const input = task.input as KeyInput;
  try {
    const picture = await services.terminalPictures.still(agent.name);
    if (!picture) return told(input, { text: texts.screen.noTerminal({ agent: agent.name }) });
    const outcome = await pictureOutcome(services, task, agent, picture);
    return {
      ...outcome,
      async effect(transaction) {
        if (input.queryId !== undefined) await answerPress(transaction, input.queryId, "");
        await outcome.effect?.(transaction);
      },
    };
  } catch (error) {
    if (!(error instanceof PictureError) && !(error instanceof TmuxError)) throw error;
    // The key was pressed, whatever became of its picture.
    return told(input, { text: texts.screen.unreadable });
  }
}

/** Sends a picture of an agent's terminal, with keys where the conversation talks to the agent. */
export async function pictureOutcome(
  { keptFiles }: Pick<KeyErrandServices, "keptFiles">,
  { conversation, operator }: Pick<Task, "conversation" | "operator">,
  agent: Pick<StartedAgent, "id" | "name">,
  { look, png }: Pictured,
): Promise<TaskOutcome> {
  const file = await writePicture(keptFiles, agent.name, png);
  return {
    text: "",
    isSaid: true,
    async effect(transaction) {
      const bound = await agentNamed(transaction, await boundAgent(transaction, conversation));
      const hasKeys = bound?.id === agent.id;
      const run = runOf(look);
      await sendPicture(transaction, { conversation, operator, agent, run, file, hasKeys });
    },
  };
}

/** Tells an outcome: where a button was pressed, for a moment above the chat, else in a message. */
function told({ queryId }: KeyInput, view?: Pick<TaskOutcome, "text" | "buttons">): TaskOutcome {
  const { text = "" } = view ?? {};
  if (queryId === undefined) return view ?? { text, isSaid: true };
  return { text, isSaid: true, effect: (transaction) => answerPress(transaction, queryId, text) };
}

function asked(
  { queryId, key }: KeyInput,
  agent: StartedAgent,
  { text, agreed, run }: Extract<PressOutcome, { kind: "asks" }>,
): TaskOutcome {
  const label = texts.screen.press({ key: key ? keyLabel(key) : "" });
  const press = { label, command: "key", argument: key ?? "", data: { run, agreed } };
  return {
    text,
    asks: true,
    isForeign: true,
    agent: aboutAgent(agent),
    buttons: [[press, { label: texts.bot.doNot, command: "" }]],
    async effect(transaction) {
      if (queryId !== undefined) await answerPress(transaction, queryId, texts.screen.asksFirst);
    },
  };
}

async function pressed(
  { keyPresser }: Pick<KeyErrandServices, "keyPresser">,
  agent: StartedAgent,
  { key, text, run, agreed }: KeyInput,
): Promise<PressOutcome> {
  try {
    if (key !== undefined) return await keyPresser.press({ agent, key, run, agreed });
    return await keyPresser.type(agent, text ?? "");
  } catch (error) {
    if (!(error instanceof TmuxError)) throw error;
    const isUnknown = error.reason === "timeout";
    const words = isUnknown ? texts.screen.unknownOutcome : texts.screen.tmuxFailed;
    return { kind: "refused", text: words };
  }
}
