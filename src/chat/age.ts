import { en } from "../texts/en.ts";
import { texts } from "../texts/texts.ts";

/** Age from which a message counts as old: long enough that its author may have moved on. */
export const oldAfterMs = 10 * 60 * 1000;

/** Whether a message sent at `sentAt` (ms since the epoch) is old; one from the future is not. */
export function isOld(sentAt: number, now: number): boolean {
  return now - sentAt > oldAfterMs;
}

/** An age in words, as `14 min`, `3 h 20 min` or `2 days`; for the operator unless `words` are others. */
export function ageInWords(ms: number, words = texts.chat): string {
  const minutes = Math.floor(ms / 60_000);
  return words.age({ hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** The text of an old message with its age in front, so that the agent can tell what is stale; in English. */
export function withAge(text: string, sentAt: number, now: number): string {
  return isOld(sentAt, now) ? `[sent ${ageInWords(now - sentAt, en.chat)} ago]\n${text}` : text;
}
