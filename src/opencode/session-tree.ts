import type { Opencode } from "./client.ts";
import { OpencodeRefused } from "./errors.ts";

/** Finds the root of a subagent's session. Parents never change, so they are cached. */
export class SessionTree {
  #client: Pick<Opencode, "session">;
  #parents = new Map<string, string | undefined>();

  constructor(client: Pick<Opencode, "session">) {
    this.#client = client;
  }

  /**
   * The session at the top of `sessionId`'s parents; itself when it has none or is not known.
   * @throws OpencodeUnreachable when opencode has to be asked and does not answer.
   */
  async rootOf(sessionId: string): Promise<string> {
    let root = sessionId;
    for (;;) {
      const parent = await this.parentOf(root);
      if (parent === undefined) return root;
      root = parent;
    }
  }

  /**
   * The session that called `sessionId` as a subagent; undefined for a root, and for one not known.
   * @throws OpencodeUnreachable when opencode has to be asked and does not answer.
   */
  async parentOf(sessionId: string): Promise<string | undefined> {
    if (this.#parents.has(sessionId)) return this.#parents.get(sessionId);
    try {
      const { parentID } = await this.#client.session(sessionId);
      this.#parents.set(sessionId, parentID);
      return parentID;
    } catch (error) {
      if (error instanceof OpencodeRefused) return undefined;
      throw error;
    }
  }
}
