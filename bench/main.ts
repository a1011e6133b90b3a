/**
 * `npm run bench [-- [--quick] [NAME…]]`: what Switchboard costs, each figure beside its floor,
 * taken in the same run on the real opencode and the real tmux with the sandbox's two servers.
 * Progress goes to standard error; standard output gets a table and, as its last line, the same
 * as JSON. A missed target is shown and is no error: the exit status says only whether it ran.
 */
import { agentFigures } from "./agents.ts";
import { answerFigure, draftFigure } from "./answers.ts";
import { table, json, type Figure } from "./report.ts";
import { photoFigure } from "./photos.ts";
import { apiFigure, joinFigure, tmuxFigure } from "./prompts.ts";
import { idleFigure, memoryFigure, startFigure } from "./process.ts";
import { renderingFigures } from "./rendering.ts";
import { replyFigure, sendTelegramFigure } from "./replies.ts";
import { type Extent, Scene } from "./scene.ts";
import { screenFigure } from "./screen.ts";
import { webhookFigures } from "./webhook.ts";

type Measurement = (scene: Scene, extent: Extent) => Promise<Figure | Figure[]>;

// In this order: an idle process has had no message yet, and the webhook's burst leaves thousands of prompts behind.
const measurements: Record<string, Measurement> = {
  start: startFigure,
  idle: idleFigure,
  api: apiFigure,
  tmux: tmuxFigure,
  join: joinFigure,
  photo: photoFigure,
  answer: answerFigure,
  draft: draftFigure,
  reply: replyFigure,
  "send-telegram": sendTelegramFigure,
  rendering: renderingFigures,
  screen: screenFigure,
  memory: memoryFigure,
  list: agentFigures,
  webhook: webhookFigures,
};

const help = `npm run bench                     every figure, five to ten minutes
npm run bench -- NAME…            only these: ${Object.keys(measurements).join(", ")}
npm run bench -- --quick [NAME…]  few samples: shows that it works, not what it costs

Prints a table, what each figure means, and as the last line all of it as JSON:
  npm run --silent bench | tail -n 1 > bench.json
`;

async function main(args: string[]): Promise<void> {
  if (args.includes("--help")) {
    process.stdout.write(help);
    return;
  }
  const names = args.filter((arg) => arg !== "--quick");
  const unknown = names.find((name) => !Object.hasOwn(measurements, name));
  if (unknown !== undefined) {
    process.stderr.write(`There is no figure called ${unknown}.\n\n${help}`);
    process.exitCode = 2;
    return;
  }
  const figures = await measure(names, { quick: args.includes("--quick") });
  process.stdout.write(`${table(figures)}\n\n${json(figures)}\n`);
}

async function measure(names: string[], extent: Extent): Promise<Figure[]> {
  process.stderr.write("Starting opencode, its terminal and Switchboard …\n");
  const scene = await Scene.set();
  const figures: Figure[] = [];
  try {
    for (const [name, figure] of Object.entries(measurements)) {
      if (names.length > 0 && !names.includes(name)) continue;
      process.stderr.write(`Measuring ${name} …\n`);
      figures.push(...[await figure(scene, extent)].flat());
    }
  } finally {
    await scene.stage.clear();
  }
  return figures;
}

await main(process.argv.slice(2));
