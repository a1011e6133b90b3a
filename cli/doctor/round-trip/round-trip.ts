import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { StartedAgent } from "../../../src/agents/agents.ts";
import { ApiPath } from "../../../src/delivery/api-path.ts";
import { TmuxPath } from "../../../src/delivery/tmux-path.ts";
import { launchFolder } from "../../../src/host/launch-folder.ts";
import { asksOrDenies } from "../../../src/host/operator-settings.ts";
import { passwordEnv, projectEnv } from "../../../src/host/server-env.ts";
import { Terminals } from "../../../src/host/terminals.ts";
import { createLogger } from "../../../src/log.ts";
import { Activity } from "../../../src/opencode/activity.ts";
import { OpencodeClient, type PermissionRule } from "../../../src/opencode/client.ts";
import type { OpencodeHttp } from "../../../src/opencode/http.ts";
import { SessionMessages } from "../../../src/opencode/messages.ts";
import { sessionModel } from "../../../src/opencode/models.ts";
import { OpencodeSessions } from "../../../src/opencode/session-reader.ts";
import { SessionTree } from "../../../src/opencode/session-tree.ts";
import { Tmux } from "../../../src/tmux/tmux.ts";
import { configOf, type Context, opencodeLogin } from "../context.ts";
import { type Answer, answerTo, lastWords } from "./answer.ts";
import { leftSessions, removeLeftTerminals, socketFolder } from "./left.ts";
import { temporaryAgent, testPrompt } from "./prompt.ts";

/** What a path did with its prompt. */
export type Trip = Answer & {
  /** Milliseconds from the delivery to the end of the answer. */
  ms: number;
};

/**
 * The model may do nothing here: no tool runs, and nothing can be sent to the operator. One harmless tool stays,
 * since some models answer a request without any tool in another way.
 */
const onlyReading: PermissionRule[] = [
  { permission: "*", pattern: "*", action: "deny" },
  { permission: "read", pattern: "*", action: "allow" },
];

const log = createLogger("silent", []);
const lookEveryMs = 100;
const typeableWithinMs = 45_000;

/**
 * A session of its own in the opencode server that runs, and a terminal in a tmux server of its own: both paths
 * are tried by the very code that delivers operators' prompts, and the running Switchboard sees nothing of it.
 */
export class RoundTrip {
  #context: Context;
  #http: OpencodeHttp;
  #client: OpencodeClient;
  #activity = new Activity();
  #tmux: Tmux;
  #terminals: Terminals;
  #name = `doctor-${randomBytes(4).toString("hex")}`;
  #session: Promise<StartedAgent> | undefined;

