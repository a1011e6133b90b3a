import type { NewFile } from "./part.ts";

/** The state of a prompt; the last three are final. */
export type PromptState =
  /**
   * More of it may follow: a forwarded message that it is the comment to, the rest of a split text or of an album;
   * or its files are being loaded.
   */
  "receiving" | "queued" | "delivering" | "running" | "done" | "failed" | "cancelled";
/** How a prompt reaches opencode: typed into the terminal, or posted. */
export type Path = "tmux" | "api";

/**
 * What an operator wants of opencode: a text for the model, one of opencode's commands (`/name` and what
 * follows it), or a command of the shell (after `! `).
 */
export type PromptKind = "text" | "command" | "shell";

/** Why a command, or a prompt with files, was not sent to opencode. */
export type NotSent =
  /** opencode has no such command. */
  | "unknown"
  /** It runs shell, which operators may not. */
  | "shell is off"
  /** opencode did not take it. */
  | "refused"
  /** It may have run all the same. */
  | "uncertain"
  /** opencode cannot read a file of it. */
  | "unreadable";

/** What an operator wrote to an agent. */
interface Written {
  agent: string;
  conversation: string;
  /** The Telegram user who wrote it. */
  operator: number;
  /** Its message in the conversation. */
  chatMessageId: number;
  /** All that was written; empty when it is of files alone. */
  text: string;
  /** When the operator sent it; milliseconds since the epoch, whole seconds. */
  sentAt: number;
}

/** What is known of a prompt when it is made. */
export interface NewPrompt extends Written {
  updateId: number;
  /** `text` when undefined. */
  kind?: PromptKind;
  /** Until when more of it may follow (milliseconds since the epoch); undefined when it is whole. */
  receiveUntil?: number | undefined;
  /** What came with it; none when undefined. */
  files?: readonly NewFile[];
}

/** What an operator sent to an agent, and its state. */
export interface Prompt extends Written {
  id: number;
  kind: PromptKind;
  /** Counts the changes of its text. */
  revision: number;
  /** Names its files to operators; empty when it has none. */
  label: string;
  state: PromptState;
  /** Until when more of it may follow, while it is `receiving`; milliseconds since the epoch. */
  receiveUntil: number | undefined;
  path: Path | undefined;
  attempts: number;
  /** When the last attempt began; milliseconds since the epoch. */
  attemptedAt: number | undefined;
  /** The opencode session it goes to, once an attempt has begun. */
  sessionId: string | undefined;
  /** The opencode message it is: named with the row, or found where the TUI named it. */
  messageId: string;
  partId: string;
  /** The session's newest message before the tmux path's attempt. */
  afterMessageId: string | undefined;
  /** Enter was pressed on it in the terminal, or was about to be. */
  isSubmitted: boolean;
  /** It is to join the turn that runs, or has joined one: opencode merges it. */
  isSentNow: boolean;
  /** When an operator wanted the turn it is in to be aborted; milliseconds since the epoch. */
  abortAt: number | undefined;
  /** The agent spoke through `/reply` while working on it. */
  replied: boolean;
  /** What it said last while working on it, and when (milliseconds since the epoch). */
  lastReply: { text: string; at: number } | undefined;
}

/** A row of the table `prompts`. */
export interface PromptRow {
  id: number;
  agent: string;
  conversation: string;
  operator: number;
  chat_message_id: number;
  kind: PromptKind;
  text: string;
  label: string;
  sent_at: number;
  state: PromptState;
  path: Path | null;
  attempts: number;
  attempted_at: number | null;
  session_id: string | null;
  message_id: string;
  part_id: string;
  after_message_id: string | null;
  submitted: number;
  replied: number;
  replied_at: number | null;
  reply_text: string | null;
  receive_until: number | null;
  position: number;
  sent_now: number;
  abort_at: number | null;
  revision: number;
  note: string | null;
}

/** An attempt to deliver a prompt, recorded before anything leaves. */
export type Attempt =
  | { path: "tmux"; sessionId: string; afterMessageId: string | undefined }
  | {
      path: "api";
      sessionId: string;
      /** It is posted into the turn that runs. */
      isSentNow?: boolean;
    };

/** A prompt as the rest of the code knows it. */
export function toPrompt(row: PromptRow): Prompt {
  return {
    id: row.id,
    agent: row.agent,
    conversation: row.conversation,
    operator: row.operator,
    chatMessageId: row.chat_message_id,
    kind: row.kind,
    revision: row.revision,
    text: row.text,
    label: row.label,
    sentAt: row.sent_at,
    state: row.state,
    receiveUntil: row.receive_until ?? undefined,
    path: row.path ?? undefined,
    attempts: row.attempts,
    attemptedAt: row.attempted_at ?? undefined,
    sessionId: row.session_id ?? undefined,
    messageId: row.message_id,
    partId: row.part_id,
    afterMessageId: row.after_message_id ?? undefined,
    isSubmitted: row.submitted === 1,
    isSentNow: row.sent_now === 1,
    abortAt: row.abort_at ?? undefined,
    replied: row.replied === 1,
    lastReply:
      row.replied_at === null ? undefined : { text: row.reply_text ?? "", at: row.replied_at },
  };
}
