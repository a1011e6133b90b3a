import { setTimeout as pause } from "node:timers/promises";
import { readScreen } from "../src/delivery/tui.ts";
import { PANE_FORMAT, parsePane } from "../src/tmux/pane.ts";
import { difference, type Figure } from "./report.ts";
import type { Extent, Scene } from "./scene.ts";
import { interleave } from "./stats.ts";

// A live edit a second; two of them closer together would measure that.
const apartMs = 1100;
const mostMs = 150;

/**
 * From the press of a key below a picture, posted to the webhook, until the new picture has arrived at Telegram.
 * The floor is one capture of the same pane with its colours.
 */
export async function screenFigure(scene: Scene, { quick }: Extent): Promise<Figure> {
  const { stage } = scene;
  const { telegram } = stage;
  const sessionId = await scene.agentSession();
  await scene.restart();
  const paneId = await scene.agentPane();
  const prompt = scene.nextPrompt();
  telegram.operatorSends({ text: prompt });
  await scene.answered(prompt);
  await scene.rest(sessionId);
  telegram.operatorSends({ text: "/screen" });
  const { message_id: messageId } = await telegram.shown(
    ({ file }) => file?.name.endsWith(".png") === true,
  );
  let count = 0;
  const subject = async () => {
    // Up shows an earlier prompt in the box, and down empties it again.
    count += 1;
    const button = count % 2 === 1 ? "↑" : "↓";
    const before = telegram.calls.length;
    const start = performance.now();
    telegram.operatorPresses({ messageId, button });
    for (;;) {
      const made = telegram.calls.slice(before).find(({ method }) => method === "editMessageMedia");
      if (made) break;
      if (performance.now() - start > 10_000) throw new Error("no picture came");
      await pause(1);
    }
    const cost = performance.now() - start;
    await pause(apartMs);
    return cost;
  };
  const floor = async () => {
    const start = performance.now();
    await stage.tmux("capture-pane", "-e", "-p", "-N", "-t", paneId);
    return performance.now() - start;
  };
  const taken = await interleave({ subject, floor }, quick ? few : many);
  await emptyBox(scene, paneId);
  return {
    name: "screen",
    what: "key pressed → picture at Telegram",
    unit: "ms",
    measured: taken.measured,
    floor: { ...taken.floor, what: "one capture of the pane" },
    compared: difference(taken.measured, taken.floor, "ms"),
    target: `≤ ${mostMs} ms`,
    met: taken.measured.p50 <= mostMs,
    note: "50 ms of it show that the terminal is still.",
  };
}

const few = { pairs: 2, warmUp: 1 };
const many = { pairs: 20, warmUp: 3 };

/** Figures after this one type into the same box. */
async function emptyBox({ stage }: Scene, paneId: string): Promise<void> {
  const target = ["-p", "-t", paneId];
  const pane = parsePane((await stage.tmux("display-message", ...target, PANE_FORMAT)).trimEnd());
  const text = await stage.tmux("capture-pane", ...target);
  if (pane && !readScreen({ ...pane, text }).box.empty) {
    await stage.tmux("send-keys", "-t", paneId, "C-c");
  }
}
