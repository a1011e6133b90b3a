import type { StartedAgent } from "../agents/agents.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../opencode/errors.ts";
import { texts } from "../texts/texts.ts";
import { aboutAgent, statusButton } from "./agent-buttons.ts";
import { type AgentArgumentServices, startedAgent } from "./agent-argument.ts";
import type { Command } from "./context.ts";
import type { TaskOutcome } from "./errand.ts";
import { addTask, type Task } from "./tasks.ts";

/** What an operator wants done with the session of the agent they talk to. */
export interface Wanted {
  agent: StartedAgent;
  argument: string;
  /** What its button carried, where one was pressed. */
  data: unknown;
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
  data?: unknown;
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
    async run(context, argument, data) {
      const agent = await startedAgent(context, services);
      if (!agent) return;
      const { work, conversation, from } = context;
      const { id, name, sessionId } = agent;
      const input: Input = { agent: name, id, sessionId, argument, data };
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
        const { agent: name, id = name, sessionId, argument, data } = task.input as Input;
        const agent = await services.agents.byId(id);
        if (agent?.state !== "active" || agent.sessionId !== sessionId) {
          const buttons = [[statusButton(agent)]];
          return { text: texts.sessions.sessionChanged({ agent: name }), buttons };
        }
        try {
          return await perform({ agent: { ...agent, sessionId }, argument, data, task, signal });
        } catch (error) {
          const isBusy = error instanceof OpencodeRefused && error.status === conflict;
          const isSilent = error instanceof OpencodeUnreachable && !error.mayHaveActed;
          if (signal.aborted || !(isBusy || isSilent)) throw error;
          const again = { label: texts.bot.tryAgain, command: about.name, argument, data };
          const bound = aboutAgent(agent);
          if (isBusy) return { text: texts.bot.busy, buttons: [[again]], agent: bound };
          const buttons = [[again], [statusButton(agent)]];
          return { text: texts.bot.opencodeSilent, buttons, agent: bound };
        }
      },
    },
  };
}
