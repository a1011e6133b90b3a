import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa, type Options } from "execa";
import { test } from "tap";
import { byApi, byTerminal } from "../../cli/doctor/checks/round-trip.ts";
import { type Context, contextOf } from "../../cli/doctor/context.ts";
import type { Report } from "../../cli/doctor/run.ts";
import { runChecks } from "../../cli/doctor/run.ts";
import type { ModelScript } from "../../sandbox/model/server.ts";
import type { Stage } from "../../sandbox/stage.ts";
import { botTexts, stackMissing, startStage } from "../support/stage.ts";

const root = join(import.meta.dirname, "..", "..");
const node = join(root, "node_modules", ".bin", "node");
const main = join(root, "cli", "doctor", "main.ts");

const obeys: ModelScript = ({ prompt }) => ({ text: /word (\S+)/.exec(prompt)?.[1] ?? "no word" });

function doctor(stage: Stage, args: string[], options: Options = {}) {
  const child = { env: stage.env, extendEnv: false, cwd: stage.home, reject: false } as const;
  return execa(node, [main, ...args], { ...child, ...options });
}

/** The two checks that ask the model, as they would find it now. */
function ask(
  stage: Stage,
  env: Record<string, string> = {},
  now: () => number = Date.now,
): Promise<Report[]> {
  const context: Context = { ...contextOf({ ...stage.env, ...env }), now };
  const [api, terminal] = [
    { ...byApi, needs: [] },
    { ...byTerminal, needs: [byApi.name] },
  ];
  return runChecks([api, terminal], context);
}

/** What a round trip may have left: sessions of opencode, and tmux servers. */
async function leftOver(stage: Stage): Promise<string[]> {
  const response = await stage.opencode("/experimental/session?limit=100");
  const sessions = (await response.json()) as { title: string }[];
  const titles = sessions.map(({ title }) => title).filter((title) => /doctor/.test(title));
  const { stdout } = await execa("ps", ["-eo", "args"]);
  const socket = `${stage.env["TMUX_SOCKET_NAME"]}-doctor`;
  return [...titles, ...stdout.split("\n").filter((line) => line.includes(socket))];
}

test("the doctor of a real Switchboard", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t, { script: obeys });

  await t.test("all is well, a prompt comes back on both paths, and nothing stays", async (t) => {
    const { stdout, exitCode } = await doctor(stage, ["--json"]);
    const { failed, checks } = JSON.parse(String(stdout)) as { failed: number; checks: Report[] };
    t.same(
      checks.filter(({ state }) => state === "failed"),
      [],
    );
    t.equal(failed, 0);
    t.equal(exitCode, 0);
    const by = new Map(checks.map((report) => [report.name, report]));
    t.match(by.get("round trip by api"), { state: "ok", text: /^answered in/ });
    t.match(by.get("round trip by tmux"), { state: "ok", text: /^answered in/ });
    t.match(by.get("opencode start"), { state: "ok", text: /PROJECT_CONFIG=trust$/ });
    t.match(by.get("agent side"), { state: "ok", text: /opencode has loaded it/ });
    const asked = stage.model.requests.filter(({ prompt }) =>
      prompt.includes("test of the connection"),
    );
    t.equal(asked.length, 2, "the model was asked twice");
    t.same(asked[0]?.toolNames, ["read"], "and can neither act nor send");
    t.same(await leftOver(stage), []);
    t.same(botTexts(stage), [], "the operator sees nothing of it");
  });

  await t.test("a model that fails, and a terminal that ends, are named", async (t) => {
    stage.model.script = () => ({ fail: 400 });
    t.match(await ask(stage), [
      {
        state: "failed",
        text: /does not answer \(.*scripted failure.*opencode auth login/,
      },
      { state: "skipped" },
    ]);
    stage.model.script = obeys;
    const broken = join(stage.home, "broken-opencode");
    // What it says at first is lost, as tmux may lose it; and it does not end at the instant it says it again.
    const first = join(stage.home, "was-run");
    const script = `[ -e ${first} ] || { : >${first}; exit 1; }\necho no such option: attach\nsleep 0.2\nexit 1\n`;
    writeFileSync(broken, `#!/bin/sh\n${script}`);
    chmodSync(broken, 0o755);
    t.match(await ask(stage, { OPENCODE_BIN: broken }), [
      { state: "ok" },
      {
        state: "failed",
        text: /does not show the session, but “no such option: attach”: install/,
      },
    ]);
    t.same(await leftOver(stage), []);
  });

  await t.test("Ctrl-C removes what it has begun", async (t) => {
    const late = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    stage.model.script = () => {
      asked.resolve();
      return { text: "late", hold: late.promise };
    };
    const running = doctor(stage, []);
    await asked.promise;
    running.kill("SIGINT");
    const { exitCode, stdout } = await running;
    t.equal(exitCode, 130);
    t.match(stdout, /^– round trip by api +not checked: interrupted$/m);
    t.same(await leftOver(stage), []);
    late.resolve();
  });

  for (const end of ["SIGKILL", "nobody reads"] as const) {
    await t.test(`what a doctor has begun does not stay for good: ${end}`, async (t) => {
      const late = Promise.withResolvers<void>();
      const typed = Promise.withResolvers<void>();
      let count = 0;
      stage.model.script = (asked) => {
        count += 1;
        if (count === 1) return obeys(asked);
        typed.resolve();
        return { text: "late", hold: late.promise };
      };
      const running = doctor(stage, []);
      await typed.promise;
      if (end === "SIGKILL") running.kill("SIGKILL");
      else {
        running.stdout?.destroy();
        // Its next line finds nobody.
        late.resolve();
      }
      await running;
      stage.model.script = obeys;
      late.resolve();
      if (end === "SIGKILL") {
        t.equal((await leftOver(stage)).length > 1, true, "a session and a terminal are left");
        await ask(stage, {}, () => Date.now() + 3_600_000);
      }
      t.same(await leftOver(stage), []);
    });
  }
});
