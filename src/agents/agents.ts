import type { Store, Transaction } from "../store/store.ts";
import { loseSession } from "../runner/lost-session.ts";
import { endPrompts } from "../prompts/prompts.ts";

/** The agent that exists without being asked for. */
export const defaultAgent = "default_agent";
/** The tmux session of the opencode server, so no agent may be called that. */
export const serverSession = "opencode-server";

/** A named opencode session with its directory and its tmux session. */
export interface Agent {
  name: string;
  /** Absolute path. */
  directory: string;
  /** Undefined until opencode has made the session. */
  sessionId: string | undefined;
  /** The session's title, unique, by which its terminal is recognised. */
  title: string;
  yolo: boolean;
  state: "active" | "stopped";
}

interface Row {
  name: string;
  directory: string;
  session_id: string | null;
  title: string;
  yolo: number;
  state: Agent["state"];
}

/** Whether a name can be an agent's: it becomes a tmux session name and a file name. */
export function isAgentName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,32}$/.test(name) && name !== serverSession;
}

/** Whether an agent runs, as of this transaction. */
export function isActive(transaction: Transaction, name: string): boolean {
  const row = transaction.get<Pick<Row, "state">>("SELECT state FROM agents WHERE name = ?", name);
  return row?.state === "active";
}

/** The agents this Switchboard knows, running or stopped. */
export class Agents {
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Makes an agent, or starts a stopped one anew with a session still to be made. */
  async start(name: string, directory: string, yolo: boolean): Promise<"started" | "running"> {
    // Seconds, so that the longest name still fits the 40 characters a terminal's title shows.
    const title = `${name} ${Math.floor(Date.now() / 1000).toString(36)}`;
    return this.#store.write((transaction) => {
      const { changes } = transaction.run(
        `INSERT INTO agents (name, directory, title, yolo, state, created_at)
         VALUES (?, ?, ?, ?, 'active', ?)
         ON CONFLICT (name) DO UPDATE SET state = 'active', session_id = NULL,
           directory = excluded.directory, title = excluded.title, yolo = excluded.yolo
         WHERE agents.state = 'stopped'`,
        name,
        directory,
        title,
        yolo ? 1 : 0,
        Date.now(),
      );
      return changes === 1 ? "started" : "running";
    });
  }

  /** The agent of that name, stopped ones included. */
  get(name: string): Promise<Agent | undefined> {
    return this.#store.read((transaction) => {
      const row = transaction.get<Row>("SELECT * FROM agents WHERE name = ?", name);
      return row && toAgent(row);
    });
  }

  /** The agents that are not stopped, oldest first. */
  active(): Promise<Agent[]> {
    return this.#store.read((transaction) =>
      transaction
        .all<Row>("SELECT * FROM agents WHERE state = 'active' ORDER BY created_at, name")
        .map(toAgent),
    );
  }

  /** The agent whose opencode session this is. */
  bySession(sessionId: string): Promise<Agent | undefined> {
    return this.#store.read((transaction) => {
      const row = transaction.get<Row>("SELECT * FROM agents WHERE session_id = ?", sessionId);
      return row && toAgent(row);
    });
  }

  /**
   * Notes the opencode session made for an agent under that title. Resolves to false when the agent
   * was stopped, or started anew, meanwhile.
   */
  setSession(name: string, sessionId: string, title: string): Promise<boolean> {
    return this.#store.write((transaction) => {
      const { changes } = transaction.run(
        `UPDATE agents SET session_id = ?
         WHERE name = ? AND title = ? AND state = 'active' AND session_id IS NULL`,
        sessionId,
        name,
        title,
      );
      return changes === 1;
    });
  }

  /** Forgets a session that opencode no longer has; see `loseSession`. */
  async loseSession(name: string, sessionId: string): Promise<void> {
    await this.#store.write((transaction) => loseSession(transaction, name, sessionId));
  }

  /** Ends an agent and drops the prompts that still waited for it; resolves to how many. */
  stop(name: string): Promise<number> {
    return this.#store.write((transaction) => {
      transaction.run("UPDATE agents SET state = 'stopped' WHERE name = ?", name);
      return endPrompts(transaction, name);
    });
  }
}

function toAgent(row: Row): Agent {
  return {
    name: row.name,
    directory: row.directory,
    sessionId: row.session_id ?? undefined,
    title: row.title,
    yolo: row.yolo === 1,
    state: row.state,
  };
}
