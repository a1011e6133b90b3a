import { isAgentName } from "../../agents/agents.ts";
import { freeName, nameFrom } from "../../agents/resume.ts";
import { Refusal } from "../../errors.ts";
import type { CloneOutcome } from "../../projects/clones.ts";
import type { MachineProjects } from "../../projects/projects.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import type { Store } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import { answer, type Command } from "../context.ts";
import { addTask } from "../tasks.ts";
import { startIn } from "./start.ts";

/** What `/clone` needs. */
export interface CloneServices {
  projects: Pick<MachineProjects, "clone">;
  lifecycle: Lifecycle;
  store: Store;
}

interface Input {
  url: string;
  name: string | undefined;
}

const notCloned = 502;

/** Clones a repository into the workspace and starts an agent in it. */
export const clone = ({ projects, lifecycle, store }: CloneServices): Command => ({
  name: "clone",
  group: "projects",
  argument: texts.arguments.clone,
  description: texts.commands.clone,
  details: texts.details.clone,
  asksWhenOld: true,
  async run(context, argument) {
    const [url, name, ...more] = argument.split(/\s+/).filter(Boolean);
    if (url === undefined || more.length > 0) return answer(context, texts.projects.cloneUsage);
    const { work, conversation, from } = context;
    const input: Input = { url, name };
    work.addEffect((transaction) =>
      addTask(transaction, {
        lane: `clone ${work.updateId}`,
        command: "clone",
        input,
        conversation,
        operator: from?.id,
      }),
    );
  },
  errand: {
    // What an interrupted one left is removed, and a folder that is there is refused.
    isRepeatable: true,
    progress: texts.projects.cloning,
    async perform({ input, conversation }, signal) {
      const { url, name } = input as Input;
      const outcome = await projects.clone(url, name, signal);
      if (outcome.kind !== "cloned") throw new Refusal(notCloned, inWords(outcome));
      const wanted = isAgentName(outcome.name) ? outcome.name : nameFrom(outcome.name);
      const agent = await store.read((transaction) => freeName(transaction, wanted));
      const { directory } = outcome;
      return {
        text: texts.projects.cloned({ name: outcome.name, agent }),
        effect: (transaction) =>
          startIn(transaction, lifecycle, conversation, { name: agent, directory }),
      };
    },
  },
});

function inWords(outcome: Exclude<CloneOutcome, { kind: "cloned" }>): string {
  if (outcome.kind === "git-missing") return texts.projects.gitMissing;
  return outcome.kind === "refused"
    ? texts.projects.cloneRefused[outcome.reason]
    : texts.projects.cloneFailed[outcome.reason];
}
