import type { Transaction } from "../store/store.ts";
import { type AgentRow, agentSignal } from "./agent.ts";
import { exists, isAgentName } from "./agents.ts";
import { keepSession } from "./ends.ts";
import { newAgentId } from "./identity.ts";
import { titledFor } from "./own-title.ts";
import { continueAgent } from "./renew.ts";

/** A session of opencode, whoever made it, that is to become an agent's. */
export interface Resumed {
  sessionId: string;
  /** Absolute path. */
  directory: string;
  /** As opencode has it. */
  title: string;
  /** Taken from the title when undefined. */
  name?: string | undefined;
  /** Give the session, also one that an agent has, the rule that allows everything; it is never taken away. */
  yolo?: boolean | undefined;
}

/** What came of a resume. */
export type ResumeOutcome =
  /** This agent has the session now: a new one, or one that was stopped. */
  | { kind: "resumed"; agent: string; yolo: boolean }
  /** This agent runs in that session; with `yolo` it asks nothing from now on. */
  | { kind: "already"; agent: string; yolo: boolean }
  /** The agent of that name runs in another session. */
  | { kind: "taken"; agent: string }
  /** That cannot be the name of an agent. */
  | { kind: "invalid" };

/**
 * Makes a session an agent's; one belongs to at most one agent, so that of a stopped agent starts that one
 * again, whatever name was given. Rules and terminal follow in the agent's loop.
 */
export async function resumeSession(
  transaction: Transaction,
  resumed: Resumed,
): Promise<ResumeOutcome> {
  const { sessionId, yolo = false } = resumed;
  const owner = await transaction.get<Pick<AgentRow, "name" | "state" | "yolo">>(
    "SELECT name, state, yolo FROM agents WHERE session_id = ?",
    sessionId,
  );
  if (owner?.state === "active") {
    const isFreed = yolo && owner.yolo !== 1;
    if (isFreed) await freeSession(transaction, owner.name);
    return { kind: "already", agent: owner.name, yolo: isFreed || owner.yolo === 1 };
  }
  if (owner) {
    await continueAgent(transaction, owner.name, { yolo });
    return { kind: "resumed", agent: owner.name, yolo: yolo || owner.yolo === 1 };
  }
  const name = resumed.name ?? (await freeName(transaction, nameFrom(resumed.title)));
  if (!isAgentName(name)) return { kind: "invalid" };
  const { changes } = await transaction.run(
    `INSERT INTO agents (id, name, directory, session_id, title, has_own_title, is_opened, yolo,
       state, created_at)
     VALUES (?, ?, ?, ?, ?, 0, 0, ?, 'active', ?)
     ON CONFLICT (name) DO UPDATE SET state = 'active', session_id = excluded.session_id,
       reply_token = NULL, directory = excluded.directory, title = excluded.title,
       has_own_title = 0, is_opened = 0, rules_due = 0, yolo = excluded.yolo,
       shown_mode = NULL, shown_model = NULL
     WHERE agents.state = 'stopped'`,
    newAgentId(),
    name,
    resumed.directory,
    sessionId,
    resumed.title,
    yolo ? 1 : 0,
    Date.now(),
  );
  if (changes === 0) return { kind: "taken", agent: name };
  await keepSession(transaction, sessionId);
  transaction.notify(agentSignal, name);
  return { kind: "resumed", agent: name, yolo };
}

/** Allows everything in a session that runs: its requests from now on, and its rule by the agent's loop. */
async function freeSession(transaction: Transaction, name: string): Promise<void> {
  await transaction.run("UPDATE agents SET yolo = 1, rules_due = 1 WHERE name = ?", name);
  transaction.notify(agentSignal, name);
}

/** A name like the one that is wanted; no agent has it, not even a stopped one, whose memory would be lost. */
export async function freeName(transaction: Transaction, wanted: string): Promise<string> {
  const rows = await transaction.all<Pick<AgentRow, "name">>("SELECT name FROM agents");
  return uniqueName(wanted, new Set(rows.map(({ name }) => name)));
}

/** The name to number for a copy of an agent: that of `site`, and of its copy `site-2`, is `site`. */
export async function siblingName(transaction: Transaction, name: string): Promise<string> {
  const base = /^(.+)-\d+$/.exec(name)?.[1];
  return base !== undefined && (await exists(transaction, base)) ? base : name;
}

/**
 * The name that a title suggests for an agent: its letters and digits, the rest as `-`. What opencode 1.18
 * puts into titles by itself says nothing: the number of a copy, and when a session without one was made.
 */
export function nameFrom(written: string): string {
  const title = written.replace(/(?: \(fork #\d+\))+$/, "");
  const own = titledFor(title);
  if (own !== undefined) return own;
  if (/^(?:New|Child) session - \d{4}-\d\d-\d\dT/.test(title)) return "session";
  const letters = title
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "-");
  const name = withoutEdges(withoutEdges(letters).slice(0, longestName));
  return isAgentName(name) ? name : "session";
}

function withoutEdges(name: string): string {
  return name.replaceAll(/^-+|-+$/g, "");
}

function uniqueName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? "" : `-${number}`;
    const candidate = `${name.slice(0, longestName - suffix.length)}${suffix}`;
    if (!taken.has(candidate) && isAgentName(candidate)) return candidate;
  }
}

const longestName = 32;
