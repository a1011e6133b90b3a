import { execa } from "execa";
import { difference, type Figure, ratio } from "./report.ts";
import type { Extent, Scene } from "./scene.ts";
import { interleave, summarize } from "./stats.ts";

/**
 * From the operator's update being posted to the webhook until the model is asked, on the api path.
 * The floor posts to `prompt_async` itself, to the same session, so that the same terminal draws it.
 */
export async function apiFigure(scene: Scene, { quick }: Extent): Promise<Figure> {
  await scene.restart({ DELIVERY: "api" });
  const { stage, directory } = scene;
  const agentSession = await scene.agentSession();
  const floor = async () => {
    const prompt = scene.nextPrompt();
    const start = performance.now();
    const posted = stage.opencode(`/session/${agentSession}/prompt_async?directory=${directory}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ parts: [{ type: "text", text: prompt }] }),
    });
    const cost = (await scene.modelAsked(prompt)) - start;
    await posted;
    await scene.rest(agentSession);
    return cost;
  };
  const subject = () => promptCost(scene, agentSession, "api");
  const taken = await interleave({ subject, floor }, extent(quick));
  return {
    name: "api",
    what: "prompt → model request, api path",
    unit: "ms",
    measured: taken.measured,
    floor: { ...taken.floor, what: "the same post to opencode, made directly" },
    compared: difference(taken.measured, taken.floor, "ms"),
    target: "≤ floor + 10 ms",
    met: taken.measured.p50 <= taken.floor.p50 + 10,
  };
}

/**
 * The same on the tmux path. The floor pastes into the same pane and presses Enter in one run of
 * tmux, without a look before, between or after.
 */
export async function tmuxFigure(scene: Scene, { quick }: Extent): Promise<Figure> {
  await scene.restart({ DELIVERY: "tmux" });
  const agentSession = await scene.agentSession();
  const paneId = await scene.agentPane();

  const floor = async () => {
    const prompt = scene.nextPrompt();
    const start = performance.now();
    await blindPaste(scene, paneId, prompt);
    const cost = (await scene.modelAsked(prompt)) - start;
    await scene.rest(agentSession);
    return cost;
  };
  const subject = () => promptCost(scene, agentSession, "tmux");
  const taken = await interleave({ subject, floor }, extent(quick));
  return {
    name: "tmux",
    what: "prompt → model request, tmux path",
    unit: "ms",
    measured: taken.measured,
    floor: { ...taken.floor, what: "blind paste + Enter into the same pane, one run of tmux" },
    compared: ratio(taken.measured, taken.floor),
    target: "≤ 1.6 × floor",
    met: taken.measured.p50 <= 1.6 * taken.floor.p50,
  };
}

const joinMs = 300;

/** What waiting for a forwarded message adds to a short prompt, with `JOIN_MS` as it is by default. */
export async function joinFigure(scene: Scene, { quick }: Extent): Promise<Figure> {
  const agentSession = await scene.agentSession();
  // Both need a Switchboard of their own, so they are taken one after the other.
  const samples = async (env: Record<string, string>) => {
    await scene.restart({ DELIVERY: "api", ...env });
    const { pairs, warmUp } = extent(quick);
    const costs: number[] = [];
    for (let n = -warmUp; n < pairs; n += 1) {
      const cost = await promptCost(scene, agentSession, "api");
      if (n >= 0) costs.push(cost);
    }
    return summarize(costs);
  };
  const floor = await samples({});
  const measured = await samples({ JOIN_MS: String(joinMs) });
  await scene.restart();
  return {
    name: "join",
    what: "prompt → model request, with the wait for a forward",
    unit: "ms",
    measured,
    floor: { ...floor, what: "the same with JOIN_MS=0" },
    compared: difference(measured, floor, "ms"),
    target: `≤ floor + ${joinMs + 15} ms`,
    met: measured.p50 <= floor.p50 + joinMs + 15,
  };
}

/** One prompt of the operator, to its end; resolves to the milliseconds until the model was asked. */
export async function promptCost(
  scene: Scene,
  sessionId: string,
  path: "api" | "tmux",
): Promise<number> {
  const { stage } = scene;
  const prompt = scene.nextPrompt();
  const start = performance.now();
  stage.telegram.operatorSends({ text: prompt });
  const cost = (await scene.modelAsked(prompt)) - start;
  await scene.answered(prompt);
  await scene.rest(sessionId);
  const delivered = stage.logLines.findLast((line) => line.includes('"prompt delivered"')) ?? "{}";
  const { path: taken } = JSON.parse(delivered) as { path?: string };
  if (taken !== path) throw new Error(`a prompt took the ${taken} path instead of ${path}`);
  return cost;
}

function extent(quick: boolean) {
  return quick ? { pairs: 2, warmUp: 1 } : { pairs: 30, warmUp: 4 };
}

async function blindPaste(scene: Scene, paneId: string, text: string): Promise<void> {
  const { TMUX_SOCKET_NAME = "", PATH = "", HOME = "" } = scene.stage.env;
  const load = ["load-buffer", "-b", "bench", "-"];
  const paste = ["paste-buffer", "-p", "-r", "-d", "-b", "bench", "-t", paneId];
  const enter = ["send-keys", "-t", paneId, "Enter"];
  const args = ["-L", TMUX_SOCKET_NAME, ...load, ";", ...paste, ";", ...enter];
  await execa("tmux", args, { input: text, env: { PATH, HOME }, extendEnv: false });
}
