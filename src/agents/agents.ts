import { randomBytes } from "node:crypto";
import type { SessionTree } from "../opencode/session-tree.ts";
import type { Store, Transaction } from "../store/store.ts";
import { type Agent, type AgentRow, agentSignal, type Choice, toAgent } from "./agent.ts";
import { followChoice } from "./choice.ts";
import { endsSession, keepEnd, sessionEnded } from "./ends.ts";
import { newAgentId } from "./identity.ts";
import { newTitle } from "./renew.ts";

export { type Agent, agentSignal, type StartedAgent } from "./agent.ts";

/** The agent that exists without being asked for. */
export const defaultAgent = "default_agent";
/** The tmux session of the opencode server, so no agent may be called that. */
export const serverSession = "opencode-server";

/** What a new agent is given. */
export interface NewAgent {
  name: string;
  /** Absolute path. */
  directory: string;
  yolo: boolean;
}

/** Whether a name can be an agent's: it becomes a tmux session name and a file name. */
export function isAgentName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,32}$/.test(name) && name !== serverSession;
}

/** Creates an agent, or restarts a stopped one with a new session; that is made later. */
export async function startAgent(
  transaction: Transaction,
  { name, directory, yolo }: NewAgent,
): Promise<"started" | "running"> {
  const { changes } = await transaction.run(
    `INSERT INTO agents (id, name, directory, title, yolo, state, created_at)
     VALUES (?, ?, ?, ?, ?, 'active', ?)
     ON CONFLICT (name) DO UPDATE SET state = 'active', session_id = NULL, reply_token = NULL,
       directory = excluded.directory, title = excluded.title, yolo = excluded.yolo,
       has_own_title = 1, is_opened = 1, rules_due = 0, shown_mode = NULL, shown_model = NULL
     WHERE agents.state = 'stopped'`,
    newAgentId(),
    name,
    directory,
    await newTitle(transaction, name),
    yolo ? 1 : 0,
    Date.now(),
  );
  transaction.notify(agentSignal, name);
  return changes === 1 ? "started" : "running";
}

/**
 * Stops an agent, revokes its token and marks its session to be ended, also when it was stopped before:
 * that may have been interrupted. The session stays the agent's last one. Whether there is such an agent.
 */
export async function markStopped(transaction: Transaction, name: string): Promise<boolean> {
  await keepEnd(transaction, name);
  const { changes } = await transaction.run(
    `UPDATE agents SET state = 'stopped', reply_token = NULL, ${endsSession} WHERE name = ?`,
    name,
  );
  transaction.notify(agentSignal, name);
  return changes === 1;
}

/** Whether an agent runs, as of this transaction. */
export async function isActive(transaction: Transaction, name: string): Promise<boolean> {
  const row = await transaction.get<Pick<AgentRow, "state">>(
    "SELECT state FROM agents WHERE name = ?",
    name,
  );
  return row?.state === "active";
}

/** Whether there is an agent of that name, running or stopped, as of this transaction. */
export async function exists(transaction: Transaction, name: string): Promise<boolean> {
  const row = await transaction.get<Pick<AgentRow, "name">>(
    "SELECT name FROM agents WHERE name = ?",
    name,
  );
  return row !== undefined;
}

/** Whether an agent runs in this opencode session, as of this transaction. */
export async function isInSession(
  transaction: Transaction,
  name: string,
  sessionId: string,
): Promise<boolean> {
  const row = await transaction.get<Pick<AgentRow, "state" | "session_id">>(
    "SELECT state, session_id FROM agents WHERE name = ?",
    name,
  );
  return row?.state === "active" && row.session_id === sessionId;
}

/** Forgets a session that opencode no longer has, so that a new one is made; whether it was known. */
export async function forgetSession(
  transaction: Transaction,
  name: string,
  sessionId: string,
): Promise<boolean> {
  const { changes } = await transaction.run(
    `UPDATE agents SET session_id = NULL, reply_token = NULL, is_opened = 1, rules_due = 0
     WHERE name = ? AND session_id = ?`,
    name,
    sessionId,
  );
  return changes === 1;
}

/** The agents this Switchboard knows, running or stopped. */
export class Agents {
  #store: Store;
  #tree: Pick<SessionTree, "rootOf">;

  constructor(store: Store, tree: Pick<SessionTree, "rootOf">) {
    this.#store = store;
    this.#tree = tree;
  }

  /** The agent of that name, stopped ones included. */
  get(name: string): Promise<Agent | undefined> {
    return this.#first("SELECT * FROM agents WHERE name = ?", name);
  }

  /** The agent of an id, whatever it is called by now. */
  byId(id: string): Promise<Agent | undefined> {
    return this.#first("SELECT * FROM agents WHERE id = ?", id);
  }

  /** The agents that are not stopped, oldest first. */
  active(): Promise<Agent[]> {
    return this.#all("SELECT * FROM agents WHERE state = 'active' ORDER BY created_at, name");
  }

