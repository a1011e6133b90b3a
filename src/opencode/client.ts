import type {
  Message,
  Part,
  PermissionRequest,
  PermissionRule,
  QuestionRequest,
  SessionStatus,
} from "@opencode-ai/sdk/v2/client";
import { isMissing } from "./errors.ts";
import type { OpencodeHttp } from "./http.ts";
import { promptModel, sessionModel, type OpencodeAgent, type Provider } from "./models.ts";

export type {
  PermissionRequest,
  PermissionRule,
  QuestionInfo,
  QuestionRequest,
} from "@opencode-ai/sdk/v2/client";

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
  /** What the model is shown besides; none when undefined. */
  files?: readonly PostedFile[];
}

/**
 * A file of a prompt. opencode 1.18 shows pictures and PDF to the model; any other type may break the session for
 * good. Posted again under its id, a picture changes nothing, and anything else is shown twice.
 */
export interface PostedFile {
  partId: string;
  mime: string;
  filename: string;
  /** A `data:` URL: what a path names could be another file by then. */
  url: string;
}

/** What a new session is given. */
export interface SessionSettings {
  /** Everything is allowed without asking. */
  yolo: boolean;
  /** `provider/model`; opencode's own when undefined. */
  model: string | undefined;
  variant: string | undefined;
}

/** The rules of a session that asks for nothing. A fork lacks them until they are appended again. */
export const allowEverything: PermissionRule[] = [
  { permission: "*", pattern: "*", action: "allow" },
];

/** What is read of a session: subagents have a parent; agent and model are those of its last prompt. */
export interface SessionInfo {
  id: string;
  title?: string | undefined;
  /** The session's own rules; they do not reach its subagents. */
  permission?: PermissionRule[] | undefined;
  directory?: string | undefined;
  /** Milliseconds since the epoch. */
  time?: { updated: number } | undefined;
  parentID?: string | undefined;
  agent?: string | undefined;
  model?: { id: string; providerID: string; variant?: string | undefined } | undefined;
  /**
   * Undone from this message on. opencode 1.18 goes on listing the messages that are undone; its next
   * prompt, command, shell command or summary deletes them.
   */
  revert?: { messageID: string } | undefined;
  share?: { url: string } | undefined;
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

/**
 * The endpoints of opencode's first API that prompts, turns and cards need; see OpencodeControls for
 * the rest.
 * @throws OpencodeUnreachable when nothing answered, OpencodeRefused on an error status.
 */
export class OpencodeClient {
  readonly url: string;
  #http: OpencodeHttp;

  constructor(http: OpencodeHttp) {
    this.url = http.url;
    this.#http = http;
  }

