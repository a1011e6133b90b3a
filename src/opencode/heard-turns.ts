import type { SessionMessage } from "./client.ts";
import type { EventStream, OpencodeEvent } from "./events.ts";

type Part = SessionMessage["parts"][number];

/**
 * The newest turns of sessions as opencode's events tell them, so that they need not be read while opencode has much
 * to do: when a turn ends, each of its clients asks for messages. Only sessions that were asked for once are kept, and
 * of tools only how they ended.
 */
export class HeardTurns {
  #events: Pick<EventStream, "isOpen" | "on">;
  #wanted = new Set<string>();
  #turns = new Map<string, SessionMessage[]>();
  /** Sessions whose next prompt begins a turn. */
  #resting = new Set<string>();

  constructor(events: Pick<EventStream, "isOpen" | "on">) {
    this.#events = events;
    const forget = () => this.#turns.clear();
    events.on("open", forget).on("closed", forget);
    events.on("event", (event) => {
      if (event.type !== "message.part.delta") this.#hear(event);
    });
  }

  /**
   * The messages of a session since its newest turn began, oldest first, and the one before if it is known; undefined
   * unless all of them were heard to their ends.
   */
  of(sessionId: string): SessionMessage[] | undefined {
    this.#wanted.add(sessionId);
    const messages = this.#events.isOpen ? this.#turns.get(sessionId) : undefined;
    return messages?.every(hasEnded) ? messages : undefined;
  }

  #hear(event: OpencodeEvent): void {
    if (event.type === "session.status") {
      const { sessionID, status } = event.properties;
      if (status.type !== "idle") this.#resting.delete(sessionID);
      else if (this.#wanted.has(sessionID)) this.#resting.add(sessionID);
    } else if (event.type === "message.updated") this.#update(event.properties.info);
    else if (event.type === "message.part.updated") this.#updatePart(event.properties.part);
    else if (event.type === "message.removed" || event.type === "message.part.removed") {
      // Something was undone; what is left is read.
      this.#turns.delete(event.properties.sessionID);
    } else if (event.type === "session.deleted") {
      const { id } = event.properties.info;
      this.#turns.delete(id);
      this.#wanted.delete(id);
      this.#resting.delete(id);
    }
  }

  #update(info: SessionMessage["info"]): void {
    const { sessionID } = info;
    if (!this.#wanted.has(sessionID)) return;
    const turn = this.#turns.get(sessionID);
    const known = turn?.find((message) => message.info.id === info.id);
    if (known) known.info = info;
    // opencode 1.18 adds what it sums up of a turn to its prompt, long after the turn.
    else if (turn && info.time.created < (turn.at(-1)?.info.time.created ?? 0)) return;
    else if (info.role === "user" && (!turn || this.#resting.delete(sessionID))) {
      this.#turns.set(sessionID, [...(turn?.slice(-1) ?? []), { info, parts: [] }]);
    } else turn?.push({ info, parts: [] });
  }

  #updatePart(part: Part): void {
    const message = this.#turns.get(part.sessionID)?.find(({ info }) => info.id === part.messageID);
    if (!message) return;
    const at = message.parts.findIndex(({ id }) => id === part.id);
    message.parts.splice(at < 0 ? message.parts.length : at, at < 0 ? 0 : 1, light(part));
  }
}

/** Whether nothing more comes of a message; a text that grows was not heard whole. */
function hasEnded({ info, parts }: SessionMessage): boolean {
  if (info.role === "user") return true;
  if (info.time.completed === undefined) return false;
  return parts.every((part) => part.type !== "text" || part.time?.end !== undefined);
}

/** A part without the contents of files, and of what tools were given and have said. */
function light(part: Part): Part {
  if (part.type === "file") return { ...part, url: "data:" };
  if (part.type !== "tool") return part;
  const { status, metadata, ...state } = part.state as Extract<
    Extract<Part, { type: "tool" }>["state"],
    { status: "completed" }
  >;
  const kept = { ...state, input: {}, output: "", attachments: [] };
  return {
    ...part,
    state: { ...kept, status, metadata: { interrupted: metadata?.["interrupted"] } },
  };
}
