import { test } from "tap";
import type { CrashPoint } from "../../src/crash.ts";
import { sendNow, wantAbort } from "../../src/prompts/queue.ts";
import { begun, botTexts, stackMissing, startStage } from "../support/stage.ts";
import { script, queueOf, answersTo, messagesOf } from "../support/stage-queue.ts";

test(
  "a kill at any point loses and doubles nothing that was sent now or aborted",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t, { script });
    const { use, find, write, begin, go, rests } = queueOf(stage);
    const points: [CrashPoint, "sent now" | "aborted"][] = [
      ["after post", "sent now"],
      ["before delivered", "sent now"],
      ["turn running", "sent now"],
      ["turn aborted", "aborted"],
      ["turn ended", "aborted"],
      ["reply stored", "aborted"],
      ["after post", "aborted"],
    ];
    for (const [n, [point, what]] of points.entries()) {
      const [file, text] = [`file${n}`, `prompt ${n}`];
      await begin(file);
      const { id } = await write(text);
      if (what === "aborted") {
        await use((transaction) => sendNow(transaction, id));
        await find(text, "running");
      }
      await stage.stop();
      await stage.start({ SWITCHBOARD_CRASH_AT: `${point}:1` });
      if (what === "aborted") await use((transaction) => wantAbort(transaction, "default_agent"));
      else await use((transaction) => sendNow(transaction, id));
      t.equal(await stage.ended(), "SIGKILL", `${point}, ${what}`);
      await stage.start();
      if (what === "sent now") {
        await find(text, "running");
        go(file);
      }
      await rests();
      t.equal(begun(stage, text), 1, `${point}, ${what}: the model began once`);
      t.equal(await messagesOf(stage, text), 1);
      t.equal(answersTo(stage, text).filter((one) => !one.endsWith("↻")).length, 1);
    }
    const stopped = botTexts(stage).filter((text) => text.startsWith("Turn stopped."));
    t.equal(stopped.length, 4, "each turn that was aborted is reported once");
  },
);
