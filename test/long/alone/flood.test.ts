import { readFileSync } from "node:fs";
import { test } from "tap";
import { botTexts, runs, sent, stackMissing, startStage, until } from "../../support/stage.ts";

const replies = 10_000;
const promisedMs = 3000;
const promisedMb = 200;

test(
  "5. while an agent floods a chat, what its operator asks for comes within 3 s",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t, { permission: { bash: "ask" } });
    const { telegram, model } = stage;
    const oneASecond = {
      kind: "429",
      retryAfter: 1,
      method: "sendMessage",
      everyMs: 1000,
    } as const;
    const release = telegram.fault(oneASecond);
    let accepted = 0;
    let refused = 0;
    const flood = async (from: number) => {
      for (let n = from; n < replies; n += 20) {
        const response = await stage.local("/reply", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ agent: "default_agent", text: `flood ${n}` }),
        });
        await response.body?.cancel();
        if (response.status === 202) accepted += 1;
        else if (response.status === 429) refused += 1;
        else throw new Error(`unexpected ${response.status}`);
      }
    };
    const flooding = Promise.all(Array.from({ length: 20 }, (_, index) => flood(index)));
    await until(() => (accepted > 100 ? true : undefined));

    const within = async (what: string, fits: (text: string) => boolean, begin: () => unknown) => {
      const since = telegram.mark();
      await begin();
      const start = Date.now();
      await telegram.shown(({ text }) => fits(text), { since });
      const ms = Date.now() - start;
      t.ok(ms < promisedMs, `${what} after ${ms} ms`);
    };
    await within(
      "/status",
      (text) => text.startsWith("Agent: default_agent"),
      () => telegram.operatorSends({ text: "/status" }),
    );
    model.script = () => runs("rm -rf build");
    await within(
      "a card",
      (text) => text.includes("rm -rf build"),
      async () => {
        telegram.operatorSends({ text: "clean up" });
        const path = `/permission?directory=${stage.env["WORKSPACE_DIR"]}`;
        await until(async () => {
          const asked = (await (await stage.opencode(path)).json()) as unknown[];
          return asked.length > 0 ? true : undefined;
        });
      },
    );
    await flooding;
    t.equal(accepted + refused, replies);
    const status = readFileSync(`/proc/${stage.pid}/status`, "utf8");
    const megabytes = Number(/VmHWM:\s*(\d+)/.exec(status)?.[1]) / 1024;
    t.ok(megabytes < promisedMb, `${Math.round(megabytes)} MB at most`);
    t.comment(`${accepted} accepted, ${refused} refused, ${Math.round(megabytes)} MB`);

    const before = botTexts(stage).filter((text) => text.includes("flood")).length;
    await within(
      "/stop",
      (text) => /messages from default_agent not sent/.test(text),
      () => telegram.operatorSends({ text: "/stop" }),
    );
    release();
    await sent(stage);
    const stopped = botTexts(stage).find((text) => text.includes("not sent"));
    const dropped = Number(/(\d+) messages from default_agent not sent/.exec(stopped ?? "")?.[1]);
    const arrived = botTexts(stage).filter((text) => text.includes("flood")).length;
    t.equal(arrived + dropped, accepted, `nothing accepted is lost (${before} before /stop)`);
  },
);
