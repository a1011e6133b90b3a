import { difference, type Figure } from "./report.ts";
import type { Extent, Scene } from "./scene.ts";
import { interleave } from "./stats.ts";

// What one page of `/list` shows.
const pageSize = 15;
const targetMs = 300;

/** What grows with the number of agents, for 1, 10 and 30 of them, all in one folder. */
export async function agentFigures(scene: Scene, { quick }: Extent): Promise<Figure[]> {
  // Thirty terminals would take all of the machine's memory and a second each; no figure here needs one.
  await scene.restart({ DELIVERY: "api" });
  const extent = quick ? { pairs: 2, warmUp: 1 } : { pairs: 20, warmUp: 3 };
  const few = quick ? { pairs: 1, warmUp: 0 } : { pairs: 5, warmUp: 1 };
  const agents = [{ name: "default_agent", sessionId: await scene.agentSession() }];
  const figures: Figure[] = [];
  for (const count of quick ? [1, 3] : [1, 10, 30]) {
    while (agents.length < count) agents.push(await startAgent(scene, `bench-${agents.length}`));
    // So that each has answered, which /list tells of.
    await eachAsked(scene, agents);
    figures.push(await listFigure(scene, agents, extent), await promptsFigure(scene, agents, few));
  }
  return figures;
}

interface BenchAgent {
  name: string;
  sessionId: string;
}

async function startAgent(scene: Scene, name: string): Promise<BenchAgent> {
  const { stage } = scene;
  stage.telegram.operatorSends({ text: `/start ${name}` });
  await scene.until(`${name} has a terminal`, () =>
    stage.tmux("kill-session", "-t", `=${name}:`).then(
      () => true,
      () => false,
    ),
  );
  return { name, sessionId: await scene.agentSession(name) };
}

/** From `/list` being posted to the webhook until the bot's answer is in the chat. */
async function listFigure(
  { stage, directory }: Scene,
  agents: BenchAgent[],
  extent: { pairs: number; warmUp: number },
): Promise<Figure> {
  const subject = async () => {
    const since = stage.telegram.mark();
    const start = performance.now();
    stage.telegram.operatorSends({ text: "/list" });
    await stage.telegram.shown(({ text }) => text.includes("default_agent: "), { since });
    return performance.now() - start;
  };
  const bare = async (path: string) => (await stage.opencode(path)).text();
  const floor = async () => {
    const start = performance.now();
    await Promise.all([
      bare(`/session/status?directory=${directory}`),
      ...agents
        .slice(0, pageSize)
        .map(({ sessionId }) => bare(`/session/${sessionId}/message?limit=3`)),
    ]);
    return performance.now() - start;
  };
  const taken = await interleave({ subject, floor }, extent);
  const requests = 1 + Math.min(pageSize, agents.length);
  return {
    name: "list",
    what: `/list → its answer, agents: ${agents.length}`,
    unit: "ms",
    measured: taken.measured,
    floor: { ...taken.floor, what: `the same ${requests} requests to opencode, made at once` },
    compared: difference(taken.measured, taken.floor, "ms"),
    target: `≤ ${targetMs} ms`,
    met: taken.measured.p50 <= targetMs,
    note: `A page shows ${pageSize} agents.`,
  };
}

/** From a prompt to each agent being posted, all at once, until the model was asked with every one. */
async function promptsFigure(
  scene: Scene,
  agents: BenchAgent[],
  extent: { pairs: number; warmUp: number },
): Promise<Figure> {
  const { stage, directory } = scene;
  const floor = () =>
    timed(scene, agents, (prompts) =>
      agents.forEach(({ sessionId }, index) => {
        const body = JSON.stringify({ parts: [{ type: "text", text: prompts[index] }] });
        const headers = { "content-type": "application/json" };
        const path = `/session/${sessionId}/prompt_async?directory=${directory}`;
        void stage.opencode(path, { method: "POST", headers, body });
      }),
    );
  const taken = await interleave({ subject: () => eachAsked(scene, agents), floor }, extent);
  return {
    name: "list",
    what: `a prompt to each at once → all asked, agents: ${agents.length}`,
    unit: "ms",
    measured: taken.measured,
    floor: { ...taken.floor, what: "the same posts to opencode, made directly at once" },
    compared: difference(taken.measured, taken.floor, "ms"),
    target: "each once",
    // Else the run has failed.
    met: true,
    note: "Switchboard also gets a /switch for each.",
  };
}

/** One operator switches to each agent and prompts it, without waiting for anything in between. */
function eachAsked(scene: Scene, agents: BenchAgent[]): Promise<number> {
  return timed(scene, agents, (prompts) =>
    agents.forEach(({ name }, index) => {
      scene.stage.telegram.operatorSends({ text: `/switch ${name}` });
      scene.stage.telegram.operatorSends({ text: prompts[index] ?? "" });
    }),
  );
}

/** Resolves, once all is at rest again, to the milliseconds until the model was asked with every prompt. */
async function timed(
  scene: Scene,
  agents: BenchAgent[],
  send: (prompts: string[]) => void,
): Promise<number> {
  const { stage } = scene;
  const prompts = agents.map(() => scene.nextPrompt());
  const start = performance.now();
  send(prompts);
  const times = await Promise.all(prompts.map((prompt) => scene.modelAsked(prompt)));
  await scene.until("all rest", async () => {
    const response = await stage.opencode(`/session/status?directory=${scene.directory}`);
    return Object.keys((await response.json()) as object).length === 0;
  });
  for (const prompt of prompts) {
    const asked = stage.model.requests.filter((request) => request.prompt === prompt).length;
    if (asked !== 1) throw new Error(`a prompt was asked ${asked} times`);
  }
  return Math.max(...times) - start;
}
