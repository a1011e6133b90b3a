/** The signal that an agent was started, stopped or changed; its subject is the agent's name. */
export const agentSignal = "agent";

/** A named opencode session with its directory and its tmux session. */
export interface Agent {
  /** What refers to it from elsewhere; it stays the same when the name does not. */
  id: string;
  name: string;
  /** Absolute path. */
  directory: string;
  /** Undefined until opencode has made the session; a stopped agent keeps its last one. */
  sessionId: string | undefined;
  /** The session's title, by which its terminal is recognised. */
  title: string;
  /** The title is one that Switchboard made, so no other session has it. */
  hasOwnTitle: boolean;
  /** False while a session that was kept or resumed waits for its rules and its terminal. */
  isOpened: boolean;
  /** Everything is allowed without asking. */
  yolo: boolean;
  /** Its session, which runs, has not been given that rule yet. */
  areRulesDue: boolean;
  state: "active" | "stopped";
  /** The session it had before, until its turn and its terminal have been ended. */
  sessionToEnd: string | undefined;
  /** Where that session works; absolute path. */
  endDirectory: string | undefined;
  /** The name its terminal still has after it was renamed. */
  formerName: string | undefined;
  /** What the operator chose for it; undefined when nothing was. */
  choice: Choice | undefined;
}

/** An agent whose opencode session exists. */
export type StartedAgent = Agent & { sessionId: string };

/** As what an agent's prompts are to run: the operator's choice, remembered. */
export interface Choice {
  /** An agent of opencode, such as `build` or `plan`; undefined when none was chosen. */
  mode: string | undefined;
  /** `provider/model`; undefined when none was chosen. */
  model: string | undefined;
  /** Of that model, or of the session's own when no model was chosen. */
  variant: string | undefined;
  /** When it was made; milliseconds since the epoch. */
  at: number;
  /** The mode that the terminal showed when it was read last; undefined before. */
  shownMode: string | undefined;
  /** The model and variant that it showed then, in words; undefined before. */
  shownModel: string | undefined;
}

/** A row of the table `agents`. */
export interface AgentRow {
  id: string;
  name: string;
  directory: string;
  session_id: string | null;
  title: string;
  has_own_title: number;
  is_opened: number;
  yolo: number;
  rules_due: number;
  state: Agent["state"];
  session_to_end: string | null;
  end_directory: string | null;
  former_name: string | null;
  reply_token: string | null;
  mode: string | null;
  model: string | null;
  variant: string | null;
  chosen_at: number | null;
  shown_mode: string | null;
  shown_model: string | null;
}

/** An agent as the rest of the code knows it. */
export function toAgent(row: AgentRow): Agent {
  return {
    id: row.id,
    name: row.name,
    directory: row.directory,
    sessionId: row.session_id ?? undefined,
    title: row.title,
    hasOwnTitle: row.has_own_title === 1,
    isOpened: row.is_opened === 1,
    yolo: row.yolo === 1,
    areRulesDue: row.rules_due === 1,
    state: row.state,
    sessionToEnd: row.session_to_end ?? undefined,
    endDirectory: row.end_directory ?? undefined,
    formerName: row.former_name ?? undefined,
    choice: toChoice(row),
  };
}

function toChoice(row: AgentRow): Choice | undefined {
  if (row.chosen_at === null) return undefined;
  return {
    mode: row.mode ?? undefined,
    model: row.model ?? undefined,
    variant: row.variant ?? undefined,
    at: row.chosen_at,
    shownMode: row.shown_mode ?? undefined,
    shownModel: row.shown_model ?? undefined,
  };
}
