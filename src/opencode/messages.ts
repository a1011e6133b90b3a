import type { Activity } from "./activity.ts";
import type { Opencode, SessionMessage } from "./client.ts";

const firstPage = 10;
const lookEveryMs = 100;

/** Reads what was added to a session. */
export class SessionMessages {
  #client: Pick<Opencode, "messages">;
  #activity: Activity;

  constructor(client: Pick<Opencode, "messages">, activity: Activity) {
    this.#client = client;
    this.#activity = activity;
  }

  /**
   * The messages of a session that came after message `after`, oldest first, however many they are:
   * a turn makes one for each of its steps. All of them when `after` is undefined; when it is gone,
   * those with a later id, since opencode's ids begin with the time.
   */
  async after(sessionId: string, after: string | undefined): Promise<SessionMessage[]> {
    for (let limit = firstPage; ; limit *= 8) {
      const messages = await this.#client.messages(sessionId, limit);
      const at = messages.findIndex(({ info }) => info.id === after);
      if (at >= 0) return messages.slice(at + 1);
      if (messages.length < limit) return messages.filter(({ info }) => info.id > (after ?? ""));
    }
  }

  /** The message that `pick` finds among those after `after`, waited for; undefined when none came. */
  waitForAfter(
    sessionId: string,
    after: string | undefined,
    pick: (messages: SessionMessage[]) => SessionMessage | undefined,
    timeoutMs: number,
  ): Promise<SessionMessage | undefined> {
    return this.#activity.waitFor(sessionId, async () => pick(await this.after(sessionId, after)), {
      timeoutMs,
      everyMs: lookEveryMs,
      firstAfterMs: this.#activity.acceptLatencyMs,
    });
  }
}
