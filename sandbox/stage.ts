import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { Guard } from "./guard.ts";
import { makeHome, modelsPath } from "./home.ts";
import { type ModelScript, ScriptedModel } from "./model/server.ts";
import { freePort } from "./port.ts";
import { BotApiServer } from "./telegram/server.ts";
import { endTmuxServer, tmuxSocket } from "./tmux-server.ts";

const root = join(import.meta.dirname, "..");
const token = "123456:SANDBOX-token-of-no-real-bot-0123456789";

/** How a stage differs from the usual one. */
export interface StageOptions {
  script: ModelScript;
  /** Switchboard's variables; these win over the stage's own. */
  env?: Record<string, string>;
  /** opencode's permission setting; everything is allowed unless told. */
  permission?: object;
  /** Puts something into the home directory before anything runs. */
  prepare?: (home: string) => void;
  /** Called with each log line of Switchboard. */
  log?: (line: string) => void;
}

/**
 * Everything around an operator, on this machine alone: a Bot API server, a scripted model, a home
 * directory, and Switchboard as a process that starts the real opencode in the real tmux.
 */
export class Stage {
  readonly telegram: BotApiServer;
  readonly model: ScriptedModel;
  readonly home: string;
  readonly env: Record<string, string>;
  readonly logLines: string[] = [];
  #options: StageOptions;
  #guard: Guard;
  #bridge: ChildProcess | undefined;

  private constructor(
    options: StageOptions,
    parts: Pick<Stage, "telegram" | "model" | "home" | "env">,
  ) {
    this.#options = options;
    this.telegram = parts.telegram;
    this.model = parts.model;
    this.home = parts.home;
    this.env = parts.env;
    const { PATH: path = "", TMUX_SOCKET_NAME: socketName = "" } = parts.env;
    const socket = tmuxSocket(socketName);
    this.#guard = new Guard({ home: parts.home, socketName, socket, path });
  }

  /** Sets the stage; Switchboard does not run yet. */
  static async set(options: StageOptions): Promise<Stage> {
    const model = new ScriptedModel(options.script);
    const telegram = new BotApiServer({ token });
    const [modelUrl, apiRoot, port, opencodePort] = await Promise.all([
      model.listen(),
      telegram.listen(),
      freePort(),
      freePort(),
    ]);
    const home = makeHome(modelUrl, options.permission ?? { "*": "allow" });
    options.prepare?.(home);
    const env = {
      PATH: `${join(root, "node_modules", ".bin")}:${process.env["PATH"] ?? ""}`,
      HOME: home,
      LANG: "C.UTF-8",
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_MODELS_PATH: modelsPath(home),
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      TELEGRAM_BOT_TOKEN: token,
      TELEGRAM_ALLOWED_CHAT_ID: "1000",
      TELEGRAM_API_ROOT: apiRoot,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      PORT: String(port),
      DATA_DIR: join(home, "data"),
      WORKSPACE_DIR: join(home, "work"),
      OPENCODE_API_URL: `http://127.0.0.1:${opencodePort}`,
      TMUX_SOCKET_NAME: `sb-${port}-${process.pid}`,
      LOG_LEVEL: "debug",
      ...options.env,
    };
    return new Stage(options, { telegram, model, home, env });
  }

  /** Switchboard's own address. */
  get url(): string {
    return `http://127.0.0.1:${this.env["PORT"]}`;
  }

  /** The process id of Switchboard while it runs. */
  get pid(): number | undefined {
    return this.#bridge?.pid;
  }

  /** Starts Switchboard and resolves when it is ready. */
  async start(env: Record<string, string> = {}): Promise<void> {
    this.launch(env);
    await this.#answers("/readyz");
  }

  /** Starts Switchboard, whatever comes of it. */
  launch(env: Record<string, string> = {}): void {
    const bridge = spawn(join(root, "bin", "switchboard"), {
      env: { ...this.env, ...env },
      cwd: this.home,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#bridge = bridge;
    this.#guard.watch(bridge.pid);
    for (const stream of [bridge.stdout, bridge.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        this.logLines.push(line);
        this.#options.log?.(line);
      });
    }
  }

  /** Resolves once the Switchboard that was started last has ended, to its exit code or signal. */
  async ended(): Promise<number | NodeJS.Signals> {
    const bridge = this.#bridge;
    if (!bridge) throw new Error("Switchboard was not started");
    if (bridge.exitCode === null && bridge.signalCode === null) await once(bridge, "exit");
    return bridge.signalCode ?? bridge.exitCode ?? 0;
  }

  /** Ends Switchboard with a signal; agents and opencode go on. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const bridge = this.#bridge;
    this.#bridge = undefined;
    this.#guard.watch(undefined);
    if (!bridge || bridge.exitCode !== null || bridge.signalCode !== null) return;
    bridge.kill(signal);
    await once(bridge, "exit");
  }

  /** Runs a tmux command on the stage's own socket and resolves to its output. */
  async tmux(...words: string[]): Promise<string> {
    const args = ["-L", this.env["TMUX_SOCKET_NAME"] ?? "", ...words];
    const { PATH = "", HOME = "" } = this.env;
    const options = { env: { PATH, HOME }, extendEnv: false, stripFinalNewline: false };
    return (await execa("tmux", args, options)).stdout;
  }

  /** The password of opencode's server: the one that was set, else the one Switchboard made. */
  get opencodePassword(): string | undefined {
    const kept = join(this.env["DATA_DIR"] ?? "", "opencode-password");
    return (
      this.env["OPENCODE_SERVER_PASSWORD"] ??
      (existsSync(kept) ? readFileSync(kept, "utf8").trim() : undefined)
    );
  }

  /** Calls opencode directly, as the operator's terminal would. */
  async opencode(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const password = this.opencodePassword;
    if (password) headers.set("authorization", `Basic ${btoa(`opencode:${password}`)}`);
    return fetch(`${this.env["OPENCODE_API_URL"]}${path}`, { ...init, headers });
  }

  /** Calls one of Switchboard's local routes with the reply token. */
  async local(path: string, init: RequestInit = {}): Promise<Response> {
    const replyToken = readFileSync(join(this.env["DATA_DIR"] ?? "", "reply-token"), "utf8").trim();
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${replyToken}`);
    return fetch(`${this.url}${path}`, { ...init, headers });
  }

  /** Ends everything that was started and removes the home directory. */
  async clear(): Promise<void> {
    await this.stop();
    await endTmuxServer(this.env["TMUX_SOCKET_NAME"] ?? "");
    await Promise.all([this.telegram.close(), this.model.close()]);
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    this.#guard.dismiss();
  }

  async #answers(path: string): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline) {
      const isUp = await fetch(`${this.url}${path}`).then(
        (response) => response.ok,
        () => false,
      );
      if (isUp) return;
      if (this.#bridge?.exitCode != null || this.#bridge?.signalCode != null) break;
      await pause(25);
    }
    const end = this.#bridge?.signalCode ?? this.#bridge?.exitCode ?? "no answer";
    throw new Error(`Switchboard is not ready (${end}):\n${this.logLines.slice(-20).join("\n")}`);
  }
}
