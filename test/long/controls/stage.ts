import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import type { ModelAnswer, ModelRequest } from "../../../sandbox/model/server.ts";
import type { Stage } from "../../../sandbox/stage.ts";
import { OpencodeControls } from "../../../src/opencode/controls.ts";
import { newId } from "../../../src/opencode/ids.ts";
import type { SessionRef } from "../../../src/opencode/session-reader.ts";
import { opencodeClient, opencodeHttp, runs, startStage, until } from "../../support/stage.ts";

/** What the scripted agent has to do. */
export const todos = [{ content: "Paint it", status: "in_progress", priority: "high" }];

/** `run …` runs a command in the agent's shell; everything else is answered. */
export function script({ prompt, toolResults }: ModelRequest): ModelAnswer {
  if (toolResults.length > 0) return { text: `done with ${prompt}` };
  if (prompt.startsWith("run ")) return runs(prompt.slice(4));
  if (prompt === "plan") return { tools: [{ name: "todowrite", arguments: { todos } }] };
  return { text: `heard ${prompt}` };
}

/** What an operator has set up for all projects. */
export function settings(home: string): void {
  const dir = join(home, ".config", "opencode");
  const file = join(dir, "opencode.json");
  const config = JSON.parse(readFileSync(file, "utf8")) as {
    provider: { stub: { models: { stub: object & { limit?: object } } } };
  };
  const mcp = {
    broken: { type: "local", command: ["false"] },
    off: { type: "local", command: ["false"], enabled: false },
  };
  config.provider.stub.models.stub.limit = { context: 200_000, output: 10_000 };
  writeFileSync(file, JSON.stringify({ ...config, mcp }));
  const put = (path: string, text: string) => {
    mkdirSync(join(dir, path, ".."), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  put("command/greet.md", "---\ndescription: Greets\n---\nGreet $ARGUMENTS");
  put("command/made.md", "It is !`echo made by a shell` now");
  put("skill/paint/SKILL.md", "---\nname: paint\ndescription: Paints walls\n---\nUse a brush.");
}

function gitFolder(stage: Stage, name: string): string {
  const dir = plainFolder(stage, name);
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd: dir });
  git("init", "-q");
  writeFileSync(join(dir, "kept.txt"), "one\n");
  git("add", ".");
  git("commit", "-qm", "first");
  return dir;
}

function plainFolder(stage: Stage, name: string): string {
  const dir = join(stage.env["WORKSPACE_DIR"] ?? "", name);
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** What the tests of controls have at hand. */
export type ControlStage = Awaited<ReturnType<typeof controlStage>>;

/** A stage with controls, a folder with git and one without. */
export async function controlStage(t: Test) {
  const stage = await startStage(t, { script, prepare: settings });
  const client = opencodeClient(stage);
  const controls = new OpencodeControls(opencodeHttp(stage));
  const patience = { timeoutMs: 60_000 };
  const busy = { name: "OpencodeRefused", status: 409 };
  const repo = gitFolder(stage, "repo");
  const plain = plainFolder(stage, "plain");

  // At its start opencode may take longer than a call waits.
  await until(() =>
    client.statuses(plain).then(
      () => true,
      () => undefined,
    ),
  );

  async function session(directory: string, title: string): Promise<SessionRef> {
    const made = { yolo: true, model: undefined, variant: undefined };
    const { id } = await client.createSession(directory, title, made);
    return { sessionId: id, directory };
  }

  const isBusy = async ({ sessionId, directory }: SessionRef) =>
    (await client.statuses(directory))[sessionId] !== undefined;

  const rests = (ref: SessionRef) => until(async () => ((await isBusy(ref)) ? undefined : true));

  async function turn(ref: SessionRef, text: string): Promise<string> {
    const messageId = newId("msg");
    const mode = { agent: undefined, model: undefined, variant: undefined };
    const prompt = { messageId, partId: newId("prt"), text, ...mode };
    await client.prompt(ref.sessionId, ref.directory, prompt);
    await until(async () => {
      const answers = await client.messages(ref.sessionId, 5);
      const isOver = answers.some(
        ({ info }) =>
          info.role === "assistant" && info.parentID === messageId && info.finish === "stop",
      );
      return isOver && !(await isBusy(ref)) ? true : undefined;
    });
    return messageId;
  }

  const raw = async <Body>(path: string, init?: RequestInit) =>
    (await (await stage.opencode(path, init)).json()) as Body;

  return {
    stage,
    client,
    controls,
    patience,
    busy,
    repo,
    plain,
    session,
    isBusy,
    rests,
    turn,
    raw,
  };
}
