import { readFileSync } from "node:fs";
import { test } from "tap";
import { sent, settled, stackMissing, startStage } from "../../support/stage.ts";
import { apart, growing, liveCalls, whole, withStop } from "../../support/stage-live.ts";

const skip = stackMissing();
const env = { VERBOSITY: "normal", DELIVERY: "api" };

test(
  "40 pieces per second for 20 s make at most one call per second, and one whole answer",
  { skip },
  async (t) => {
    const both = { TELEGRAM_ALLOWED_CHAT_ID: "1000,-100", TELEGRAM_ALLOWED_USER_ID: "1000" };
    const stage = await startStage(t, { env: { ...env, ...both } });
    const { telegram, model } = stage;
    for (const chatId of [1000, -100]) {
      const answer = growing(800, 25, `in${chatId}w`);
      model.script = () => answer;
      const since = telegram.mark();
      telegram.operatorSends({ text: `write for 20 s in ${chatId}`, chatId });
      await withStop(stage, chatId);
      await telegram.shown(({ text }) => text.endsWith(whole(answer).slice(-40)), {
        chatId,
        timeoutMs: 120_000,
      });
      await settled(stage);
      await telegram.shown(({ text }) => /^✓ .* stub\/stub/.test(text), { chatId, since });
      await sent(stage);
      const calls = liveCalls(stage, since);
      const isGroup = chatId < 0;
      t.ok(
        calls.some(({ method }) => method === (isGroup ? "editMessageText" : "sendMessageDraft")),
      );
      if (isGroup) t.notOk(calls.some(({ method }) => method === "sendMessageDraft"));
      t.ok(calls.length > 5, `${calls.length} calls`);
      t.ok(apart(calls) >= 950, `${apart(calls)} ms between two`);
      const texts = telegram.chat(chatId).map(({ text }) => text);
      const parts = texts.filter((text) => text.startsWith("in"));
      t.equal(
        parts.join(" ").replaceAll(/\s+/g, " "),
        whole(answer),
        "the answer is complete, once",
      );
    }
  },
);

test(
  "a turn of 10,000 pieces costs less than 5 % of what it costs opencode",
  { skip },
  async (t) => {
    const stage = await startStage(t, { env });
    const { telegram, model } = stage;
    const pane = ["display-message", "-p", "-t", "=opencode-server:", "#{pane_pid}"];
    const opencode = Number(await stage.tmux(...pane));
    const costs = () => [cpuMs(stage.pid ?? 0), cpuMs(opencode)] as const;
    // What a process does for the first time costs more.
    model.script = () => growing(2000, 1, "warm");
    telegram.operatorSends({ text: "first" });
    await telegram.shown(({ text }) => text.endsWith("warm1999"), { timeoutMs: 120_000 });
    await settled(stage);
    let share = Infinity;
    // Other programs on the machine make one turn dearer, never cheaper.
    for (let turn = 0; turn < 3 && share >= 0.05; turn += 1) {
      const before = costs();
      // Longer words would make it a document.
      const pieces = [...Array<string>(9999).fill("x"), ` end${turn}`];
      model.script = () => ({ pieces, everyMs: 1 });
      telegram.operatorSends({ text: `write very much, ${turn}` });
      await telegram.shown(({ text }) => text.endsWith(` end${turn}`), { timeoutMs: 120_000 });
      const [ours, theirs] = costs().map((ms, n) => ms - (before[n] ?? 0)) as [number, number];
      t.comment(`${ours} ms of ${theirs} ms`);
      t.ok(theirs > 1000);
      share = ours / theirs;
      await settled(stage);
    }
    t.ok(share < 0.05, `${(100 * share).toFixed(1)} %`);
  },
);

/** Milliseconds of CPU that a process has taken so far (proc(5): in hundredths of a second). */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}
