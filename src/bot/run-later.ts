import type { Agents } from "../agents/agents.ts";
import { boundAgent } from "../agents/conversations.ts";
import { agentNamed } from "../agents/identity.ts";
import { Work } from "../inbox/worker.ts";
import { texts } from "../texts/texts.ts";
import { withPatience } from "../runner/within-moment.ts";
import { TooSlow } from "./ask-opencode.ts";
import { answerIn, type BotContext, type Command, type Ran } from "./context.ts";
import type { Errand } from "./errand.ts";
import { addTask } from "./tasks.ts";
import { sendView } from "./view.ts";

/** The name under which tasks run a command again that opencode had no time for. */
export const laterErrand = "later";

/** What such a task is told. */
interface Later extends Ran {
  /** The id of the agent that the conversation talked to. */
  agent?: string | undefined;
}

/**
 * Runs a command. One for which opencode takes longer than a moment is answered at once, and run again as a
 * task whose outcome takes the place of that answer; what the first run wanted is forgotten.
 */
export async function runSoon(
  context: BotContext,
  command: Command,
  argument: string,
  data?: unknown,
): Promise<void> {
  const { work } = context;
  const ran: Ran = { command: command.name, argument, data };
  context.ran = ran;
  const attempt = new Work(work.updateId, work.receivedAt);
  context.work = attempt;
  try {
    await withPatience(false, () => command.run(context, argument, data));
    work.addEffect((transaction) => attempt.apply(transaction));
  } catch (error) {
    if (!(error instanceof TooSlow)) throw error;
    context.work = work;
    runAsTask(context, ran);
  } finally {
    context.work = work;
  }
}

function runAsTask(context: BotContext, ran: Ran): void {
  const { work, conversation, talksTo, from, redraws } = context;
  const operator = from?.id;
  work.addEffect(async (transaction) => {
    const place = { conversation, operator, redraws };
    const outboxId = await sendView(transaction, place, { text: texts.bot.asking });
    const lane = `later ${work.updateId}`;
    const name = talksTo ?? (await boundAgent(transaction, conversation));
    const input: Later = { ...ran, agent: (await agentNamed(transaction, name))?.id };
    const task = { lane, command: laterErrand, input, conversation, operator, outboxId };
    await addTask(transaction, task);
  });
}

/**
 * Runs such a command again, with the patience that opencode needs, for the agent that its conversation
 * talked to. One that would connect the conversation does nothing once it talks to another one.
 */
export function later(commands: readonly Command[], agents: Pick<Agents, "byId">): Errand {
  return {
    isRepeatable: true,
    progress: texts.bot.asking,
    async perform({ id, input, conversation, operator, outboxId }) {
      const { agent: agentId, ...ran } = input as Later;
      const { command: name, argument, data } = ran;
      const agent = agentId === undefined ? undefined : await agents.byId(agentId);
      const command = commands.find((one) => one.name === name);
      const work = new Work(0, Date.now());
      // Of the update only this is needed: the others that commands read are of prompts.
      const context = {
        work,
        conversation,
        ran,
        ...(agent && { talksTo: agent.name }),
        ...(operator !== undefined && { from: { id: operator } }),
        ...(outboxId !== undefined && { redraws: { outboxId, subject: `task ${id}` } }),
      } as BotContext;
      await withPatience(true, async () => command?.run(context, argument, data));
      return {
        text: "",
        isSaid: true,
        async effect(transaction) {
          const bound = await agentNamed(transaction, await boundAgent(transaction, conversation));
          if (!command?.connects || !agent || bound?.id === agentId) return work.apply(transaction);
          const words = texts.buttons.otherAgent({ agent: agent.name });
          await answerIn(transaction, context, words);
        },
      };
    },
  };
}
