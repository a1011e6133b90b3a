import { conversationFromKey } from "../../chat/conversation.ts";
import type { Logger } from "../../log.ts";
import { outboxLane } from "../../outbox/lanes.ts";
import { dropUnsent, enqueue } from "../../outbox/enqueue.ts";
import type { Prompt } from "../../prompts/prompt.ts";
import { promptOf } from "../../prompts/queue.ts";
import type { Store, Transaction } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import { bindLiveButtons, replaceByEndButtons } from "./live-buttons.ts";
import { type LiveMessage, takeLiveMessage } from "./live-table.ts";
import { elapsed } from "./live-view.ts";
import type { TurnReader, TurnSummary } from "./turn-reader.ts";

/** What ending live messages needs. */
export interface LiveEndsOptions {
  store: Store;
  reader: Pick<TurnReader, "summary">;
  log: Logger;
}

const ends = texts.live.ends;
const endOf: Partial<Record<TurnSummary["status"], keyof typeof ends>> = {
  finished: "finished",
  rejected: "rejected",
  stopped: "stopped",
  failed: "failed",
  "cut off": "cutOff",
};

/** Shows how turns ended in their live messages. */
export class LiveEnds {
  #options: LiveEndsOptions;

  constructor(options: LiveEndsOptions) {
    this.#options = options;
  }

  /**
   * Puts the last state of a live message into the outbox, once, as opencode tells it, or as far as the
   * store does when opencode cannot be asked. One that was not sent yet is not sent at all.
   */
  async show(message: LiveMessage): Promise<void> {
    const { store } = this.#options;
    const { promptId } = message;
    const prompt = await store.read((transaction) => promptOf(transaction, promptId));
    const summary = prompt && (await this.#summary(prompt));
    await store.writeBehind((transaction) => endMessage(transaction, promptId, prompt, summary));
  }

  async #summary(prompt: Prompt): Promise<TurnSummary | undefined> {
    try {
      return await this.#options.reader.summary(prompt);
    } catch (error) {
      const about = { err: error, agent: prompt.agent, promptId: prompt.id };
      this.#options.log.info(about, "what a turn came to could not be read");
      return undefined;
    }
  }
}

/** The line that a live message ends as. */
export function endLine(
  { agent, state }: Pick<Prompt, "agent" | "state">,
  startedAt: number,
  summary: TurnSummary | undefined,
): string {
  const kind = (summary && endOf[summary.status]) ?? (state === "done" ? "finished" : "failed");
  // The agent was stopped, and its turn with it.
  const isStopped = state === "cancelled";
  const head = ends[isStopped ? "stopped" : kind]({ agent });
  if (!summary) return head;
  const { model, endedAt, usage, files } = summary;
  const { cost, ...counts } = usage;
  const tokens = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return [
    head,
    model,
    endedAt === undefined ? undefined : elapsed(endedAt - startedAt),
    tokens > 0 ? texts.live.tokens({ count: tokens.toLocaleString("en-US") }) : undefined,
    cost > 0 ? `$${cost.toFixed(4)}` : undefined,
    files.count > 0 ? texts.live.files(files) : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(" · ");
}

async function endMessage(
  transaction: Transaction,
  promptId: number,
  prompt: Prompt | undefined,
  summary: TurnSummary | undefined,
): Promise<void> {
  const message = await takeLiveMessage(transaction, promptId);
  if (!message) return;
  const { agent, conversation, outboxId, startedAt } = message;
  const isUnsent = await dropUnsent(transaction, outboxId);
  const shown = { promptId, agent, conversation };
  const keyboard = await replaceByEndButtons(transaction, shown, {
    hasDiff: !isUnsent && (summary?.files.count ?? 0) > 0,
    hasTodos: !isUnsent && summary?.hasTodos === true,
  });
  if (isUnsent) return;
  await enqueue(transaction, {
    lane: outboxLane(conversation, "live"),
    method: "editMessageText",
    payload: {
      chat_id: conversationFromKey(conversation).chatId,
      message_of: outboxId,
      text: endLine(prompt ?? { agent, state: "done" }, startedAt, summary),
      link_preview_options: { is_disabled: true },
      ...(keyboard && { reply_markup: keyboard }),
    },
  });
  if (keyboard) await bindLiveButtons(transaction, promptId, outboxId);
}
