/**
 * Why a speech server gave nothing that can be used:
 * - `refused`: it answered that it will not (400, 401, 404, a redirect); asking again changes nothing.
 * - `limited`: too many requests (429).
 * - `unreachable`: it did nothing: nobody answers there, or a status from 500 on.
 * - `unanswered`: the request left, and no whole answer came in time; whether it was charged is unknown.
 * - `unusable`: it answered, but with something else than words or sound, or with too much.
 * - `empty`: it heard no words.
 */
export type SpeechFault =
  | "refused"
  | "limited"
  | "unreachable"
  | "unanswered"
  | "unusable"
  | "empty";

/** A speech server failed. Neither the message nor the cause holds the key, the URL or what was said. */
export class SpeechError extends Error {
  readonly fault: SpeechFault;
  /** Milliseconds after which a server that limits us wants to be asked again. */
  readonly retryAfterMs: number | undefined;

  constructor(fault: SpeechFault, message: string, retryAfterMs?: number) {
    super(message);
    this.name = "SpeechError";
    this.fault = fault;
    this.retryAfterMs = retryAfterMs;
  }
}
