import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { execFileSync } from "node:child_process";
import type { Test } from "tap";
import type { ModelAnswer, ModelRequest } from "../../sandbox/model/server.ts";
import { Stage, type StageOptions } from "../../sandbox/stage.ts";
import { readScreen } from "../../src/delivery/tui.ts";
import { OpencodeClient } from "../../src/opencode/client.ts";
import { OpencodeHttp } from "../../src/opencode/http.ts";
import { PANE_FORMAT, parsePane } from "../../src/tmux/pane.ts";
import { until } from "./until.ts";

export { until } from "./until.ts";

/** Why the stack tests cannot run here; false when they can. In CI they always must. */
export function stackMissing(): string | false {
  if (process.env["CI"]) return false;
  try {
    execFileSync("tmux", ["-V"]);
    execFileSync("curl", ["--version"]);
    return false;
  } catch {
    return "tmux or curl is not installed";
  }
}

/**
 * A stage with Switchboard running and the default agent's terminal ready to be typed into. `prepare` may
 * change opencode's settings before anything runs. What shows a turn while it runs is left out unless the
 * test sets VERBOSITY: most tests are about what is said.
 */
export async function startStage(
  t: Test,
  options: Partial<StageOptions> = {},
  prepare: (stage: Stage) => void = () => undefined,
): Promise<Stage> {
  const env = { VERBOSITY: "quiet", ...options.env };
  const stage = await Stage.set({ script: () => ({ text: "ok" }), ...options, env });
  prepare(stage);
  t.teardown(() => stage.clear());
  t.afterEach((test) => {
    if (!test.passing()) t.comment(stage.logLines.slice(-40).join("\n"));
  });
  try {
    await stage.start();
    await terminalReady(stage);
  } catch (error) {
    t.comment(stage.logLines.slice(-40).join("\n"));
    throw error;
  }
  return stage;
}

/** What `/readyz` warns of now, as JSON: `[]` if of nothing. */
export async function warnings(stage: Stage): Promise<string> {
  const answer = await fetch(`${stage.url}/readyz`).then((response) => response.json());
  return JSON.stringify((answer as { warnings?: string[] }).warnings ?? []);
}

/** Resolves when the TUI of an agent has drawn its prompt box. */
export async function terminalReady(stage: Stage, agent = "default_agent"): Promise<void> {
  await until(async () => {
    const screen = await stage.tmux("capture-pane", "-p", "-t", `=${agent}:`).catch(() => "");
    return screen.includes("ctrl+p commands") ? true : undefined;
  }, 90_000);
}

/** Resolves when the agent's terminal is at rest: its prompt box is drawn, empty and takes keys. */
export async function terminalRests(stage: Stage, agent = "default_agent"): Promise<void> {
  await until(async () => ((await isAtRest(stage, agent)) ? true : undefined));
}

/** Whether the agent's terminal is at rest now; see `terminalRests`. */
export async function isAtRest(stage: Stage, agent = "default_agent"): Promise<boolean> {
  const target = ["-t", `=${agent}:`];
  const state = await stage.tmux("display-message", "-p", ...target, PANE_FORMAT);
  const pane = parsePane(state.trimEnd());
  const text = await stage.tmux("capture-pane", "-p", ...target);
  const screen = pane && readScreen({ ...pane, text });
  return screen?.ready === true && screen.box.empty && !screen.busy;
}

/** Resolves when the default agent's terminal shows this text. */
export async function terminalShows(stage: Stage, text: string): Promise<void> {
  await until(async () => {
    const screen = await stage.tmux("capture-pane", "-p", "-t", "=default_agent:");
    return screen.includes(text) ? true : undefined;
  });
}

/** A client of the stage's opencode. */
export function opencodeClient(stage: Stage): OpencodeClient {
  return new OpencodeClient(opencodeHttp(stage));
}

/** Requests to the stage's opencode. */
export function opencodeHttp(stage: Stage): OpencodeHttp {
  const url = stage.env["OPENCODE_API_URL"] ?? "";
  const login = { username: "opencode", password: stage.opencodePassword };
  return new OpencodeHttp({ url, ...login, timeoutMs: 30_000, probeMs: 30_000 });
}

/** Kills opencode's server, as a crash does; resolves when nothing answers there any more. */
export async function killOpencode(stage: Stage): Promise<void> {
  const pid = ["display-message", "-p", "-t", "=opencode-server:", "#{pane_pid}"];
  process.kill(Number(await stage.tmux(...pid)), "SIGKILL");
  await until(async () => {
    const isUp = await stage.opencode("/global/health").then(
      () => true,
      () => false,
    );
    return isUp ? undefined : true;
  });
}

/** The model runs a command in the agent's shell. */
export function runs(command: string): ModelAnswer {
  return { tools: [{ name: "bash", arguments: { command, description: "test" } }] };
}

/** The model runs a command in the agent's shell, then ends its turn with `text`. */
export function shell(command: string, text = ""): (request: ModelRequest) => ModelAnswer {
  return (request) => (request.toolResults.length > 0 ? { text } : runs(command));
}

/** A shell command that sends `text`, whatever is in it, by the agent's own tool. */
export function sending(text: string): string {
  return `echo ${Buffer.from(text).toString("base64")} | base64 -d | send-telegram --format text`;
}

/** How often the model was asked to begin on a prompt. */
export function begun(stage: Stage, prompt: string): number {
  const isBegin = (request: ModelRequest) =>
    request.prompt === prompt && request.toolResults.length === 0;
  return stage.model.requests.filter(isBegin).length;
}

/** The paths prompts were delivered on so far, oldest first, as the log tells. */
export function paths(stage: Stage): string[] {
  return stage.logLines
    .filter((line) => line.includes("prompt delivered"))
    .map((line) => (JSON.parse(line) as { path: string }).path);
}

/** The texts of the bot in the operator's chat, oldest first. */
export function botTexts(stage: Stage): string[] {
  return stage.telegram.chat().flatMap((message) => (message.from === "bot" ? message.text : []));
}

/** Resolves when no prompt is open any more, by the store's own account. */
export async function settled(stage: Stage): Promise<void> {
  await noneOf(stage, "prompts", "'receiving', 'queued', 'delivering', 'running'");
}

/** Resolves when no Telegram call is owed any more, by the store's own account. */
export async function sent(stage: Stage): Promise<void> {
  await noneOf(stage, "outbox", "'pending', 'sending', 'uncertain'");
}

async function noneOf(stage: Stage, table: string, states: string): Promise<void> {
  const file = join(stage.env["DATA_DIR"] ?? "", "switchboard.sqlite");
  const database = new DatabaseSync(file, { readOnly: true });
  const open = database.prepare(`SELECT count(*) AS n FROM ${table} WHERE state IN (${states})`);
  await until(() => (open.get()?.["n"] === 0 ? true : undefined)).finally(() => database.close());
}
