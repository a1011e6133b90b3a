import type { ApiCall } from "../../sandbox/telegram/calls.ts";
import { renderMarkdown, splitFormatted } from "../../src/chat/markdown/render.ts";
import { repeatMark } from "../../src/chat/limits.ts";
import { longestSpoken } from "../../src/outbox/speech.ts";

// A request that left before a kill is read by the sandbox after it.
const onTheWayMs = 1000;

/** What became of one or more runs: the promise is that `lost` and `doubled` stay 0. */
export interface Outcome {
  /** Prompts the model never began on, and messages of the agent that no chat shows. */
  lost: number;
  /** Prompts the model began on more than once, and messages that stand there again without need or mark. */
  doubled: number;
  /** Messages that stand there again, with the mark, because of a fault. */
  repeats: number;
}

/** No run yet. */
export const none: Outcome = { lost: 0, doubled: 0, repeats: 0 };

/** Two outcomes together. */
export function sum(a: Outcome, b: Outcome): Outcome {
  return {
    lost: a.lost + b.lost,
    doubled: a.doubled + b.doubled,
    repeats: a.repeats + b.repeats,
  };
}

/** The messages a text becomes; Telegram drops the white space around each. */
function partsOf(markdown: string): string[] {
  return splitFormatted(renderMarkdown(markdown), longestSpoken).map(({ text }) => text.trim());
}

/** How often the model began on a prompt that it should have begun on once. */
export function ofPrompt(begun: number): Outcome {
  return { ...none, lost: begun === 0 ? 1 : 0, doubled: Math.max(0, begun - 1) };
}

/**
 * What a chat shows of one text of the agent, part by part. A part may stand there again once for each
 * of the `faults` that may have kept Telegram's answer to it from Switchboard, and only marked.
 */
export function ofText(text: string, shown: readonly string[], faults: number): Outcome {
  return partsOf(text)
    .map((part) => {
      const plain = shown.filter((one) => one === part).length;
      const marked = shown.filter((one) => one === `${part}${repeatMark}`).length;
      const again = Math.max(0, plain + marked - 1);
      const excused = Math.min(again, marked, faults);
      return {
        lost: plain + marked === 0 ? 1 : 0,
        doubled: again - excused,
        repeats: excused,
      };
    })
    .reduce(sum, none);
}

/**
 * How many of the calls that took effect may not have been heard to: their connection was reset, or
 * Switchboard was killed before it called again. `kills` are milliseconds since the epoch.
 */
export function unheard(calls: readonly ApiCall[], kills: readonly number[]): number {
  const executed = calls.filter((call) => call.executed);
  return executed.filter((call, n) => {
    const next = executed[n + 1]?.at ?? Infinity;
    const isReset = call.status === 0;
    return isReset || kills.some((kill) => kill > call.at - onTheWayMs && kill < next);
  }).length;
}

/** Whether every part of a text is shown, marked or not. */
export function isShown(text: string, shown: readonly string[]): boolean {
  return partsOf(text).every(
    (part) => shown.includes(part) || shown.includes(`${part}${repeatMark}`),
  );
}
