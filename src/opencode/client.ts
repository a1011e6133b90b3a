import type {
  Message,
  Part,
  PermissionRequest,
  QuestionRequest,
  SessionStatus,
} from "@opencode-ai/sdk/v2/client";
import { OpencodeRefused, OpencodeUnreachable } from "./errors.ts";
import type { Provider } from "./models.ts";

export type { PermissionRequest, QuestionRequest, QuestionInfo } from "@opencode-ai/sdk/v2/client";

/** A message of a session with its parts, as `GET /session/{id}/message` lists them. */
export interface SessionMessage {
  info: Message;
  parts: Part[];
}

/** A prompt whose ids we made, so that posting it again changes nothing. */
export interface IdentifiedPrompt extends PromptMode {
  messageId: string;
  partId: string;
  text: string;
}

/** What a new session is given. */
export interface SessionSettings {
  /** Everything is allowed without asking. */
  yolo: boolean;
  /** `provider/model`; opencode's own when undefined. */
  model: string | undefined;
  variant: string | undefined;
}

/** A rule of a session; the last one that matches decides. */
export interface PermissionRule {
  permission: string;
  pattern: string;
  action: "allow" | "ask" | "deny";
}

/** What is read of a session: subagents have a parent; agent and model are those of its last prompt. */
export interface SessionInfo {
  id: string;
  title?: string | undefined;
  /** The session's own rules; they do not reach its subagents. */
  permission?: PermissionRule[] | undefined;
  directory?: string | undefined;
  parentID?: string | undefined;
  agent?: string | undefined;
  model?: { id: string; providerID: string; variant?: string | undefined } | undefined;
}

/** As what a prompt runs; opencode's own choice where it is undefined. */
export interface PromptMode {
  /** An agent of opencode, such as `build` or `plan`. */
  agent: string | undefined;
  /** `provider/model`. */
  model: string | undefined;
  variant: string | undefined;
}

/** What others use of the client; tests replace it. */
export type Opencode = Pick<OpencodeClient, keyof OpencodeClient>;

/** The address of the server and our login. */
export interface OpencodeOptions {
  url: string;
  username: string;
  password: string | undefined;
  /** Milliseconds before a call counts as unanswered. */
  timeoutMs?: number;
}

const probeMs = 1000;
const everything: PermissionRule = { permission: "*", pattern: "*", action: "allow" };

interface Call {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  timeoutMs?: number;
}

/**
 * The endpoints of opencode's first API that Switchboard uses, on fetch. Every call carries Basic
 * auth when there is a password.
 * @throws OpencodeUnreachable when nothing answered, OpencodeRefused on an error status.
 */
export class OpencodeClient {
  readonly url: string;
  #headers: Record<string, string>;
  #timeoutMs: number;
  #isUp = false;

  constructor({ url, username, password, timeoutMs = 10_000 }: OpencodeOptions) {
    this.url = url;
    this.#timeoutMs = timeoutMs;
    const basic = Buffer.from(`${username}:${password}`).toString("base64");
    this.#headers = password === undefined ? {} : { authorization: `Basic ${basic}` };
  }

