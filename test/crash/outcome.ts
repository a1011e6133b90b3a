import { repeatMark, splitText } from "../../src/telegram/text/split.ts";

/** What became of one or more runs: the promise is that `lost` and `doubled` stay 0. */
export interface Outcome {
  /** Prompts the model never began on, and messages of the agent that no chat shows. */
  lost: number;
  /** Prompts the model began on more than once, and messages that stand there again unmarked. */
  doubled: number;
  /** Messages that stand there twice, the second with its mark. */
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
function partsOf(text: string): string[] {
  return splitText(text).map((part) => part.trim());
}

/** How often the model began on a prompt that it should have begun on once. */
export function ofPrompt(begun: number): Outcome {
  return { ...none, lost: begun === 0 ? 1 : 0, doubled: Math.max(0, begun - 1) };
}

/** What a chat shows of one text of the agent, part by part. */
export function ofText(text: string, shown: readonly string[]): Outcome {
  return partsOf(text)
    .map((part) => {
      const plain = shown.filter((one) => one === part).length;
      const marked = shown.filter((one) => one === `${part}${repeatMark}`).length;
      // One repeat may be marked; a second message without a mark, or a second mark, is one too many.
      return {
        lost: plain + marked === 0 ? 1 : 0,
        doubled: Math.max(0, plain - 1) + Math.max(0, marked - 1),
        repeats: plain > 0 && marked > 0 ? 1 : 0,
      };
    })
    .reduce(sum, none);
}

/** Whether every part of a text is shown, marked or not. */
export function isShown(text: string, shown: readonly string[]): boolean {
  return partsOf(text).every(
    (part) => shown.includes(part) || shown.includes(`${part}${repeatMark}`),
  );
}
