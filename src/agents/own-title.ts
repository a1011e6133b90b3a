/**
 * The title of an agent's new session. It is unique, since its terminal is recognised by it: the name and
 * the time in seconds, so that the longest name still fits the 40 characters a terminal's title shows. Two
 * within a second get times of their own.
 */
export function ownTitle(name: string, now: number, lastTitle = ""): string {
  const seconds = Math.floor(now / 1000);
  const last = Number.parseInt(ownTitlePattern.exec(lastTitle)?.[2] ?? "", 36);
  // One that lies further ahead is another's, or the clock was changed.
  const isNear = last >= seconds && last < seconds + 1000;
  return `${name} ${(isNear ? last + 1 : seconds).toString(36)}`;
}

/**
 * The agent that a session was made for, by its title; undefined when it may be no title of ours, such as
 * one whose last word is a word.
 */
export function titledFor(title: string): string | undefined {
  const [, name, time = ""] = ownTitlePattern.exec(title) ?? [];
  return /\d/.test(time) ? name : undefined;
}

const ownTitlePattern = /^([A-Za-z0-9_-]{1,32}) ([0-9a-z]{6})$/;