  /** Makes a session in a directory. The first in a fresh configuration takes seconds. */
  createSession(directory: string, title: string, settings: SessionSettings): Promise<SessionInfo> {
    const { yolo, model, variant } = settings;
    return this.#call("/session", {
      method: "POST",
      query: { directory },
      body: {
        title,
        ...(yolo && { permission: [everything] }),
        ...(model && { model: { ...modelOf(model), variant } }),
      },
      timeoutMs: 60_000,
    });
  }

  /** One session; OpencodeRefused with status 404 when there is none. */
  session(sessionId: string): Promise<SessionInfo> {
    return this.#call(`/session/${encodeURIComponent(sessionId)}`);
  }

  /** Lets a session do everything without asking; opencode 1.18 appends the rule to those before. */
  async allowEverything(sessionId: string, directory: string): Promise<void> {
    const call = { query: { directory }, body: { permission: [everything] } };
    await this.#call(`/session/${encodeURIComponent(sessionId)}`, { method: "PATCH", ...call });
  }

  /** Sessions of all directories, subagents' included, whose title contains `words`; at most `limit`. */
  titled(words: string, limit: number): Promise<SessionInfo[]> {
    return this.#call("/experimental/session", { query: { search: words, limit } });
  }

  /** What each busy session of a directory does; a session not named is idle. */
  statuses(directory: string): Promise<Record<string, SessionStatus>> {
    return this.#call("/session/status", { query: { directory } });
  }

  /** The permissions that wait for a decision in a directory, of every session. */
  permissions(directory: string): Promise<PermissionRequest[]> {
    return this.#call("/permission", { query: { directory } });
  }

  /** The questions that wait for an answer in a directory, of every session. */
  questions(directory: string): Promise<QuestionRequest[]> {
    return this.#call("/question", { query: { directory } });
  }

  /** The agents of opencode that a directory has, such as `build` and `plan`. */
  agents(directory: string): Promise<{ name: string }[]> {
    return this.#call("/agent", { query: { directory } });
  }

  /** The providers that are set up in a directory, with their models. */
  async providers(directory: string): Promise<Provider[]> {
    // `GET /provider` lists every provider there is: 6 MB.
    const path = "/config/providers";
    const answer = await this.#call<{ providers?: Provider[] }>(path, { query: { directory } });
    return answer.providers ?? [];
  }

  /** The model (`provider/model`) that opencode's own settings name in a directory, if they do. */
  async defaultModel(directory: string): Promise<string | undefined> {
    const { model } = await this.#call<{ model?: string }>("/config", { query: { directory } });
    return model;
  }

  /** The newest messages of a session, oldest first. */
  messages(sessionId: string, limit: number): Promise<SessionMessage[]> {
    return this.#call(`/session/${encodeURIComponent(sessionId)}/message`, { query: { limit } });
  }

  /** One message, or undefined when the session does not have it. */
  async message(sessionId: string, messageId: string): Promise<SessionMessage | undefined> {
    const path = `/session/${encodeURIComponent(sessionId)}/message/${encodeURIComponent(messageId)}`;
    try {
      return await this.#call<SessionMessage>(path);
    } catch (error) {
      if (error instanceof OpencodeRefused && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Posts a prompt. With the same ids it may be repeated: one message, one run of the model. */
  async prompt(sessionId: string, directory: string, prompt: IdentifiedPrompt): Promise<void> {
    await this.#call(`/session/${encodeURIComponent(sessionId)}/prompt_async`, {
      method: "POST",
      query: { directory },
      body: {
        messageID: prompt.messageId,
        parts: [{ id: prompt.partId, type: "text", text: prompt.text }],
        ...(prompt.agent && { agent: prompt.agent }),
        ...(prompt.model && { model: promptModel(prompt.model) }),
        ...(prompt.variant && { variant: prompt.variant }),
      },
    });
  }

  /** Ends what the session does now. */
  async abort(sessionId: string, directory: string): Promise<void> {
    const path = `/session/${encodeURIComponent(sessionId)}/abort`;
    await this.#call(path, { method: "POST", query: { directory } });
  }

  /** Decides a permission. */
  async answerPermission(
    requestId: string,
    directory: string,
    reply: "once" | "always" | "reject",
  ): Promise<void> {
    const path = `/permission/${encodeURIComponent(requestId)}/reply`;
    await this.#call(path, { method: "POST", query: { directory }, body: { reply } });
  }

  /** Answers a question: for each of its questions the labels that were chosen. */
  async answerQuestion(requestId: string, directory: string, answers: string[][]): Promise<void> {
    const path = `/question/${encodeURIComponent(requestId)}/reply`;
    await this.#call(path, { method: "POST", query: { directory }, body: { answers } });
  }

  /** Declines to answer a question. */
  async rejectQuestion(requestId: string, directory: string): Promise<void> {
    const path = `/question/${encodeURIComponent(requestId)}/reject`;
    await this.#call(path, { method: "POST", query: { directory } });
  }

  /** Opens the stream of the events of all directories; `signal` ends it. */
  async events(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#fetch("/global/event", {
      headers: { ...this.#headers, accept: "text/event-stream" },
      signal,
    });
    if (!response.body) throw new OpencodeUnreachable("GET /global/event");
    return response.body;
  }

  /**
   * For about a second of its start opencode 1.18 accepts connections and never answers them, so after
   * a failure one short request goes before any other.
   */
  async #probe(): Promise<void> {
    if (this.#isUp) return;
    const signal = AbortSignal.timeout(probeMs);
    const response = await fetch(`${this.url}/global/health`, { headers: this.#headers, signal });
    await response.body?.cancel();
    this.#isUp = true;
  }

  async #call<Result>(path: string, call: Call = {}): Promise<Result> {
    const { method = "GET", query = {}, body, timeoutMs = this.#timeoutMs } = call;
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) search.set(name, String(value));
    }
    const suffix = search.size > 0 ? `?${search}` : "";
    const response = await this.#fetch(`${path}${suffix}`, {
      method,
      headers: {
        ...this.#headers,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 204) return undefined as Result;
    try {
      return (await response.json()) as Result;
    } catch (error) {
      throw new OpencodeUnreachable(`${method} ${path}`, { cause: error });
    }
  }

  async #fetch(pathAndQuery: string, init: RequestInit): Promise<Response> {
    const what = `${init.method ?? "GET"} ${pathAndQuery.split("?")[0]}`;
    let response: Response;
    try {
      await this.#probe();
      response = await fetch(`${this.url}${pathAndQuery}`, init);
    } catch (error) {
      this.#isUp = false;
      throw new OpencodeUnreachable(what, { cause: error });
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new OpencodeRefused(what, response.status);
    }
    return response;
  }
}

// The API names a model in two ways: `id` for a session, `modelID` for a prompt.
function modelOf(name: string) {
  const [providerID, ...rest] = name.split("/");
  return { providerID, id: rest.join("/") };
}

function promptModel(name: string) {
  const { providerID, id } = modelOf(name);
  return { providerID, modelID: id };
}
