import { setTimeout as pause } from "node:timers/promises";
// grammY's build for browsers: the one for Node loads a fetch of its own that is not used here, which takes memory.
import { Api, GrammyError, HttpError, type RawApi } from "grammy/web";
import { neverLeft } from "../errors.ts";
import type { CallOutcome, TelegramCall, TelegramCalls } from "./call.ts";
import type { Pauses } from "./pauses.ts";
import { type FileToSend, filesIn, sizeOf, withUploads } from "./uploads.ts";

/** The address of the Bot API and our token. */
export interface TelegramApiOptions {
  token: string;
  apiRoot: string;
  /** Seconds before a call counts as unanswered; a file has more, by its size. */
  timeoutSeconds?: number;
  /** Is told of each attempt of a call. */
  calls?: TelegramCalls;
}

// A longer one overflows the timer, which then fires at once.
const longestTimerMs = 2 ** 31 - 1;

// A phone's uplink; a file that takes longer is sent again and again for a day, and holds up its chat.
const slowestBytesPerSecond = 64 * 1024;

/**
 * Settings of grammY's client. Node's own fetch is used because the errors of grammY's default one
 * hold the whole URL, and with it the token.
 */
export function clientOptions({ apiRoot, timeoutSeconds = 30 }: TelegramApiOptions) {
  return { apiRoot, timeoutSeconds, fetch: fetchJson, sensitiveLogs: false };
}

/** A gateway answered instead of the Bot API. */
class GatewayError extends Error {
  readonly code: string;

  constructor(status: number) {
    super(`a gateway answered with ${status}`);
    this.name = "GatewayError";
    this.code = `GATEWAY_${status}`;
  }
}

// grammY 1.46 hands over the signal of a polyfill, which the fetch of Node 24 does not take.
function nativeSignal(signal: AbortSignal | null | undefined): AbortSignal | null {
  if (!signal) return null;
  const controller = new AbortController();
  if (signal.aborted) controller.abort();
  else signal.addEventListener("abort", () => controller.abort(), { once: true });
  return controller.signal;
}

/** Gateways may answer with JSON too; only an error of the Bot API itself has an `error_code`. */
async function fetchJson(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, signal: nativeSignal(init?.signal) });
  if (response.ok) return response;
  const answer = (await response.json().catch(() => undefined)) as { error_code?: unknown } | null;
  if (typeof answer?.error_code !== "number") throw new GatewayError(response.status);
  return Response.json(answer, { status: response.status });
}

/** A client of the Bot API. */
export function openApi(options: TelegramApiOptions, client = clientOptions(options)): Api {
  const api = new Api(options.token, client);
  const { calls } = options;
  if (!calls) return api;
  // Transformers that are installed later run around this one, so it sees each attempt.
  api.config.use(async (call, method, payload, signal) => {
    const began = performance.now();
    const tell = ({ kind }: CallOutcome) =>
      calls.emit("ended", { method, outcome: kind, ms: performance.now() - began });
    try {
      const answer = await call(method, payload, signal);
      tell(answer.ok ? { kind: "ok" } : answered(answer));
      return answer;
    } catch (error) {
      tell(outcomeOf(error));
      throw error;
    }
  });
  return api;
}

/**
 * The Bot API for calls outside of the outbox: start-up and health. No method is called while it is
 * held. A 429 is waited out, a few times if it is short; every other failure is thrown, since
 * auto-retry would repeat network errors forever.
 */
export function createApi(options: TelegramApiOptions, pauses: Pauses): Api {
  const api = openApi(options);
  // The transformer that is installed last runs first, so this one sees each attempt of auto-retry.
  api.config.use(async (call, method, payload, signal) => {
    await waitUntil(pauses.until({ method }), nativeSignal(signal as AbortSignal | undefined));
    const answer = await call(method, payload, signal);
    if (!answer.ok && answer.error_code === 429) {
      await pauses.hold({ method }, Date.now() + retryAfterMs(answer.parameters));
    }
    return answer;
  });
  api.config.use(async (call, method, payload, signal) => {
    const first = await call(method, payload, signal);
    if (first.ok || first.error_code !== 429) return first;
    // Loaded only when Telegram limits us: it brings the build for Node with it.
    const { autoRetry } = await import("@grammyjs/auto-retry");
    const retry = autoRetry(retries);
    let answer: typeof first | undefined = first;
    return retry(
      async (...again) => {
        const known = answer;
        answer = undefined;
        return known ?? call(...again);
      },
      method,
      payload,
      signal,
    );
  });
  return api;
}

// Every other failure is thrown.
const retries = {
  maxRetryAttempts: 3,
  maxDelaySeconds: 60,
  rethrowHttpErrors: true,
  rethrowInternalServerErrors: true,
};

/** Resolves at a time (milliseconds since the epoch); rejects when `signal` is aborted. */
async function waitUntil(time: number, signal: AbortSignal | null): Promise<void> {
  while (time > Date.now()) {
    const ms = Math.min(longestTimerMs, time - Date.now());
    await pause(ms, undefined, signal ? { signal } : {});
  }
}

