import type { ResponseParameters } from "grammy/types";

/** An answer `ok: false`: the request is understood and not done. */
export class Refusal extends Error {
  readonly status: number;
  readonly parameters: ResponseParameters | undefined;

  /** `description` is what the client sees, prefix included, as in `Bad Request: chat not found`. */
  constructor(status: number, description: string, parameters?: ResponseParameters) {
    super(description);
    this.status = status;
    this.parameters = parameters;
  }
}

/** The common refusal, status 400; the text is written without the `Bad Request: ` in front. */
export const badRequest = (text: string) => new Refusal(400, `Bad Request: ${text}`);

/** What a bot gets that asks for updates in two ways, or twice; status 409. */
export const conflict = (text: string) => new Refusal(409, `Conflict: ${text}`);
