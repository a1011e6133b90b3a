import type { Opencode, PermissionRequest, QuestionRequest } from "./client.ts";
import type { SessionTree } from "./session-tree.ts";

/** A session and the directory it works in. */
export interface SessionRef {
  sessionId: string;
  /** Absolute path. */
  directory: string;
}

/** A decision opencode waits for, of a session or of one of its subagents. */
export type Decision =
  | { kind: "permission"; id: string; request: PermissionRequest }
  | { kind: "question"; id: string; request: QuestionRequest };

/** What a session does at one moment. */
export interface SessionState {
  busy: boolean;
  /** The model cannot be reached and opencode tries again by itself. */
  retrying: boolean;
  /** What its turn waits for, or that of one of its subagents, which may outlive it. */
  decisions: Decision[];
}

/** Reads what sessions do now. */
export interface SessionReader {
  /** What the session does, and what it and its subagents wait for. */
  readSession: (session: SessionRef) => Promise<SessionState>;
  /**
   * The requests listed for the session, live or left over from an aborted turn: the TUI may show a
   * dialog for each.
   */
  listRequests: (session: SessionRef) => Promise<Decision[]>;
}

/** Reads sessions from opencode itself, so nothing is missed that an event did not tell. */
export class OpencodeSessions implements SessionReader {
  #client: Pick<Opencode, "statuses" | "permissions" | "questions">;
  #tree: Pick<SessionTree, "rootOf">;

  constructor(
    client: Pick<Opencode, "statuses" | "permissions" | "questions">,
    tree: Pick<SessionTree, "rootOf">,
  ) {
    this.#client = client;
    this.#tree = tree;
  }

  async readSession(session: SessionRef): Promise<SessionState> {
    const statuses = await this.#client.statuses(session.directory);
    const isBusy = (id: string) => (statuses[id]?.type ?? "idle") !== "idle";
    // A subagent may ask while its root rests. opencode 1.18 keeps the requests of an aborted turn in
    // its lists, so those of a session that rests are not waited for.
    const listed = Object.keys(statuses).some(isBusy) ? await this.listRequests(session) : [];
    return {
      busy: isBusy(session.sessionId),
      retrying: statuses[session.sessionId]?.type === "retry",
      decisions: listed.filter(({ request }) => isBusy(request.sessionID)),
    };
  }

  async listRequests({ sessionId, directory }: SessionRef): Promise<Decision[]> {
    // They are listed per directory, for all of its sessions.
    const [permissions, questions] = await Promise.all([
      this.#client.permissions(directory),
      this.#client.questions(directory),
    ]);
    const all: Decision[] = [
      ...permissions.map((request) => ({ kind: "permission" as const, id: request.id, request })),
      ...questions.map((request) => ({ kind: "question" as const, id: request.id, request })),
    ];
    const roots = await Promise.all(all.map(({ request }) => this.#tree.rootOf(request.sessionID)));
    return all.filter((_, index) => roots[index] === sessionId);
  }
}
