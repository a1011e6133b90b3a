import { isAgentName } from "../../agents/agents.ts";
import { freeName, nameFrom } from "../../agents/resume.ts";
import type { Conversation } from "../../chat/conversation.ts";
import { Refusal } from "../../errors.ts";
import type { CloneOutcome } from "../../projects/clones.ts";
import type { MachineProjects } from "../../projects/projects.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import type { Transaction } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import { answer, type Command } from "../context.ts";
import { boundId } from "../connect.ts";
import { addTask } from "../tasks.ts";
import type { View } from "../view.ts";
import { startIn } from "./start.ts";

/** What `/clone` needs. */
export interface CloneServices {
  projects: Pick<MachineProjects, "clone">;
  lifecycle: Lifecycle;
}

interface Input {
  url: string;
  name: string | undefined;
  /** The id of the agent that the conversation talked to. */
  before?: string | undefined;
}

const notCloned = 502;

/** Clones a repository into the workspace and starts an agent in it. */
export const clone = ({ projects, lifecycle }: CloneServices): Command => ({
  name: "clone",
  group: "projects",
  argument: texts.arguments.clone,
  description: texts.commands.clone,
  details: texts.details.clone,
  connects: true,
  asksWhenOld: true,
  async run(context, argument) {
    const [url, name, ...more] = argument.split(/\s+/).filter(Boolean);
    if (url === undefined || more.length > 0) return answer(context, texts.projects.cloneUsage);
    const { work, conversation, from } = context;
    work.addEffect(async (transaction) => {
      const input: Input = { url, name, before: await boundId(transaction, conversation) };
      await addTask(transaction, {
        lane: `clone ${work.updateId}`,
        command: "clone",
        input,
        conversation,
        operator: from?.id,
      });
    });
  },
  errand: {
    // What an interrupted one left is removed, and a folder that is there is refused.
    isRepeatable: true,
    progress: texts.projects.cloning,
    async perform({ input, conversation }, signal) {
      const { url, name, before } = input as Input;
      const outcome = await projects.clone(url, name, signal);
      if (outcome.kind !== "cloned") throw new Refusal(notCloned, inWords(outcome));
      const wanted = isAgentName(outcome.name) ? outcome.name : nameFrom(outcome.name);
      const cloned = { ...outcome, wanted, conversation, before };
      return { text: "", effect: (transaction) => begin(transaction, lifecycle, cloned) };
    },
  },
});

interface Cloned {
  /** Of the folder. */
  name: string;
  directory: string;
  /** The name the agent is to have, made unique. */
  wanted: string;
  conversation: Conversation;
  before: string | undefined;
}

async function begin(
  transaction: Transaction,
  lifecycle: Lifecycle,
  { name, directory, wanted, conversation, before }: Cloned,
): Promise<View> {
  const agent = await freeName(transaction, wanted);
  const started = { name: agent, directory, before };
  return startIn(transaction, lifecycle, conversation, {
    ...started,
    text: texts.projects.cloned({ name, agent }),
  });
}

function inWords(outcome: Exclude<CloneOutcome, { kind: "cloned" }>): string {
  if (outcome.kind === "git-missing") return texts.projects.gitMissing;
  return outcome.kind === "refused"
    ? texts.projects.cloneRefused[outcome.reason]
    : texts.projects.cloneFailed[outcome.reason];
}
