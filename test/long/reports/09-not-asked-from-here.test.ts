import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type Test } from "tap";
import type { Stage } from "../../../sandbox/stage.ts";
import type { ModelRequest } from "../../../sandbox/model/server.ts";
import {
  botTexts,
  paths,
  runs,
  sending,
  sent,
  settled,
  stackMissing,
  startStage,
  terminalReady,
  until,
} from "../../support/stage.ts";

const mark = "❖ default_agent (not asked from here):\n\n";
const isOfSubagent = ({ prompt }: ModelRequest) => prompt === "count the files";

/** A plugin of the user's that prompts the session named in a file with the words in it. */
const prompter = (file: string) => `
import { readFileSync, unlinkSync } from "node:fs";
export async function Prompter({ client }) {
  setInterval(async () => {
    let said;
    try { said = JSON.parse(readFileSync(${JSON.stringify(file)}, "utf8")); } catch { return; }
    unlinkSync(${JSON.stringify(file)});
    const { id, ...body } = said;
    await client.session.prompt({ path: { id }, body });
  }, 50).unref();
  return {};
}`;

/** A stage on which the terminal, a plugin and background tasks can prompt. */
async function unaskedStage(t: Test, env: Record<string, string> = {}) {
  const stage = await startStage(t, {
    env: { OPENCODE_EXPERIMENTAL_BACKGROUND_SUBAGENTS: "1", ...env },
    // Before opencode starts: it reads plugins then.
    prepare: (home) => {
      const folder = join(home, ".config", "opencode", "plugin");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "prompter.ts"), prompter(join(home, "say.json")));
    },
    script: (request) => {
      if (request.prompt === "count in the background" && request.toolResults.length === 0) {
        const task = { description: "count", prompt: "count the files", background: true };
        return { tools: [{ name: "task", arguments: { ...task, subagent_type: "general" } }] };
      }
      if (isOfSubagent(request)) return { text: "There are 9.", hold: 1500 };
      if (request.prompt.startsWith("<task ")) return { text: "The task has counted 9." };
      if (request.prompt === "tell me" && request.toolResults.length === 0)
        return runs(sending("told"));
      return { text: `answer to ${request.prompt}` };
    },
  });
  return { stage, type: typing(stage), plugin: pluginOf(stage), said: sayings(stage) };
}

const target = ["-t", "=default_agent:"];

function typing(stage: Stage) {
  return async (text: string) => {
    await stage.tmux("send-keys", ...target, "-l", text);
    await until(async () =>
      (await stage.tmux("capture-pane", "-p", ...target)).includes(text) ? true : undefined,
    );
    await stage.tmux("send-keys", ...target, "Enter");
    await stage.model.seen(({ prompt }) => prompt === text);
  };
}

/** The session of the default agent, which is made after the start. */
function sessionOf(stage: Stage): Promise<string> {
  const file = join(stage.env["DATA_DIR"] ?? "", "switchboard.sqlite");
  return until(async () => {
    const database = new DatabaseSync(file, { readOnly: true });
    const id = database.prepare("SELECT session_id FROM agents").get()?.["session_id"];
    database.close();
    return typeof id === "string" ? id : undefined;
  });
}

function pluginOf(stage: Stage) {
  return async (text: string, more: object = {}) => {
    const body = { id: await sessionOf(stage), parts: [{ type: "text", text }], ...more };
    writeFileSync(join(stage.home, "say.json"), JSON.stringify(body));
    await stage.model.seen(({ prompt }) => prompt === text);
  };
}

/** Resolves, once all rests, to what the bot said since the last call: at least `count` texts. */
function sayings(stage: Stage) {
  let seen = 0;
  return async (count: number) => {
    await until(() => (botTexts(stage).length >= seen + count ? true : undefined));
    await settled(stage);
    await sent(stage);
    const texts = botTexts(stage).slice(seen);
    seen += texts.length;
    return texts;
  };
}

/** Resolves when the agent's session is idle, by opencode's own account. */
async function idle(stage: Stage): Promise<void> {
  const directory = encodeURIComponent(stage.env["WORKSPACE_DIR"] ?? "");
  await until(async () => {
    const statuses = await (await stage.opencode(`/session/status?directory=${directory}`)).json();
    return Object.keys(statuses as object).length === 0 ? true : undefined;
  });
}

test("a turn that no prompt began reaches the chat", { skip: stackMissing() }, async (t) => {
  const { stage, type, plugin, said } = await unaskedStage(t);
  const ask = async (text: string, count = 1) => {
    stage.telegram.operatorSends({ text });
    return said(count);
  };

  await t.test("one typed in the terminal is marked as not asked from here", async (t) => {
    await type("typed one");
    t.same(await said(1), [`${mark}answer to typed one`]);
  });

  await t.test("so is one that a plugin began", async (t) => {
    await plugin("plugin one");
    t.same(await said(1), [`${mark}answer to plugin one`]);
  });

  await t.test("a prompt is answered once on each path, and nothing before it again", async (t) => {
    t.same(await ask("typed prompt"), ["answer to typed prompt"]);
    t.same(await ask("!posted prompt"), ["answer to !posted prompt"]);
    t.same(paths(stage), ["tmux", "api"]);
    await type("typed two");
    t.same(await said(1), [`${mark}answer to typed two`]);
  });

  await t.test("the result of a background task comes as a turn of its own", async (t) => {
    t.same(await ask("count in the background", 2), [
      "answer to count in the background",
      `${mark}The task has counted 9.`,
    ]);
  });

  await t.test("what the agent itself has told is not sent as well", async (t) => {
    await type("tell me");
    t.same(await said(1), ["told"]);
    await type("typed three");
    t.same(await said(1), [`${mark}answer to typed three`]);
  });

  await t.test("a command of the terminal's own says nothing", async (t) => {
    await stage.tmux("send-keys", ...target, "-l", "/compact");
    await until(async () =>
      (await stage.tmux("capture-pane", "-p", ...target)).includes("/compact ") ? true : undefined,
    );
    await stage.tmux("send-keys", ...target, "Enter");
    await until(async () => {
      const path = `/session/${await sessionOf(stage)}/message`;
      const messages = (await (await stage.opencode(path)).json()) as { info: object }[];
      return messages.some(({ info }) => "summary" in info && info.summary === true) || undefined;
    });
    await idle(stage);
    await type("typed four");
    t.same(await said(1), [`${mark}answer to typed four`]);
  });

  await t.test("one that ran while Switchboard was down is reported once", async (t) => {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      await stage.stop(signal);
      await type(`while down after ${signal}`);
      await idle(stage);
      await stage.start();
      t.same(await said(1), [`${mark}answer to while down after ${signal}`]);
    }
    await stage.stop();
    await stage.start();
    t.same(await ask("last"), ["answer to last"]);
  });
});

test(
  "DESK=quiet leaves out what was typed in the terminal",
  { skip: stackMissing() },
  async (t) => {
    const { stage, type, plugin, said } = await unaskedStage(t, { DESK: "quiet" });
    await terminalReady(stage);
    await type("typed one");
    await idle(stage);
    await plugin("plugin one");
    t.same(await said(1), [`${mark}answer to plugin one`]);
    await type("typed two");
    await idle(stage);
    await plugin("plugin two", { agent: "build" });
    t.same(await said(1), [`${mark}answer to plugin two`]);
    stage.telegram.operatorSends({ text: "count in the background" });
    t.same(await said(2), ["answer to count in the background", `${mark}The task has counted 9.`]);
  },
);
