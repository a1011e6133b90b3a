import type { ApiCall } from "../../sandbox/telegram/calls.ts";
import type { Stage } from "../../sandbox/stage.ts";
import { until } from "./until.ts";

/** Words of an answer that grows: so many pieces, with so many milliseconds between two. */
export const growing = (count: number, everyMs: number, word = "word") => ({
  pieces: Array.from({ length: count }, (_, n) => `${word}${n} `),
  everyMs,
});

/** The text that these pieces make in the end. */
export const whole = ({ pieces }: { pieces: readonly string[] }) => pieces.join("").trim();

/** The calls that showed a running turn in a chat: drafts, and edits of its live message. */
export function liveCalls(stage: Stage, since = 0): ApiCall[] {
  return stage.telegram.calls.filter(
    ({ method, sequence, payload }) =>
      sequence > since &&
      (method === "sendMessageDraft" ||
        (method === "editMessageText" && hasStop(payload["reply_markup"]))),
  );
}

/**
 * The time between two of these calls on average, in milliseconds. That each waits for its second is shown
 * without a network (test/outbox/budget.test.ts): a busy machine takes one in late, and the next in time.
 */
export function apart(calls: ApiCall[]): number {
  const times = calls.map(({ at }) => at);
  return ((times.at(-1) ?? 0) - (times[0] ?? 0)) / (times.length - 1);
}

/** Resolves to the newest message of a chat that has a Stop button. */
export function withStop(stage: Stage, chatId?: number) {
  return until(() =>
    stage.telegram.chat(chatId).findLast(({ reply_markup }) => hasStop(reply_markup)),
  );
}

/** Whether a keyboard has a Stop button. */
export function hasStop(markup: unknown): boolean {
  return JSON.stringify(markup ?? {}).includes('"Stop"');
}
