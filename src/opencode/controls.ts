import type { McpStatus, PermissionRule, Todo } from "@opencode-ai/sdk/v2/client";
import type { PromptMode, SessionInfo, SessionMessage } from "./client.ts";
import { type FileChange, fileChanges, type ListedChange } from "./diffs.ts";
import type { Call, OpencodeHttp } from "./http.ts";
import { promptModel } from "./models.ts";
import type { SessionRef } from "./session-reader.ts";
import { type ListedCommand, type SlashCommand, slashCommand } from "./slash-commands.ts";

export type { PermissionRule, Todo } from "@opencode-ai/sdk/v2/client";

/** A session that can be resumed. */
export interface PastSession {
  id: string;
  title: string;
  /** Absolute path. */
  directory: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  updatedAt: number;
  /** `provider/model` of its last prompt; undefined where opencode does not tell it. */
  model?: string | undefined;
}

/** A page of the history. */
export interface HistoryPage {
  /** Newest first. */
  sessions: PastSession[];
  /** Where the next page begins; undefined on the last. */
  next: string | undefined;
}

/** What of the history is asked for. */
export interface HistoryQuery {
  /** Part of a title. */
  search?: string | undefined;
  /** The `next` of another page. */
  cursor?: string | undefined;
  limit: number;
}

/** An MCP server of a directory. */
export interface McpServer {
  name: string;
  state: McpStatus["status"];
  error: string | undefined;
}

/** A skill of a directory. */
export interface Skill {
  name: string;
  description: string | undefined;
}

/** How long to wait for what blocks. */
export interface Patience {
  /** Milliseconds, at most 300,000: fetch gives up then. */
  timeoutMs: number;
  /** Stops waiting; see the method for what opencode does then. */
  signal?: AbortSignal | undefined;
}

/** A shell command. */
export interface ShellRun {
  /** An agent of opencode that exists. */
  agent: string;
  command: string;
  /** The id of the user message that it makes. */
  messageId?: string | undefined;
}

/** A command of opencode with its arguments. */
export interface CommandRun extends Partial<PromptMode> {
  /** Without the slash. */
  command: string;
  arguments: string;
  /** The id of the user message that it makes. */
  messageId?: string | undefined;
}

/** What others use of the controls; tests replace it. */
export type Controls = Pick<OpencodeControls, keyof OpencodeControls>;

const slowMs = 60_000;

/**
 * What an operator can do with a session, and see of a project, besides prompting: endpoints of
 * opencode's first API. What they do was seen on opencode 1.18.33 (test/long/controls.test.ts).
 * @throws OpencodeUnreachable when nothing answered, so it may or may not have happened; OpencodeRefused
 * on an error status: 404 for a session that does not exist.
 */
export class OpencodeControls {
  #http: OpencodeHttp;

  constructor(http: OpencodeHttp) {
    this.#http = http;
  }

