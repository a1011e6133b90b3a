import { EventEmitter } from "node:events";

/** How one attempt of a Telegram call ended. */
export type CallOutcome =
  | { kind: "ok"; messageId?: number | undefined; album?: number[] }
  /** Telegram refused it; the same call would be refused again. */
  | { kind: "refused"; status: number; description: string }
  /** Too many requests: nothing may go to this chat for that long. */
  | { kind: "limited"; retryAfterMs: number }
  /** It did not take effect and may work later. With `answered`, Telegram itself said so. */
  | { kind: "unreachable"; reason: string; answered?: boolean }
  /** The bot may not write to this chat now: it was blocked, or removed from the group. */
  | { kind: "forbidden"; description: string }
  /** The group has become a supergroup with another id. */
  | { kind: "migrated"; chatId: number }
  /** The request left and no answer came: it may have taken effect. */
  | { kind: "uncertain"; reason: string };

/** Makes one Telegram call; resolves to its outcome and never rejects. */
export type TelegramCall = (
  method: string,
  payload: Record<string, unknown>,
) => Promise<CallOutcome>;

/** What is told of the use of the Bot API. */
export interface CallEvents {
  /** An attempt of a call has ended, whoever made it; it took `ms` milliseconds. */
  ended: [call: { method: string; outcome: CallOutcome["kind"]; ms: number }];
}

/** Tells of every attempt of a call; downloads of files are none. */
export class TelegramCalls extends EventEmitter<CallEvents> {}
