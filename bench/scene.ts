import { setTimeout as pause } from "node:timers/promises";
import { readScreen } from "../src/delivery/tui.ts";
import { parsePane, PANE_FORMAT } from "../src/tmux/pane.ts";
import { Stage } from "../sandbox/stage.ts";

/** How much is measured: `quick` shows that it works and is too little to judge by. */
export interface Extent {
  quick: boolean;
}

/** Beginning of a prompt that the model never answers. */
export const heldPrompt = "Hold the line";
/** The webhook's secret on this stage. */
export const webhookSecret = "bench-webhook-secret";

const deadlineMs = 60_000;
// After a turn Switchboard, opencode and the TUI still write and draw; nothing tells when they rest.
const quietMs = 150;

/** What an operator wrote; what is said of its files follows. */
function firstLine(prompt: string): string {
  return prompt.split("\n", 1)[0] ?? "";
}

/** The stage with an operator's watch on it: when the model was asked, when everything rests. */
export class Scene {
  readonly stage: Stage;
  #asked: Map<string, number>;
  #count = 0;

  private constructor(stage: Stage, asked: Map<string, number>) {
    this.stage = stage;
    this.#asked = asked;
  }

  /**
   * Sets the stage and starts Switchboard, opencode and the agent's terminal for the first time.
   * A signal that ends the bench clears the stage.
   */
  static async set(): Promise<Scene> {
    const asked = new Map<string, number>();
    const stage = await Stage.set({
      script: ({ prompt: whole }) => {
        const prompt = firstLine(whole);
        if (!asked.has(prompt)) asked.set(prompt, performance.now());
        if (prompt.startsWith(heldPrompt)) return { hold: new Promise(() => undefined) };
        return { text: `Done: ${prompt}` };
      },
      env: { LOG_LEVEL: "info", JOIN_MS: "0", TELEGRAM_WEBHOOK_SECRET: webhookSecret },
    });
    const scene = new Scene(stage, asked);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => void stage.clear().finally(() => process.exit(1)));
    }
    try {
      await scene.restart();
    } catch (error) {
      await stage.clear();
      throw error;
    }
    return scene;
  }

  /** Starts Switchboard afresh with these settings; opencode and the terminal go on. */
  async restart(env: Record<string, string> = {}): Promise<void> {
    await this.stage.stop();
    await this.stage.start(env);
    await this.until("the terminal is ready", async () => {
      return (await this.#screen()).ready;
    });
  }

  /** A text of usual length that no other prompt has. */
  nextPrompt(): string {
    this.#count += 1;
    return `Look at failing test number ${this.#count} and say what you would change first.`;
  }

  /** When the model was asked with this prompt, on the clock of `performance.now()`. */
  async modelAsked(prompt: string): Promise<number> {
    await this.stage.model.seen((request) => firstLine(request.prompt) === prompt);
    const at = this.#asked.get(prompt);
    if (at === undefined) throw new Error("the model's script did not run");
    return at;
  }

  /** Resolves once the bot has relayed the model's answer to this prompt. */
  async answered(prompt: string): Promise<void> {
    await this.stage.telegram.shown((message) => message.text === `Done: ${prompt}`);
  }

  /** Resolves once the session is idle and the agent's terminal takes text again. */
  async rest(sessionId: string): Promise<void> {
    await this.until("the session rests", async () => {
      const response = await this.stage.opencode(`/session/status?directory=${this.directory}`);
      const statuses = (await response.json()) as Record<string, { type: string }>;
      if ((statuses[sessionId]?.type ?? "idle") !== "idle") return false;
      const { ready, busy, box } = await this.#screen();
      return ready && !busy && box.empty;
    });
    await pause(quietMs);
  }

  /** The agents' directory, fit for a query. */
  get directory(): string {
    return encodeURIComponent(`${this.stage.home}/work`);
  }

  /** An agent's opencode session. */
  async agentSession(agent = "default_agent"): Promise<string> {
    const response = await this.stage.opencode(`/session?directory=${this.directory}`);
    const sessions = (await response.json()) as { id: string; title: string }[];
    const found = sessions.find(({ title }) => title.startsWith(`${agent} `));
    if (!found) throw new Error(`${agent} has no session`);
    return found.id;
  }

  /** The default agent's pane. */
  async agentPane(): Promise<string> {
    const format = ["list-panes", "-t", "=default_agent:", "-F", "#{pane_id}"];
    return (await this.stage.tmux(...format)).trim();
  }

  async #screen() {
    const target = "=default_agent:";
    const state = await this.stage.tmux("display-message", "-p", "-t", target, PANE_FORMAT);
    const pane = parsePane(state.trimEnd());
    if (!pane) throw new Error("the default agent has no pane");
    return readScreen({ ...pane, text: await this.stage.tmux("capture-pane", "-p", "-t", target) });
  }

  /** Resolves when `look` says so; rejects after a minute. */
  async until(what: string, look: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!(await look().catch(() => false))) {
      if (performance.now() > deadline) throw new Error(`never true: ${what}`);
      await pause(25);
    }
  }
}
