import type { StartedAgent } from "../agents/agents.ts";
import { crashPoint } from "../crash.ts";
import type { Activity } from "../opencode/activity.ts";
import type { Opencode } from "../opencode/client.ts";
import type { Controls } from "../opencode/controls.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../opencode/errors.ts";
import { choosableAgents } from "../opencode/model-list.ts";
import { carriedCommand } from "../opencode/shell-command.ts";
import { runsShell } from "../opencode/slash-commands.ts";
import type { NotSent, Prompt } from "../prompts/prompt.ts";
import type { Prompts } from "../prompts/prompts.ts";
import { commandIn, shellIn } from "../prompts/written.ts";
import type { PromptModes } from "./prompt-mode.ts";

/** What the command path needs. */
export interface CommandPathOptions {
  prompts: Pick<Prompts, "attempt" | "putBack">;
  client: Pick<Opencode, "agents" | "message">;
  controls: Pick<Controls, "commands" | "runCommand" | "shell">;
  modes: Pick<PromptModes, "of">;
  activity: Activity;
  /** Whether operators may run shell commands. */
  allowsShell: boolean;
  /** Milliseconds until what opencode was given must be a message; a cold server takes seconds. */
  storedWithinMs?: number;
}

/** What a prompt asks of opencode. */
interface Run {
  /** Resolves when it is over, or nobody waits for it any more. */
  begin: () => Promise<unknown>;
  /** Something outside of opencode may have happened, though opencode has no message of it. */
  runsShell: boolean;
}

// fetch itself gives up then; what runs goes on, and its end is read from the session.
const answerWithinMs = 300_000;
const busy = 409;
const missing = 404;

/**
 * Delivers commands of opencode and of the shell. Their routes answer at the end of the turn, so they
 * count as delivered once opencode has their message; a turn goes on when nobody waits for its answer.
 * Both run again when they are posted again, so that is done only where nothing can have happened.
 */
export class CommandPath {
  #options: CommandPathOptions;

  constructor(options: CommandPathOptions) {
    this.#options = options;
  }

  /**
   * Delivers a command to an idle session. Resolves to `delivered` once opencode is seen to have it, to
   * `waits` when it is to be delivered later or not at all, else to why it was not sent.
   * @throws OpencodeUnreachable, OpencodeRefused when it is not known; deliver it again later.
   */
  async deliver(agent: StartedAgent, prompt: Prompt): Promise<"delivered" | "waits" | NotSent> {
    const wasTried = prompt.state !== "queued";
    if (wasTried && prompt.sessionId !== agent.sessionId) return "uncertain";
    if (wasTried && (await this.#comes(agent, prompt))) return "delivered";
    const run = await this.#read(agent, prompt);
    if (typeof run === "string") return run;
    if (wasTried && run.runsShell) return "uncertain";
    const attempt = { path: "api" as const, sessionId: agent.sessionId };
    if (!(await this.#options.prompts.attempt(prompt, attempt))) return "waits";
    return this.#begin(agent, prompt, run);
  }

  async #begin(
    agent: StartedAgent,
    prompt: Prompt,
    run: Run,
  ): Promise<"delivered" | "waits" | NotSent> {
    const { prompts, activity } = this.#options;
    let answer: { fault: Error | undefined } | undefined;
    run.begin().then(
      () => (answer = { fault: undefined }),
      (error: Error) => (answer = { fault: error }),
    );
    const isStored = await activity.waitFor(
      agent.sessionId,
      async () => {
        const isOver = answer !== undefined;
        return (await this.#isStored(agent, prompt)) || (isOver ? false : undefined);
      },
      { timeoutMs: answerWithinMs, everyMs: 50 },
    );
    crashPoint("after post");
    if (isStored) return "delivered";
    const { fault } = answer ?? {};
    if (!(fault instanceof OpencodeRefused)) {
      throw fault ?? new OpencodeUnreachable("with the command that was posted");
    }
    // Somebody at the terminal was faster, or the session is gone.
    const isLater = fault.status === busy || fault.status === missing;
    if (isLater) await prompts.putBack(prompt.id);
    if (fault.status === missing) throw fault;
    return isLater ? "waits" : "refused";
  }

  /** What is to be done, read now: a command may have changed since it was written. */
  async #read(agent: StartedAgent, prompt: Prompt): Promise<Run | NotSent> {
    const { controls, modes, allowsShell } = this.#options;
    const { messageId } = prompt;
    const patience = { timeoutMs: answerWithinMs };
    if (prompt.kind === "shell") {
      if (!allowsShell) return "shell is off";
      const command = carriedCommand(shellIn(prompt.text));
      const run = { command, messageId, agent: await this.#agentFor(agent) };
      return { runsShell: true, begin: () => controls.shell(agent, run, patience) };
    }
    const written = commandIn(prompt.text);
    const [commands, mode] = await Promise.all([
      controls.commands(agent.directory),
      modes.of(agent),
    ]);
    const known = commands.find(({ name }) => name === written.name);
    if (!known) return "unknown";
    const isShell = runsShell(known, written.argument);
    if (isShell && !allowsShell) return "shell is off";
    const run = { ...mode, command: known.name, arguments: written.argument, messageId };
    return { runsShell: isShell, begin: () => controls.runCommand(agent, run, patience) };
  }

  /** The shell's route takes no message without an agent of opencode. */
  async #agentFor(agent: StartedAgent): Promise<string> {
    const { client, modes } = this.#options;
    const { agent: mode } = await modes.of(agent);
    if (mode !== undefined) return mode;
    return choosableAgents(await client.agents(agent.directory))[0]?.name ?? "build";
  }

  async #comes(agent: StartedAgent, prompt: Prompt): Promise<boolean> {
    const { activity, storedWithinMs = 15_000 } = this.#options;
    const found = await activity.waitFor(
      agent.sessionId,
      async () => (await this.#isStored(agent, prompt)) || undefined,
      { timeoutMs: storedWithinMs, everyMs: 200 },
    );
    return found === true;
  }

  async #isStored({ sessionId }: StartedAgent, { messageId }: Prompt): Promise<boolean> {
    return (await this.#options.client.message(sessionId, messageId)) !== undefined;
  }
}
