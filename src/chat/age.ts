/** Age from which a message counts as old: long enough that its author may have moved on. */
export const oldAfterMs = 10 * 60 * 1000;

/** Whether a message sent at `sentAt` (ms since the epoch) is old; one from the future is not. */
export function isOld(sentAt: number, now: number): boolean {
  return now - sentAt > oldAfterMs;
}

/** An age in words, as `14 min` or `3 h 20 min`. */
export function ageInWords(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** The text of an old message with its age in front, so that the agent can tell what is stale. */
export function withAge(text: string, sentAt: number, now: number): string {
  return isOld(sentAt, now) ? `[sent ${ageInWords(now - sentAt)} ago]\n${text}` : text;
}