  /** The agents that are stopped and have kept their session, the youngest first. */
  stopped(): Promise<Agent[]> {
    return this.#all(
      `SELECT * FROM agents WHERE state = 'stopped' AND session_id IS NOT NULL
       ORDER BY created_at DESC, name`,
    );
  }

  /** The agents that run, and those whose stop is not finished. */
  unsettled(): Promise<Agent[]> {
    return this.#all(
      `SELECT * FROM agents WHERE state = 'active' OR session_to_end IS NOT NULL
       ORDER BY created_at, name`,
    );
  }

  /**
   * The agent that an opencode session belongs to: as its own, or as that of a subagent.
   * @throws OpencodeUnreachable when opencode would have to say whose subagent it is, and does not.
   */
  async ofSession(sessionId: string): Promise<Agent | undefined> {
    const own = await this.#bySession(sessionId);
    if (own) return own;
    const root = await this.#tree.rootOf(sessionId);
    return root === sessionId ? undefined : this.#bySession(root);
  }

  /**
   * Records the opencode session made for an agent under that title. Resolves to false when the
   * agent was stopped or restarted in the meantime.
   */
  setSession(name: string, sessionId: string, title: string): Promise<boolean> {
    return this.#store.write(async (transaction) => {
      const { changes } = await transaction.run(
        `UPDATE agents SET session_id = ?
         WHERE name = ? AND title = ? AND state = 'active' AND session_id IS NULL`,
        sessionId,
        name,
        title,
      );
      return changes === 1;
    });
  }

  /**
   * The name of the agent of an id that runs, and the token by which it speaks; undefined before it has
   * one, and after a stop.
   */
  async speakerOf(id: string): Promise<{ name: string; token: string } | undefined> {
    const row = await this.#store.read((transaction) =>
      transaction.get<Pick<AgentRow, "name" | "reply_token">>(
        "SELECT name, reply_token FROM agents WHERE id = ? AND state = 'active'",
        id,
      ),
    );
    if (!row || row.reply_token === null) return undefined;
    return { name: row.name, token: row.reply_token };
  }

  /**
   * The token of an agent's present session, made at the first call; undefined when that is not its
   * session any more, or it was stopped. It begins with the agent's id and a dot, so that a rename does
   * not change it.
   */
  issueToken(name: string, sessionId: string): Promise<string | undefined> {
    return this.#store.write(async (transaction) => {
      const row = await transaction.get<Pick<AgentRow, "reply_token">>(
        `UPDATE agents SET reply_token = coalesce(reply_token, id || '.' || ?)
         WHERE name = ? AND session_id = ? AND state = 'active' RETURNING reply_token`,
        randomBytes(24).toString("base64url"),
        name,
        sessionId,
      );
      return row?.reply_token ?? undefined;
    });
  }

  /** Records what a session that was kept or resumed is, and that it may be used. */
  async opened(
    { name, sessionId }: { name: string; sessionId: string },
    { title, directory, yolo }: { title: string; directory: string; yolo: boolean },
  ): Promise<void> {
    await this.#store.write((transaction) =>
      transaction.run(
        `UPDATE agents SET is_opened = 1, title = ?, directory = ?,
           yolo = CASE WHEN yolo = 1 THEN 1 ELSE ? END
         WHERE name = ? AND session_id = ?`,
        title,
        directory,
        yolo ? 1 : 0,
        name,
        sessionId,
      ),
    );
  }

  /** Records that a session that runs has got the rule that allows everything. */
  async rulesSet({ id }: Pick<Agent, "id">, sessionId: string): Promise<void> {
    await this.#store.write((transaction) =>
      transaction.run(
        "UPDATE agents SET rules_due = 0 WHERE id = ? AND session_id = ?",
        id,
        sessionId,
      ),
    );
  }

  /** Records the title that an agent's session has got in opencode: others may have it, too. */
  async retitle(name: string, sessionId: string, title: string): Promise<void> {
    await this.#store.writeBehind((transaction) =>
      transaction.run(
        "UPDATE agents SET title = ?, has_own_title = 0 WHERE name = ? AND session_id = ?",
        title,
        name,
        sessionId,
      ),
    );
  }

  /** See `followChoice`. */
  async followChoice(name: string, at: number, next: Choice): Promise<void> {
    await this.#store.writeBehind((transaction) => followChoice(transaction, name, at, next));
  }

  /** Records that an agent's terminal has its new name. */
  async terminalRenamed(name: string, formerName: string): Promise<void> {
    await this.#store.write((transaction) =>
      transaction.run(
        "UPDATE agents SET former_name = NULL WHERE name = ? AND former_name = ?",
        name,
        formerName,
      ),
    );
  }

  /** See `sessionEnded`. */
  async sessionEnded(name: string, sessionId: string): Promise<void> {
    await this.#store.write((transaction) => sessionEnded(transaction, name, sessionId));
  }

  #bySession(sessionId: string): Promise<Agent | undefined> {
    return this.#first("SELECT * FROM agents WHERE session_id = ?", sessionId);
  }

  #first(sql: string, value: string): Promise<Agent | undefined> {
    return this.#store.read(async (transaction) => {
      const row = await transaction.get<AgentRow>(sql, value);
      return row && toAgent(row);
    });
  }

  #all(sql: string): Promise<Agent[]> {
    return this.#store.read(async (transaction) =>
      (await transaction.all<AgentRow>(sql)).map(toAgent),
    );
  }
}
