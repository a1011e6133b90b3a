import type { Opencode, PermissionRequest, QuestionRequest, SessionMessage } from "./client.ts";
import type { EventStream } from "./events.ts";
import { HeardTurns } from "./heard-turns.ts";
import { KnownRest } from "./known-rest.ts";
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
  /**
   * What the session does, and what it and its subagents wait for. With `trustsEvents` opencode is not asked while its
   * events tell that nothing works there.
   */
  readSession: (session: SessionRef, options?: { trustsEvents?: boolean }) => Promise<SessionState>;
  /** The messages of its newest turn as events told them; undefined where they have to be read. See `HeardTurns`. */
  heardTurn: (sessionId: string) => SessionMessage[] | undefined;
  /**
   * The requests listed for the session, live or left over from an aborted turn: the TUI may show a
   * dialog for each.
   */
  listRequests: (session: SessionRef) => Promise<Decision[]>;
  /** The requests that an aborted turn has left in the lists: nothing waits for them. */
  leftovers: (session: SessionRef) => Promise<Decision[]>;
}

/** Reads sessions from opencode itself, so nothing is missed that an event did not tell; from events where asked to. */
export class OpencodeSessions implements SessionReader {
  #client: Pick<Opencode, "statuses" | "permissions" | "questions">;
  #tree: Pick<SessionTree, "rootOf">;
  #rest: KnownRest | undefined;
  #heard: HeardTurns | undefined;

  constructor(
    client: Pick<Opencode, "statuses" | "permissions" | "questions">,
    tree: Pick<SessionTree, "rootOf">,
    events?: Pick<EventStream, "isOpen" | "on">,
  ) {
    this.#client = client;
    this.#tree = tree;
    this.#rest = events && new KnownRest(events);
    this.#heard = events && new HeardTurns(events);
  }

  async readSession(session: SessionRef, { trustsEvents = false } = {}): Promise<SessionState> {
    if (trustsEvents && this.#rest?.isKnown(session.directory)) return atRest;
    const mark = this.#rest?.mark ?? 0;
    const statuses = await this.#client.statuses(session.directory);
    // A subagent may ask while its root rests. opencode 1.18 keeps the requests of an aborted turn in
    // its lists, so those of a session that rests are not waited for.
    const isAnyBusy = Object.keys(statuses).some((id) => isBusy(statuses, id));
    if (!isAnyBusy) {
      this.#rest?.found(session.directory, mark);
      return atRest;
    }
    const listed = await this.listRequests(session);
    return {
      busy: isBusy(statuses, session.sessionId),
      retrying: statuses[session.sessionId]?.type === "retry",
      decisions: listed.filter(({ request }) => isBusy(statuses, request.sessionID)),
    };
  }

  heardTurn(sessionId: string): SessionMessage[] | undefined {
    return this.#heard?.of(sessionId);
  }

  async leftovers(session: SessionRef): Promise<Decision[]> {
    const listed = await this.listRequests(session);
    if (listed.length === 0) return [];
    // Read after the lists: whoever asked and still waits is busy now.
    const statuses = await this.#client.statuses(session.directory);
    return listed.filter(({ request }) => !isBusy(statuses, request.sessionID));
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

const atRest: SessionState = { busy: false, retrying: false, decisions: [] };

function isBusy(statuses: Awaited<ReturnType<Opencode["statuses"]>>, sessionId: string): boolean {
  return (statuses[sessionId]?.type ?? "idle") !== "idle";
}
