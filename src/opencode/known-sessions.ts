import type { Opencode, SessionInfo } from "./client.ts";
import type { EventStream } from "./events.ts";

/** What is kept of a session. */
export type KnownSession = Pick<SessionInfo, "id" | "title" | "agent" | "model">;

/** What knowing sessions needs. */
export interface KnownSessionsOptions {
  client: Pick<Opencode, "messages" | "session" | "titled">;
  events: Pick<EventStream, "isOpen" | "on">;
}

/**
 * Sessions as opencode told of them last. opencode 1.18 sends all of a session in `session.updated` whenever it changes,
 * so a session is read once while the event stream is open. A switch of its agent or model without a prompt has an
 * event of its own, which does not say what it is now: then it is read again.
 */
export class KnownSessions {
  #client: KnownSessionsOptions["client"];
  #events: Pick<EventStream, "isOpen">;
  #sessions = new Map<string, Promise<KnownSession>>();

  constructor({ client, events }: KnownSessionsOptions) {
    this.#client = client;
    this.#events = events;
    events.on("closed", () => this.#sessions.clear());
    events.on("event", (event) => {
      if (event.type === "session.deleted") this.#sessions.delete(event.properties.info.id);
      if (event.type === "session.updated") this.#update(event.properties.info);
      if (event.type.startsWith("session.next.")) {
        const { sessionID } = (event as { properties: { sessionID: string } }).properties;
        this.#sessions.delete(sessionID);
      }
    });
  }

  /**
   * One session.
   * @throws OpencodeUnreachable, OpencodeRefused (404 when there is none) when opencode has to be asked.
   */
  session(sessionId: string): Promise<KnownSession> {
    const known = this.#sessions.get(sessionId);
    if (known) return known;
    const answer = this.#client.session(sessionId).then(kept);
    if (!this.#events.isOpen) return answer;
    this.#sessions.set(sessionId, answer);
    // The one who asks hears of the failure.
    answer.catch(() => {
      if (this.#sessions.get(sessionId) === answer) this.#sessions.delete(sessionId);
    });
    return answer;
  }

  /** The same, asked of opencode now: an event may be on its way. @throws as `session` */
  sessionNow(sessionId: string): Promise<KnownSession> {
    this.#sessions.delete(sessionId);
    return this.session(sessionId);
  }

  /** See `Opencode`. */
  titled(words: string, limit: number): Promise<SessionInfo[]> {
    return this.#client.titled(words, limit);
  }

  /** See `Opencode`. */
  messages(...what: Parameters<Opencode["messages"]>): ReturnType<Opencode["messages"]> {
    return this.#client.messages(...what);
  }

  /** What comes while a session is read is as new as the answer, or newer. */
  #update(info: SessionInfo): void {
    if (this.#sessions.has(info.id)) this.#sessions.set(info.id, Promise.resolve(kept(info)));
  }
}

// A session that changed thousands of lines holds all of them.
function kept({ id, title, agent, model }: SessionInfo): KnownSession {
  return { id, title, agent, model };
}
