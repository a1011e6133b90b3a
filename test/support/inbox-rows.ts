import type { Update } from "grammy/types";
import type { Inbox } from "../../src/inbox/inbox.ts";
import type { Store } from "../../src/store/store.ts";
import { rows } from "./memory.ts";

/** Adds an update to a lane, as the webhook does. */
export function add(inbox: Inbox, one: Update, lane = "1000"): Promise<boolean> {
  return inbox.add(one.update_id, lane, JSON.stringify(one));
}

/** The updates with their states, in the order they came. */
export async function states(store: Store): Promise<string[]> {
  const found = await rows<{ s: string }>(
    store,
    "SELECT update_id || ' ' || state AS s FROM updates ORDER BY seq",
  );
  return found.map(({ s }) => s);
}
