import { test } from "tap";
import type { CrashPoint } from "../../src/crash.ts";
import { sendNow } from "../../src/prompts/queue.ts";
import { begun, botTexts, stackMissing, startStage } from "../support/stage.ts";
import { script, queueOf, answersTo, messagesOf } from "../support/stage-queue.ts";

test(
  "a kill at any point loses and doubles nothing that was sent now, or that a stop left",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t, { script, env: { JOIN_MS: "0" } });
    const { telegram } = stage;
    const { use, find, write, begin, go, rests } = queueOf(stage);
    const points: [CrashPoint, "sent now" | "stopped"][] = [
      ["after post", "sent now"],
      ["before delivered", "sent now"],
      ["turn running", "sent now"],
      ["update stored", "stopped"],
      ["update handled", "stopped"],
      ["prompt made", "stopped"],
      ["before abort", "stopped"],
      ["turn aborted", "stopped"],
      ["turn ended", "stopped"],
      ["reply stored", "stopped"],
      ["after post", "stopped"],
    ];
    for (const [n, [point, what]] of points.entries()) {
      const [file, text, behind] = [`file${n}`, `prompt ${n}`, `behind ${n}`];
      await begin(file);
      const { id } = await write(text);
      if (what === "stopped") {
        await use((transaction) => sendNow(transaction, id));
        await find(text, "running");
        await write(behind);
      }
      await stage.stop();
      await stage.start({ SWITCHBOARD_CRASH_AT: `${point}:1` });
      const since = telegram.mark();
      if (what === "stopped") telegram.operatorSends({ text: "/abort" });
      else await use((transaction) => sendNow(transaction, id));
      t.equal(await stage.ended(), "SIGKILL", `${point}, ${what}`);
      await stage.start();
      if (what === "sent now") {
        await find(text, "running");
        go(file);
      } else {
        const stopped = await telegram.shown((one) => one.text.startsWith("Turn stopped."), {
          since,
        });
        await find(text, "done");
        t.equal(begun(stage, behind), 0, `${point}: what waits is held`);
        await find(behind, "queued");
        telegram.operatorPresses({ messageId: stopped.message_id, button: "Continue" });
        await find(behind, "done");
      }
      await rests();
      for (const one of what === "stopped" ? [text, behind] : [text]) {
        t.equal(begun(stage, one), 1, `${point}, ${what}: the model began once on ${one}`);
        t.equal(await messagesOf(stage, one), 1);
        t.equal(answersTo(stage, one).filter((answer) => !answer.endsWith("↻")).length, 1);
      }
      t.equal(begun(stage, `wait for ${file}`), 1, "what was stopped does not begin again");
    }
    const stopped = botTexts(stage).filter((text) => text.startsWith("Turn stopped."));
    t.equal(stopped.length, 8, "each turn that was stopped is reported once");
  },
);
