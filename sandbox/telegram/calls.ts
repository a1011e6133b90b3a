import type { UploadedFile } from "./multipart.ts";
import { methods } from "./methods/all.ts";
import { Refusal } from "./refusal.ts";
import { checked, isMethod } from "./request.ts";
import type { Method } from "./schemas.ts";
import { Described, type Handler, type World } from "./world.ts";

/** One API call, as it came and as it ended. */
export interface ApiCall {
  method: string;
  /** The parameters as sent; an uploaded file is `attach://…`. */
  payload: Record<string, unknown>;
  /** Milliseconds since the epoch. */
  at: number;
  /** `fault`: a planned fault answered or broke it; `executed` says whether it took effect. */
  outcome: "ok" | "refused" | "fault";
  executed: boolean;
  /** HTTP status of the answer; 0 when the connection was reset instead. */
  status: number;
  error?: string;
  result?: unknown;
  /** Place among all calls and shown messages, for `since`. */
  sequence: number;
}

/** An HTTP answer. A string or a buffer goes out as it is, anything else as JSON. */
export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** Runs a method by name and answers like the Bot API, `ok: false` included. Never throws a refusal. */
export function execute(
  world: World,
  name: string,
  payload: Record<string, unknown>,
  uploads: Map<string, UploadedFile>,
): Answer {
  try {
    if (!isMethod(name)) throw new Refusal(404, "Not Found: method not found");
    const parameters = checked(name, payload);
    const result = (methods[name] as Handler<Method>)(world, parameters, uploads);
    const body =
      result instanceof Described
        ? { ok: true, result: result.result, description: result.description }
        : { ok: true, result };
    return { status: 200, body: structuredClone(body) };
  } catch (error) {
    return refusal(error);
  }
}

/** The answer for a refusal. Throws what is not one. */
export function refusal(error: unknown): Answer {
  if (!(error instanceof Refusal)) throw error;
  const { status, message, parameters } = error;
  const retry = parameters?.retry_after;
  return {
    status,
    body: {
      ok: false,
      error_code: status,
      description: message,
      ...(parameters && { parameters }),
    },
    ...(retry !== undefined && { headers: { "retry-after": `${retry}` } }),
  };
}