  constructor(context: Context, http: OpencodeHttp) {
    const { opencode, tmuxSocketName, childEnv, projectConfig, dataDir } = configOf(context);
    this.#context = context;
    this.#http = http;
    this.#client = new OpencodeClient(http);
    // On the agents' own server, a new session would change the environment that theirs are started with.
    const socketName = `${tmuxSocketName.slice(0, 40)}-${this.#name}`;
    this.#tmux = new Tmux({ socketName, env: childEnv });
    const config = projectConfig ?? (asksOrDenies(childEnv) ? "ignore" : "trust");
    this.#terminals = new Terminals({
      tmux: this.#tmux,
      opencodeBin: opencode.bin,
      opencodeUrl: opencode.url,
      env: { ...passwordEnv(opencodeLogin(context)), ...projectEnv(config) },
      // Switchboard has made it, as its own user.
      launchDir: existsSync(join(dataDir, "launch")) ? launchFolder(config, dataDir) : undefined,
      log,
    });
  }

  /** Posts a prompt and waits for the answer. @throws when opencode fails or `signal` is aborted. */
  async byApi(signal: AbortSignal): Promise<Trip> {
    const agent = await this.#agent(signal);
    const { model, variant } = configOf(this.#context).opencode;
    const mode = { agent: undefined, model, variant };
    const path = new ApiPath({
      client: this.#client,
      activity: this.#activity,
      modes: { of: async () => mode },
      contents: { of: async (_agent, { text }) => ({ text, files: [] }) },
    });
    const { prompt } = testPrompt(agent);
    const began = performance.now();
    await path.deliver(agent, prompt, { isFirst: true, mode });
    return this.#answer(agent, prompt.messageId, began, signal);
  }

  /** Types a prompt into a terminal and waits for the answer. @throws as `byApi`, and TmuxError. */
  async byTerminal(signal: AbortSignal): Promise<Trip> {
    const agent = await this.#agent(signal);
    const sessions = new OpencodeSessions(this.#client, new SessionTree(this.#client));
    const path = new TmuxPath({
      tmux: this.#tmux,
      terminals: this.#terminals,
      messages: new SessionMessages(this.#client, this.#activity),
      sessions,
      prompts: { markSubmitted: async () => true },
      log,
    });
    await this.#terminals.ensure(agent);
    const paneId = await this.#typeable(path, agent, signal);
    if (paneId === undefined) {
      const shown = (await lastWords(this.#terminals, agent.name)) ?? "nothing";
      return { fault: `the terminal does not show the session, but “${shown}”`, ms: 0 };
    }
    const newest = (await this.#client.messages(agent.sessionId, 1)).at(-1)?.info.id;
    const prompt = { ...testPrompt(agent).prompt, afterMessageId: newest };
    const began = performance.now();
    const messageId = await path.type(agent, prompt, paneId);
    if (messageId === undefined)
      return { fault: "what was typed in the terminal did not reach opencode", ms: 0 };
    return this.#answer(agent, messageId, began, signal);
  }

  /** Removes the session, the terminal and its tmux server, and those of doctors that were killed. */
  async close(): Promise<void> {
    await this.#tmux.killServer().catch(() => undefined);
    const { childEnv } = configOf(this.#context);
    // The server leaves its socket behind.
    rmSync(join(socketFolder(childEnv), this.#tmux.socketName), { force: true });
    const now = this.#context.now();
    const prefix = this.#tmux.socketName.slice(0, -this.#name.length);
    await removeLeftTerminals(prefix, childEnv, now);
    if (!this.#session) return;
    // By its title, since the answer that names it may not have come.
    const sessions = await this.#client.titled(this.#name, 5);
    const own = sessions.filter(({ title }) => title === this.#name);
    const left = await leftSessions(this.#client, onlyReading, now);
    for (const id of new Set([...own, ...left].map((session) => session.id)))
      await this.#remove(id);
  }

  async #remove(id: string): Promise<void> {
    const { workspaceDir: directory } = configOf(this.#context);
    await this.#client.abort(id, directory).catch(() => undefined);
    await this.#http.call(`/session/${id}`, { method: "DELETE", query: { directory } });
  }

  /** The pane as soon as it takes text; undefined when its program has ended, or shows something else. */
  async #typeable(path: TmuxPath, agent: StartedAgent, signal: AbortSignal) {
    const deadline = performance.now() + typeableWithinMs;
    let isSecond = false;
    while (performance.now() < deadline) {
      // The guard would start a program that has ended anew, again and again.
      if ((await this.#terminals.capture(agent.name))?.dead) {
        const shown = await lastWords(this.#terminals, agent.name);
        if (isSecond || shown !== undefined) return undefined;
        // tmux 3.3 may lose what a program writes just before it ends: on a busy machine, 20 times of 600.
        isSecond = true;
        await this.#terminals.ensure(agent);
      }
      const { paneId } = await path.guard(agent);
      if (paneId !== undefined) return paneId;
      await pause(lookEveryMs, undefined, { signal });
    }
    return undefined;
  }

  async #answer(
    { sessionId, directory }: StartedAgent,
    messageId: string,
    began: number,
    signal: AbortSignal,
  ): Promise<Trip> {
    const asked = { client: this.#client, sessionId, directory, messageId, signal };
    const answer = await answerTo(asked);
    const ms = Math.round(performance.now() - began);
    if ("text" in answer) return { ...answer, ms };
    return { fault: `the model does not answer (${answer.fault})`, ms };
  }

  #agent(signal: AbortSignal): Promise<StartedAgent> {
    this.#session ??= this.#create(signal);
    return this.#session;
  }

  async #create(signal: AbortSignal): Promise<StartedAgent> {
    const { workspaceDir: directory, opencode } = configOf(this.#context);
    const { model, variant } = opencode;
    const { id } = await this.#http.call<{ id: string }>("/session", {
      method: "POST",
      query: { directory },
      body: {
        title: this.#name,
        permission: onlyReading,
        ...(model && { model: { ...sessionModel(model), variant } }),
      },
      // The first one in a fresh configuration takes seconds.
      timeoutMs: 60_000,
      signal,
    });
    return temporaryAgent(this.#name, directory, id);
  }
}