/** The one attempt of a call that the sender makes; retrying is the sender's own business. */
export function createCall(options: TelegramApiOptions): TelegramCall {
  const api = openApi(options);
  return async (method, payload) => {
    try {
      const files = filesIn(payload);
      const { raw } = files.length > 0 ? await uploadApi(options, files) : api;
      const call = (raw as unknown as RawCalls)[method as keyof RawApi];
      if (!call) return { kind: "refused", status: 404, description: "no such method" };
      return { kind: "ok", ...madeBy(await call(withUploads(payload))) };
    } catch (error) {
      return outcomeOf(error);
    }
  };
}

type RawCalls = Record<string, (payload: Record<string, unknown>) => Promise<unknown>>;

/** The messages that a call made: one, or those of an album, of which the last is the newest. */
function madeBy(result: unknown): { messageId?: number; album?: number[] } {
  const messages = Array.isArray(result) ? (result as unknown[]) : [result];
  const ids = messages.flatMap((message) => {
    const { message_id: id } = (message ?? {}) as { message_id?: unknown };
    return Number.isSafeInteger(id) ? [Number(id)] : [];
  });
  const last = ids.at(-1);
  if (last === undefined) return {};
  return { messageId: last, ...(Array.isArray(result) && { album: ids }) };
}

/** grammY's timeout covers the whole upload. */
async function uploadApi(options: TelegramApiOptions, files: readonly FileToSend[]): Promise<Api> {
  const { timeoutSeconds: usual, ...rest } = clientOptions(options);
  const timeoutSeconds = usual + Math.ceil((await sizeOf(files)) / slowestBytesPerSecond);
  return openApi(options, { ...rest, timeoutSeconds });
}

// Our own copy of a file to send cannot be read: no later attempt can.
const fileGone = new Set(["ENOENT", "EACCES", "EISDIR"]);
const fileCalls = new Set(["open", "read"]);

/** Classifies the error of a failed call by what it says about the call's effect. */
export function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof GrammyError) return answered(error);
  const faults = error instanceof HttpError ? faultsOf(error.error) : [];
  const codes = faults.map(({ code }) => code);
  const reason = codes.join(" ") || "no answer";
  if (faults.some(({ code, syscall }) => fileGone.has(code) && fileCalls.has(syscall))) {
    return { kind: "refused", status: 400, description: "the file is gone" };
  }
  if (codes.includes("GATEWAY_413")) {
    return { kind: "refused", status: 413, description: "too large for a gateway" };
  }
  // 504: the gateway gave up waiting for a Bot API that may have taken the call.
  const isGateway = codes.some((code) => code.startsWith("GATEWAY_") && code !== "GATEWAY_504");
  const isUnreached =
    isGateway || faults.some(({ code, syscall }) => neverLeft.has(code) || syscall === "connect");
  return { kind: isUnreached ? "unreachable" : "uncertain", reason };
}

/** Whether the Bot API itself says that it knows no bot of this token: it was mistyped, or revoked. */
export function isTokenRefused(error: unknown): boolean {
  // 404 is what a token gets that cannot be one.
  return error instanceof GrammyError && (error.error_code === 401 || error.error_code === 404);
}

/** What the Bot API's own refusal says. */
type Refused = Pick<GrammyError, "error_code" | "description"> & Partial<GrammyError>;

function answered({ error_code: status, description, parameters = {} }: Refused): CallOutcome {
  if (typeof status !== "number") return { kind: "uncertain", reason: "not the Bot API's answer" };
  if (status === 429) {
    return { kind: "limited", retryAfterMs: retryAfterMs(parameters) };
  }
  if (status === 404 && description === unknownMethod) {
    return { kind: "refused", status, description };
  }
  // Otherwise 401 and 404 are about the token, not about this call, which waits until the token works.
  const isAboutToken = status === 401 || status === 404 || status === 409;
  if (isAboutToken) return { kind: "unreachable", reason: `status ${status}` };
  if (status >= 500) {
    if (status === 504) return { kind: "uncertain", reason: "status 504" };
    return { kind: "unreachable", reason: `status ${status}`, answered: true };
  }
  const { migrate_to_chat_id: chatId } = parameters;
  if (Number.isSafeInteger(chatId)) return { kind: "migrated", chatId: Number(chatId) };
  if (status === 403) return { kind: "forbidden", description };
  if (alreadyTrue.test(description)) return { kind: "ok" };
  return { kind: "refused", status, description };
}

/** What a Bot API server says of a method that it does not know yet, exactly; any other 404 says nothing of it. */
export const unknownMethod = "Not Found: method not found";

/** How long Telegram wants to be left alone; a second where it does not say that as a number. */
function retryAfterMs(parameters: { retry_after?: unknown } | null | undefined): number {
  const seconds = Number(parameters?.retry_after ?? 1);
  const isPause = seconds >= 0 && seconds <= longestPauseSeconds;
  return (isPause ? seconds : 1) * 1000;
}

// Nothing of Telegram's lasts longer; what does is no pause but a fault.
const longestPauseSeconds = 366 * 24 * 60 * 60;

// The requested state exists already, or can no longer matter.
const alreadyTrue = /message is not modified|query is too old/;

/** The codes of an error and its causes, each with the system call that failed, if one did. */
function faultsOf(error: unknown): { code: string; syscall: string }[] {
  if (!(error instanceof Error)) return [];
  const { code, syscall = "" } = error as NodeJS.ErrnoException;
  const own = typeof code === "string" ? [{ code, syscall }] : [];
  const inner = error instanceof AggregateError ? error.errors : [error.cause];
  return [...own, ...inner.flatMap(faultsOf)];
}
