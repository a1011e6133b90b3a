import type { Conversation } from "../../chat/conversation.ts";
import type { LiveSource } from "../../outbox/live-calls.ts";
import type { Prompt } from "../../prompts/prompt.ts";
import type { ReplyMarkup } from "./live-buttons.ts";
import type { Verbosity } from "./live-view.ts";
import type { TurnProgress } from "./turn-progress.ts";

/** What a conversation wants to see of a turn. */
export interface LiveSettings {
  verbosity: Verbosity;
  /** Growing answers are shown as drafts, where Telegram has them. */
  drafts: boolean;
}

/** A turn that runs, in memory: after a restart what was not stored is read or shown anew. */
export interface LiveTurn {
  /** Its first prompt. */
  promptId: number;
  agent: string;
  conversation: Conversation;
  settings: LiveSettings;
  progress: TurnProgress;
  /** When its text grew last; 0 before that was heard. Milliseconds since the epoch. */
  textAt: number;
  /** When the agent last said something by its own tool; 0 when it did not. */
  repliedAt: number;
  /** Its session rests: the turn may be over. */
  isResting: boolean;
  /** It may have just ended; the store is being asked. */
  isChecked: boolean;
  /** An operator wants it to end. */
  isStopping: boolean;
  /** Nothing more is shown of it but its end. */
  isOver: boolean;
  message: ShownMessage | undefined;
  draft: Draft;
  timer: NodeJS.Timeout | undefined;
}

/** Whether what the model writes is to be shown: not what the agent itself has replied to since. */
export function hasNewText({ textAt, repliedAt }: Pick<LiveTurn, "repliedAt" | "textAt">): boolean {
  return repliedAt === 0 || textAt > repliedAt;
}

/** When the agent last said something by its own tool in the turn of these prompts; 0 when it did not. */
export function repliedIn(prompts: readonly Pick<Prompt, "lastReply">[]): number {
  return Math.max(0, ...prompts.map(({ lastReply }) => lastReply?.at ?? 0));
}

/** The live message of a turn. */
export interface ShownMessage {
  outboxId: number;
  /** Telegram's id, once it is known. */
  messageId: number | undefined;
  keyboard: ReplyMarkup | undefined;
  /** What it shows. */
  shown: string;
  /** It was deleted, or cannot be edited for another reason. */
  isLost: boolean;
  source: LiveSource | undefined;
  /** What the context of the model takes, once that was asked; undefined where opencode does not know. */
  context: { isAsked: boolean; limit: number | undefined };
}

/** The draft of a turn. Telegram shows it for 30 s after the last call, or until the bot sends a message. */
export interface Draft {
  isWanted: boolean;
  /** When it was sent last, and what; 0 when none is shown. */
  sentAt: number;
  sentText: string;
  /** Telegram did not take the formatting. */
  isPlain: boolean;
  source: LiveSource | undefined;
  timer: NodeJS.Timeout | undefined;
}
