import type { StartedAgent } from "../agents/agents.ts";
import { Refusal } from "../errors.ts";
import { OpencodeRefused } from "../opencode/errors.ts";
import { texts } from "../texts/texts.ts";
import { aboutAgent } from "./agent-buttons.ts";
import { type AgentArgumentServices, startedAgent } from "./agent-argument.ts";
import type { Command } from "./context.ts";
import type { TaskOutcome } from "./errand.ts";
import { addTask, type Task } from "./tasks.ts";

/** What an operator wants done with the session of the agent they talk to. */
export interface Wanted {
  agent: StartedAgent;
  argument: string;
  task: Task;
  signal: AbortSignal;
}

/** A command that works on the session of the conversation's agent, outside of the store. */
export interface SessionErrand extends Pick<
  Command,
  "name" | "argument" | "description" | "details" | "asksWhenOld" | "connects"
> {
  isRepeatable: boolean;
  progress: string;
  /** @throws as `Errand.perform` does */
  perform: (wanted: Wanted) => Promise<TaskOutcome>;
}

interface Input {
  /** Its name then, for the words. */
  agent: string;
  /** Undefined in one from before agents had ids. */
  id?: string;
  sessionId: string;
  argument: string;
}

const conflict = 409;

/** The command of such an errand. Errands of one agent are done one after the other. */
export function sessionErrand(
  services: AgentArgumentServices,
  { isRepeatable, progress, perform, ...about }: SessionErrand,
): Command {
  return {
    ...about,
    group: "sessions",
    async run(context, argument) {
      const agent = await startedAgent(context, services);
      if (!agent) return;
      const { work, conversation, from } = context;
      const { id, name, sessionId } = agent;
      const input: Input = { agent: name, id, sessionId, argument };
      work.addEffect((transaction) =>
        addTask(transaction, {
          lane: `agent ${id}`,
          command: about.name,
          input,
          conversation,
          operator: from?.id,
        }),
      );
    },
    errand: {
      isRepeatable,
      progress,
      async perform(task, signal) {
        const { agent: name, id = name, sessionId, argument } = task.input as Input;
        const agent = await services.agents.byId(id);
        if (agent?.state !== "active" || agent.sessionId !== sessionId) {
          throw new Refusal(conflict, texts.sessions.sessionChanged({ agent: name }));
        }
        try {
          return await perform({ agent: { ...agent, sessionId }, argument, task, signal });
        } catch (error) {
          if (!(error instanceof OpencodeRefused) || error.status !== conflict) throw error;
          const again = { label: texts.bot.tryAgain, command: about.name, argument };
          return { text: texts.bot.busy, buttons: [[again]], agent: aboutAgent(agent) };
        }
      },
    },
  };
}
