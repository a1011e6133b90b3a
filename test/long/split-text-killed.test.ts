import { test } from "tap";
import type { CrashPoint } from "../../src/crash.ts";
import { settled, stackMissing, startStage } from "../support/stage.ts";
import { cut, longText } from "../support/split-text.ts";

test(
  "a text that a client has split is one prompt, byte for byte, wherever Switchboard is killed between its messages",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t);
    const { telegram, model } = stage;
    const points: [point: CrashPoint, time: number][] = [
      ["update stored", 1],
      ["update stored", 3],
      ["update handled", 2],
      ["prompt made", 1],
      ["prompt made", 2],
      ["prompt made", 3],
    ];
    for (const [run, [point, time]] of points.entries()) {
      await stage.stop();
      await stage.start({ SWITCHBOARD_CRASH_AT: `${point}:${time}` });
      const text = longText(`run ${run}`);
      for (const part of cut(text)) telegram.operatorSends({ text: part });
      await stage.ended();
      await stage.start();
      await model.seen(({ prompt }) => prompt.startsWith(`run ${run}`));
      await settled(stage);
      const asked = model.requests.map(({ prompt }) => prompt);
      t.same(asked.slice(run), [text], `${point} ${time}`);
    }
  },
);
