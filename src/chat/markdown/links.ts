const dotted = /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/;
const longestUrl = 2000;

/**
 * The address of a link to the web; undefined for one that Telegram refuses, and the whole message with it:
 * another scheme than http, https and its own, or a host without a dot (TDLib, `get_checked_link`). Its own
 * schemes (`tg:`, `ton:`) are no links either: one tap and the app does what they say, such as use a proxy.
 */
export function acceptedUrl(target: string): string | undefined {
  if (target.length > longestUrl || !/^https?:/i.test(target)) return undefined;
  const url = URL.parse(target);
  if (!url) return undefined;
  const isPlain = url.username === "" && url.password === "" && dotted.test(url.hostname);
  return isPlain && url.href.length <= longestUrl ? url.href : undefined;
}

/** What stands in parentheses behind the text of a link that cannot be one; empty when the text says it. */
export function shownTarget(text: string, target: string): string {
  const address = target.replace(/^mailto:/i, "");
  return address === "" || text === address || text === target ? "" : address;
}