  /** Makes a session in a directory. The first in a fresh configuration takes seconds. */
  createSession(directory: string, title: string, settings: SessionSettings): Promise<SessionInfo> {
    const { yolo, model, variant } = settings;
    return this.#http.call("/session", {
      method: "POST",
      query: { directory },
      body: {
        title,
        ...(yolo && { permission: allowEverything }),
        ...(model && { model: { ...sessionModel(model), variant } }),
      },
      timeoutMs: 60_000,
    });
  }

  /** One session; OpencodeRefused with status 404 when there is none. */
  session(sessionId: string): Promise<SessionInfo> {
    return this.#http.call(`/session/${encodeURIComponent(sessionId)}`);
  }

  /** Lets a session do everything without asking; opencode 1.18 appends the rule to those before. */
  async allowEverything(sessionId: string, directory: string): Promise<void> {
    const call = { query: { directory }, body: { permission: allowEverything } };
    await this.#http.call(`/session/${encodeURIComponent(sessionId)}`, {
      method: "PATCH",
      ...call,
    });
  }

  /** Sessions of all directories, subagents' included, whose title contains `words`; at most `limit`. */
  titled(words: string, limit: number): Promise<SessionInfo[]> {
    return this.#http.call("/experimental/session", { query: { search: words, limit } });
  }

  /** What each busy session of a directory does; a session not named is idle. */
  statuses(directory: string): Promise<Record<string, SessionStatus>> {
    return this.#http.call("/session/status", { query: { directory } });
  }

  /** The permissions that wait for a decision in a directory, of every session. */
  permissions(directory: string): Promise<PermissionRequest[]> {
    return this.#http.call("/permission", { query: { directory } });
  }

  /** The questions that wait for an answer in a directory, of every session. */
  questions(directory: string): Promise<QuestionRequest[]> {
    return this.#http.call("/question", { query: { directory } });
  }

  /** The agents of opencode that a directory has, such as `build` and `plan`. */
  agents(directory: string): Promise<OpencodeAgent[]> {
    return this.#http.call("/agent", { query: { directory } });
  }

  /** The providers that are set up in a directory, with their models. */
  async providers(directory: string): Promise<Provider[]> {
    // `GET /provider` lists every provider there is: 6 MB.
    const path = "/config/providers";
    const answer = await this.#http.call<{ providers?: Provider[] }>(path, {
      query: { directory },
    });
    return answer.providers ?? [];
  }

  /** The model (`provider/model`) that opencode's own settings name in a directory, if they do. */
  async defaultModel(directory: string): Promise<string | undefined> {
    const { model } = await this.#http.call<{ model?: string }>("/config", {
      query: { directory },
    });
    return model;
  }

  /** The newest messages of a session, oldest first. What their files contain may be left out. */
  messages(sessionId: string, limit: number): Promise<SessionMessage[]> {
    return this.#http.messages(`/session/${encodeURIComponent(sessionId)}/message`, {
      query: { limit },
    });
  }

  /** The same of one message; undefined when the session does not have it. */
  async message(sessionId: string, messageId: string): Promise<SessionMessage | undefined> {
    const path = `/session/${encodeURIComponent(sessionId)}/message/${encodeURIComponent(messageId)}`;
    try {
      return await this.#http.messages<SessionMessage>(path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Posts a prompt. With the same ids it may be repeated: one message, one run of the model. */
  async prompt(sessionId: string, directory: string, prompt: IdentifiedPrompt): Promise<void> {
    await this.#http.call(`/session/${encodeURIComponent(sessionId)}/prompt_async`, {
      method: "POST",
      query: { directory },
      body: {
        messageID: prompt.messageId,
        parts: [
          { id: prompt.partId, type: "text", text: prompt.text },
          ...(prompt.files ?? []).map(({ partId, ...file }) => ({
            id: partId,
            type: "file",
            ...file,
          })),
        ],
        ...(prompt.agent && { agent: prompt.agent }),
        ...(prompt.model && { model: promptModel(prompt.model) }),
        ...(prompt.variant && { variant: prompt.variant }),
      },
    });
  }

  /** Ends what the session does now. */
  async abort(sessionId: string, directory: string): Promise<void> {
    const path = `/session/${encodeURIComponent(sessionId)}/abort`;
    await this.#http.call(path, { method: "POST", query: { directory } });
  }

  /** Decides a permission. */
  async answerPermission(
    requestId: string,
    directory: string,
    reply: "once" | "always" | "reject",
  ): Promise<void> {
    const path = `/permission/${encodeURIComponent(requestId)}/reply`;
    await this.#http.call(path, { method: "POST", query: { directory }, body: { reply } });
  }

  /** Answers a question: for each of its questions the labels that were chosen. */
  async answerQuestion(requestId: string, directory: string, answers: string[][]): Promise<void> {
    const path = `/question/${encodeURIComponent(requestId)}/reply`;
    await this.#http.call(path, { method: "POST", query: { directory }, body: { answers } });
  }

  /** Declines to answer a question. */
  async rejectQuestion(requestId: string, directory: string): Promise<void> {
    const path = `/question/${encodeURIComponent(requestId)}/reject`;
    await this.#http.call(path, { method: "POST", query: { directory } });
  }

  /** Opens the stream of the events of all directories; `signal` ends it. */
  events(signal: AbortSignal): Promise<AsyncIterable<string>> {
    return this.#http.stream("/global/event", signal);
  }
}
