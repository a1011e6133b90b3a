import type { EventStream } from "./events.ts";

/** What was heard of a message that opencode was given. */
export interface Expected extends Disposable {
  /** Whether all of these parts are stored; what was missed counts as not stored. */
  has(partIds: string[]): boolean;
}

/**
 * Listens for the parts of messages that opencode is given. It tells of a part once its transaction is committed
 * (EventV2.publish of opencode 1.18), so hearing it is as good as reading it, and costs opencode nothing.
 */
export class StoredParts {
  #expected = new Map<string, Set<string>>();

  constructor(events: Pick<EventStream, "on">) {
    events.on("event", (event) => {
      if (event.type !== "message.part.updated" || this.#expected.size === 0) return;
      const { id, messageID } = event.properties.part;
      this.#expected.get(messageID)?.add(id);
    });
  }

  /** Listens for the parts of a message from now on, until that is disposed of. */
  expect(messageId: string): Expected {
    const heard = new Set<string>();
    this.#expected.set(messageId, heard);
    return {
      has: (partIds) => partIds.every((id) => heard.has(id)),
      [Symbol.dispose]: () => {
        this.#expected.delete(messageId);
      },
    };
  }
}