  /**
   * Sessions of all projects, without subagents and archived ones. opencode searches titles only, with
   * `%` and `_` as wildcards, so a page may have less than `limit` of what is searched for. The cursor
   * is the time of the last change: sessions changed in the same millisecond may be left out between
   * two pages.
   */
  async history({ search, cursor, limit }: HistoryQuery): Promise<HistoryPage> {
    const query = { roots: true, search, cursor, limit };
    const { body, next } = await this.#http.page<GlobalSession[]>("/experimental/session", {
      query,
    });
    const sessions = body.map(({ id, title, directory, time, model }) => {
      const used = model && { model: `${model.providerID}/${model.id}` };
      return { id, title, directory, createdAt: time.created, updatedAt: time.updated, ...used };
    });
    const isFound = ({ title }: PastSession) =>
      title.toLowerCase().includes((search ?? "").toLowerCase());
    return { sessions: sessions.filter(isFound), next };
  }

  /** All messages of a session, oldest first, undone ones too. What their files contain may be left out. */
  allMessages({ sessionId, directory }: SessionRef): Promise<SessionMessage[]> {
    return this.#http.messages(messagesOf(sessionId), { query: { directory }, timeoutMs: slowMs });
  }

  /** The same as opencode wrote them, JSON in pieces with all that their files contain. */
  messagesAsJson({ sessionId, directory }: SessionRef): Promise<AsyncIterable<Uint8Array>> {
    return this.#http.pieces(messagesOf(sessionId), { query: { directory }, timeoutMs: slowMs });
  }

  /** Gives a session another title. */
  async rename(session: SessionRef, title: string): Promise<void> {
    await this.#of(session, "", { method: "PATCH", body: { title } });
  }

  /**
   * Appends permission rules; the last that matches wins, and none is ever removed. A request that
   * waits already goes on waiting.
   */
  async appendRules(session: SessionRef, rules: PermissionRule[]): Promise<void> {
    await this.#of(session, "", { method: "PATCH", body: { permission: rules } });
  }

  /**
   * Copies a session: all of it, or what is before a message. Resolves to the new one, which has no
   * permission rules of the old one and no parent.
   */
  fork(session: SessionRef, options: { before?: string | undefined } = {}): Promise<SessionInfo> {
    const { before } = options;
    const body = { ...(before !== undefined && { messageID: before }) };
    return this.#post(session, "/fork", { body, timeoutMs: slowMs });
  }

  /**
   * Undoes a message and all after it; resolves to false when the session does not have it, which
   * opencode answers with 200. In git folders files go back as well; elsewhere only messages do. Busy
   * sessions are refused with 409.
   */
  async revert(session: SessionRef, messageId: string): Promise<boolean> {
    const body = { messageID: messageId };
    const after = await this.#post<SessionInfo>(session, "/revert", { body, timeoutMs: slowMs });
    return after.revert?.messageID === messageId;
  }

  /** Takes back everything that is undone. Busy sessions are refused with 409. */
  async unrevert(session: SessionRef): Promise<void> {
    await this.#post(session, "/unrevert", { timeoutMs: slowMs });
  }

  /**
   * Lets a model (`provider/model`) sum up a session; resolves when that is done. It waits while the
   * session is busy.
   */
  async summarize(session: SessionRef, model: string, patience: Patience): Promise<void> {
    await this.#post(session, "/summarize", { body: promptModel(model), ...patience });
  }

  /** Publishes a session; resolves to its address. Switched off or without a network that is 500. */
  async share(session: SessionRef): Promise<string | undefined> {
    const shared = await this.#post<SessionInfo>(session, "/share", { timeoutMs: slowMs });
    return shared.share?.url;
  }

  /** Withdraws what was published. */
  async unshare(session: SessionRef): Promise<void> {
    await this.#of(session, "/share", { method: "DELETE", timeoutMs: slowMs });
  }

  /** The agent's own list of what it has to do. */
  todo(session: SessionRef): Promise<Todo[]> {
    return this.#of(session, "/todo");
  }

  /** The sessions of its subagents. */
  children(session: SessionRef): Promise<SessionInfo[]> {
    return this.#of(session, "/children");
  }

  /** The working tree against HEAD, new files included; empty outside git. */
  async workingTreeChanges(directory: string): Promise<FileChange[]> {
    const query = { directory, mode: "git" };
    const changes = await this.#http.call<ListedChange[]>("/vcs/diff", {
      query,
      timeoutMs: slowMs,
    });
    return fileChanges(changes);
  }

  /** The same as one text in git's form. */
  workingTreePatch(directory: string): Promise<string> {
    return this.#http.text("/vcs/diff/raw", { query: { directory }, timeoutMs: slowMs });
  }

  /** Whether opencode knows a directory as part of a git repository. */
  async isGit(directory: string): Promise<boolean> {
    const query = { directory };
    const { vcs } = await this.#http.call<{ vcs?: string }>("/project/current", { query });
    return vcs === "git";
  }

  /** The commands of a directory, skills among them. */
  async commands(directory: string): Promise<SlashCommand[]> {
    const listed = await this.#http.call<ListedCommand[]>("/command", { query: { directory } });
    return listed.map(slashCommand);
  }

  /** The skills of a directory. */
  async skills(directory: string): Promise<Skill[]> {
    const listed = await this.#http.call<Skill[]>("/skill", { query: { directory } });
    return listed.map(({ name, description }) => ({ name, description }));
  }

  /** The MCP servers of a directory. */
  async mcp(directory: string): Promise<McpServer[]> {
    const states = await this.#http.call<Record<string, McpStatus>>("/mcp", {
      query: { directory },
    });
    return Object.entries(states).map(([name, state]) => {
      return { name, state: state.status, error: "error" in state ? state.error : undefined };
    });
  }

  /**
   * Runs a shell command in a session, without asking; resolves to what it printed, on both streams.
   * opencode does not tell its exit code and changes the command: see `carriedCommand`. Busy sessions
   * are refused with 409. Whoever stops waiting does not stop the command: that takes an abort of the
   * session, after which what it printed ends with "User aborted the command".
   */
  async shell(session: SessionRef, run: ShellRun, patience: Patience): Promise<string> {
    const { agent, command, messageId } = run;
    const body = { agent, command, ...(messageId !== undefined && { messageID: messageId }) };
    const { parts } = await this.#post<SessionMessage>(session, "/shell", { body, ...patience });
    const [part] = parts;
    if (part?.type !== "tool" || part.state.status !== "completed") return "";
    return part.state.output;
  }

  /**
   * Runs a command of opencode; resolves to the last message of its turn. An unknown one is 500, an
   * unknown model too. Repeated with the same id it does not run the model again, but the text of the
   * message doubles, and the shell in its template runs again. Whoever stops waiting does not stop the
   * turn.
   */
  runCommand(session: SessionRef, run: CommandRun, patience: Patience): Promise<SessionMessage> {
    const { command, messageId, agent, model, variant } = run;
    const body = {
      command,
      arguments: run.arguments,
      ...(messageId !== undefined && { messageID: messageId }),
      ...(agent !== undefined && { agent }),
      ...(model !== undefined && { model }),
      ...(variant !== undefined && { variant }),
    };
    return this.#post(session, "/command", { body, ...patience });
  }

  #post<Result>(session: SessionRef, path: string, call: Omit<Call, "method" | "query">) {
    return this.#of<Result>(session, path, { ...call, method: "POST" });
  }

  #of<Result>(session: SessionRef, path: string, call: Omit<Call, "query"> = {}): Promise<Result> {
    const { sessionId, directory } = session;
    const address = `/session/${encodeURIComponent(sessionId)}${path}`;
    return this.#http.call<Result>(address, { ...call, query: { directory } });
  }
}

function messagesOf(sessionId: string): string {
  return `/session/${encodeURIComponent(sessionId)}/message`;
}

/** What is read of an entry of `GET /experimental/session`. */
interface GlobalSession {
  id: string;
  title: string;
  directory: string;
  time: { created: number; updated: number };
  model?: { id: string; providerID: string };
}
