import { OpencodeRefused } from "./errors.ts";
import type { OpencodeClient, PermissionRequest, QuestionRequest } from "./client.ts";
import type { Agent } from "../agents/agents.ts";

/** A decision opencode waits for, of the agent's session or of one of its subagents. */
export type Decision =
  | { kind: "permission"; id: string; request: PermissionRequest }
  | { kind: "question"; id: string; request: QuestionRequest };

/** What an agent's session does at one moment. */
export interface SessionState {
  busy: boolean;
  /** The model cannot be reached and opencode tries again by itself. */
  retrying: boolean;
  /** What the running turn waits for. */
  decisions: Decision[];
}

/** Knows which session stands at the root of a subagent's; parents never change, so it remembers. */
export class SessionTree {
  #client: OpencodeClient;
  #parents = new Map<string, string | undefined>();

  constructor(client: OpencodeClient) {
    this.#client = client;
  }

  /** The session at the top of `sessionId`'s parents; itself when it has none or is not known. */
  async rootOf(sessionId: string): Promise<string> {
    let root = sessionId;
    for (;;) {
      const parent = await this.#parentOf(root);
      if (parent === undefined) return root;
      root = parent;
    }
  }

  async #parentOf(sessionId: string): Promise<string | undefined> {
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

/**
 * Reads what the session of `agent` does. Only a turn can wait for a decision, and opencode 1.18
 * keeps the requests of an aborted turn in its lists, so those of an idle session are not read.
 */
export async function readState(
  client: OpencodeClient,
  tree: SessionTree,
  agent: Agent & { sessionId: string },
): Promise<SessionState> {
  const status = (await client.statuses(agent.directory))[agent.sessionId];
  const busy = status !== undefined && status.type !== "idle";
  const decisions = busy ? await listedRequests(client, tree, agent) : [];
  return { busy, retrying: status?.type === "retry", decisions };
}

/**
 * The requests listed for `agent`'s session, live or left over from an aborted turn: the TUI may
 * show a dialog for each. They are listed per directory, so they are sorted out.
 */
export async function listedRequests(
  client: OpencodeClient,
  tree: SessionTree,
  agent: Agent & { sessionId: string },
): Promise<Decision[]> {
  const [permissions, questions] = await Promise.all([
    client.permissions(agent.directory),
    client.questions(agent.directory),
  ]);
  const all: Decision[] = [
    ...permissions.map((request) => ({ kind: "permission" as const, id: request.id, request })),
    ...questions.map((request) => ({ kind: "question" as const, id: request.id, request })),
  ];
  const roots = await Promise.all(all.map(({ request }) => tree.rootOf(request.sessionID)));
  return all.filter((_, index) => roots[index] === agent.sessionId);
}
