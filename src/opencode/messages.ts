import type { OpencodeClient, SessionMessage } from "./client.ts";

const firstPage = 10;

/**
 * The messages of a session that came after message `after`, oldest first, however many they are: a
 * turn makes one for each of its steps. All of them when `after` is undefined; when it is gone, those
 * with a later id, since opencode's ids begin with the time.
 */
export async function messagesAfter(
  client: Pick<OpencodeClient, "messages">,
  sessionId: string,
  after: string | undefined,
): Promise<SessionMessage[]> {
  for (let limit = firstPage; ; limit *= 8) {
    const messages = await client.messages(sessionId, limit);
    const at = messages.findIndex(({ info }) => info.id === after);
    if (at >= 0) return messages.slice(at + 1);
    if (messages.length < limit) return messages.filter(({ info }) => info.id > (after ?? ""));
  }
}
