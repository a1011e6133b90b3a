import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { TmuxError } from "../../src/tmux/tmux-error.ts";
import { chat } from "./bot-chat.ts";
import { FakeProjects } from "./fake-projects.ts";
import type { GraphOptions } from "./graph.ts";
import { png } from "./pictures.ts";
import { giveSession, prompted } from "./session.ts";

/** A chat with its bot. */
export type Chat = Awaited<ReturnType<typeof chat>>;

/** What a world is like in which commands are given. */
export type World = (all: Chat) => Promise<void> | void;

// Two of these, one after the other, take more than the second in which a command is answered.
const slowMs = 690;

const many = <Item>(count: number, item: (number: number) => Item) =>
  Array.from({ length: count }, (_, index) => item(index + 1));

/**
 * A chat in which every command has something to show: three agents, of which `site` runs and `old` is
 * stopped, prompts that wait, and an opencode whose lists take more than one page.
 */
export async function fullChat(t: Test, options: Omit<GraphOptions, "env"> = {}): Promise<Chat> {
  const reads = { TTS_API_URL: "http://127.0.0.1:1", TTS_MODEL: "tts", TTS_VOICE: "a" };
  const all = await chat(t, { OPENCODE_MODEL: "stub/own", ...reads }, options);
  const { agents, app, controls, opencode, terminals, start, stop, write } = all;
  if ((await agents.get("old")) === undefined) {
    for (const [name, session] of [
      ["site", "ses_2"],
      ["old", "ses_3"],
    ] as const) {
      await start(name);
      await giveSession(agents, name, session);
    }
    await stop("old");
    await write("one that waits");
    await write("another");
  }
  terminals.text = "the screen";
  fillWorkspace(app.config.workspaceDir);
  const said = many(12, (n) => [prompted(`msg_${n}`, `question ${n}`), answered(n)]).flat();
  controls.stored = said;
  opencode.stored.push(...said);
  opencode.session = async (id) => ({ id, title: "A session", directory: "/srv" });
  const providers = await opencode.providers("/srv");
  const models = Object.fromEntries(many(15, (n) => [`m${n}`, { name: `Model ${n}` }]));
  opencode.providers = async () => [...providers, { id: "many", name: "Many", models }];
  opencode.defaultModel = async () => "stub/own";
  controls.history = async ({ cursor, search }) => ({
    sessions: many(8, (n) => ({
      id: `ses_1${n}`,
      title: `Session ${n} ${search ?? ""}`,
      directory: "/srv",
      createdAt: 1,
      updatedAt: Date.now() - n * 60_000,
    })),
    next: cursor === undefined ? "2000" : undefined,
  });
  controls.todo = async () => [{ content: "tidy up", status: "in_progress", priority: "high" }];
  const change = (n: number) => ({ file: `a${n}.ts`, additions: n, deletions: 0, patch: "+x" });
  controls.workingTreeChanges = async () => many(3, change);
  controls.skills = async () => many(25, (n) => ({ name: `skill${n}`, description: "does it" }));
  controls.mcp = async () => many(25, (n) => ({ name: `s${n}`, state: "failed", error: "none" }));
  controls.commands = async () =>
    many(25, (n) => ({
      name: `c${n}`,
      description: n === 1 ? undefined : "does it",
      source: "command",
      template: n === 2 ? "!`date`" : "do it",
      hints: [],
      isSubtask: false,
    }));
  const folders = many(14, (n) => `/srv/folder ${n}`);
  const { projects } = app;
  const { list } = new FakeProjects();
  projects.list = (known) => list([...folders, ...known]);
  return all;
}

/** Files of each kind, on more than one page, that none of the inputs of the tests names. */
function fillWorkspace(dir: string): void {
  mkdirSync(join(dir, "folder"), { recursive: true });
  for (const n of many(20, (number) => number)) writeFileSync(join(dir, `file${n}.txt`), "words");
  writeFileSync(join(dir, "picture"), png(20, 10));
}

function answered(n: number): SessionMessage {
  const info = {
    id: `msg_${n}a`,
    role: "assistant",
    parentID: `msg_${n}`,
    finish: "stop",
    cost: 0.01,
    tokens: { input: 100, output: 10, reasoning: 0, cache: { read: 0, write: 0 } },
    providerID: "stub",
    modelID: "own",
    time: { created: n, completed: n + 1 },
  };
  const parts = [{ id: `prt_${n}a`, type: "text", text: `answer ${n} `.repeat(100) }];
  return { info, parts } as unknown as SessionMessage;
}

/** The conversation's agent was stopped. */
export const isStopped: World = ({ stop }) => stop(defaultAgent).then(() => undefined);

/** It has no session yet. */
export const isStarting: World = async ({ store, app }) => {
  await store.write((transaction) => app.lifecycle.renew(transaction, defaultAgent));
};

/** opencode refuses every connection. */
export const isDown: World = (all) => {
  all.events.isHeard = false;
  everyCall(all, () => Promise.reject(new OpencodeUnreachable("GET /test")));
};

/** opencode is asked and never answers, while its events are still open; `release` ends that. */
export function hanging(): [world: World, release: () => void] {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  return [
    (all) => everyCall(all, () => promise),
    () => reject(new OpencodeUnreachable("GET /test")),
  ];
}

/** opencode answers, but only just within a moment. */
export const isSlow: World = ({ opencode, controls, sessions }) => {
  for (const fake of [opencode, controls, sessions]) {
    for (const [name, call] of calls(fake)) {
      const late = async (...given: unknown[]) => {
        await pause(slowMs);
        return call.apply(fake, given);
      };
      Object.assign(fake, { [name]: late });
    }
  }
};

/** tmux cannot be used. */
export const isTmuxDown: World = ({ terminals }) => {
  replaceCalls(terminals, () => Promise.reject(new TmuxError("gone", "no server")));
  // As the real ones say it.
  terminals.screen = async () => undefined;
};

function calls(fake: object) {
  return Object.entries(fake).filter(
    (entry): entry is [string, (...given: unknown[]) => unknown] => typeof entry[1] === "function",
  );
}

function everyCall({ opencode, controls, sessions }: Chat, answer: () => Promise<never>): void {
  for (const fake of [opencode, controls, sessions]) replaceCalls(fake, answer);
}

function replaceCalls(fake: object, answer: () => Promise<never>): void {
  for (const [name] of calls(fake)) Object.assign(fake, { [name]: answer });
}
