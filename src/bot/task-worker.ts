import { setTimeout as pause } from "node:timers/promises";
import type { Agents } from "../agents/agents.ts";
import { Refusal } from "../errors.ts";
import type { Logger } from "../log.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../opencode/errors.ts";
import { outboxLane } from "../outbox/lanes.ts";
import { enqueue } from "../outbox/enqueue.ts";
import { LanePump } from "../store/pump.ts";
import { isStoreFault, type Store, type Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import type { Command } from "./context.ts";
import { statusButton } from "./agent-buttons.ts";
import type { Errand, TaskOutcome } from "./errand.ts";
import { later, laterErrand } from "./run-later.ts";
import { endTask, recordTaskMessage, type Task, takeTasks, taskSignal } from "./tasks.ts";
import { sendView } from "./view.ts";

/** The errands of these commands, by the names of the commands. */
export function errandsOf(
  commands: readonly Command[],
  agents: Pick<Agents, "byId">,
): Map<string, Errand> {
  const own = commands.flatMap(({ name, errand }): [string, Errand][] =>
    errand ? [[name, errand]] : [],
  );
  return new Map([...own, [laterErrand, later(commands, agents)]]);
}

/** What the worker needs. */
export interface TaskWorkerOptions {
  store: Store;
  /** By the name of their command. */
  errands: ReadonlyMap<string, Errand>;
  log: Logger;
  /** Milliseconds after which progress is said. */
  progressAfterMs?: number;
  /** Milliseconds that a stop waits for what does not end by its signal. */
  graceMs?: number;
}

// An answer within a second, the sending included.
const momentMs = 700;

/**
 * Does what commands ask for outside of the store, lane by lane, and tells the outcome of each once: in
 * one message, or in place of the one that said what takes so long.
 */
export class TaskWorker {
  #options: TaskWorkerOptions;
  #pump: LanePump<Task>;
  #stopped = new AbortController();
  #letGo = Promise.withResolvers<undefined>();
  #unsubscribe: (() => void) | undefined;

  constructor(options: TaskWorkerOptions) {
    this.#options = options;
    this.#pump = new LanePump({
      take: (busyLanes) => takeTasks(options.store, busyLanes),
      run: (task) => this.#run(task),
      log: options.log,
    });
  }

  /** Begins with what waits and whatever is added; a second call does nothing. */
  start(): void {
    this.#unsubscribe ??= this.#options.store.on(taskSignal, () => this.#pump.wake());
    this.#pump.wake();
  }

  /**
   * Takes no more tasks, asks those under way to end, and resolves when they have, or soon: a call that
   * opencode does not answer must not hold up the whole stop.
   */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#stopped.abort();
    const { graceMs = 2000 } = this.#options;
    const grace = setTimeout(() => this.#letGo.resolve(undefined), graceMs);
    await this.#pump.stop();
    clearTimeout(grace);
  }

  async #run(task: Task): Promise<void> {
    const errand = this.#options.errands.get(task.command);
    // A command of a later version, after a step back.
    if (!errand || (task.wasBegun && !errand.isRepeatable)) {
      const { command } = task;
      return this.#tell(task, task.outboxId, withStatus(texts.bot.unknownOutcome({ command })));
    }
    const work = this.#perform(task, errand);
    const { progressAfterMs = momentMs } = this.#options;
    const late = new AbortController();
    const isDone = await Promise.race([
      work.then(() => true),
      pause(progressAfterMs, false, { signal: late.signal }).catch(() => true),
    ]);
    late.abort();
    const { progress } = errand;
    const isSaid = isDone || task.outboxId !== undefined || progress === undefined;
    const outboxId = isSaid ? task.outboxId : await this.#sayProgress(task, progress);
    const outcome = await Promise.race([work, this.#letGo.promise]);
    // One that the stop cut off is taken up by the next start.
    if (outcome) await this.#tell(task, outboxId, outcome);
  }

  async #perform(task: Task, errand: Errand): Promise<TaskOutcome | undefined> {
    const { signal } = this.#stopped;
    try {
      return await errand.perform(task, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      this.#options.log.info({ err: error, command: task.command }, "a command did not succeed");
      const text = faultInWords(error, task.command);
      return error instanceof Refusal ? { text } : withStatus(text);
    }
  }

  async #sayProgress(task: Task, text: string): Promise<number> {
    return this.#options.store.write(async (transaction) => {
      const place = placeOf(task, task.outboxId);
      const outboxId = await sendView(transaction, place, { text });
      await recordTaskMessage(transaction, task.id, outboxId);
      return outboxId;
    });
  }

  async #tell(task: Task, outboxId: number | undefined, outcome: TaskOutcome): Promise<void> {
    try {
      await this.#end(task, outboxId, outcome);
    } catch (error) {
      // A store that is full or locked says nothing about the task; the pump tries again.
      if (isStoreFault(error)) throw error;
      const { command } = task;
      this.#options.log.error(
        { err: error, command },
        "the outcome of a command cannot be applied",
      );
      await this.#end(task, outboxId, withStatus(texts.bot.failed({ command })));
    }
  }

  async #end(task: Task, outboxId: number | undefined, outcome: TaskOutcome): Promise<void> {
    await this.#options.store.write(async (transaction) => {
      const told = (await outcome.effect?.(transaction)) ?? outcome;
      if (outcome.isSent) await removeProgress(transaction, task, outboxId);
      else if (!outcome.isSaid) await sendView(transaction, placeOf(task, outboxId), told);
      await endTask(transaction, task.id);
    });
  }
}

async function removeProgress(
  transaction: Transaction,
  { conversation }: Task,
  outboxId: number | undefined,
): Promise<void> {
  if (outboxId === undefined) return;
  await enqueue(transaction, {
    lane: outboxLane(conversation.key, "urgent"),
    method: "deleteMessage",
    payload: { chat_id: conversation.chatId, message_of: outboxId },
  });
}

function placeOf({ id, conversation, operator }: Task, outboxId: number | undefined) {
  const redraws = outboxId === undefined ? undefined : { outboxId, subject: `task ${id}` };
  return { conversation, operator, redraws };
}

/** What may have been done is looked up before it is asked for again. */
function withStatus(text: string): TaskOutcome {
  return { text, buttons: [[statusButton()]] };
}

/** A fixed sentence for a fault; a definite failure is told apart from an outcome that is not known. */
export function faultInWords(error: unknown, command: string): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof OpencodeRefused) {
    return error.status === 409 ? texts.bot.busy : texts.bot.refused({ command });
  }
  if (error instanceof OpencodeUnreachable) {
    return error.mayHaveActed ? texts.bot.unknownOutcome({ command }) : texts.bot.opencodeSilent;
  }
  return texts.bot.failed({ command });
}
