import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelAnswer, ModelRequest } from "../../sandbox/model/server.ts";
import type { Stage } from "../../sandbox/stage.ts";
import type { Prompt } from "../../src/prompts/prompt.ts";
import { Prompts } from "../../src/prompts/prompts.ts";
import type { Store, Transaction } from "../../src/store/store.ts";
import { fileStore } from "./memory.ts";
import { botTexts, opencodeClient, runs, sent, settled, until } from "./stage.ts";

/** A turn that waits in its shell for a file, then answers what was written last. */
export function script({ prompt, toolResults }: ModelRequest): ModelAnswer {
  if (toolResults.length > 0) return { text: `done with ${prompt}` };
  const [, file] = /^wait for (\S+)$/.exec(prompt) ?? [];
  if (file !== undefined) return runs(`until [ -e ${file} ]; do sleep 0.1; done`);
  if (prompt.startsWith("ask ")) return runs(`touch ${prompt.slice(4)}`);
  return { text: `answer to ${prompt}` };
}

/** What a test does with the queue, as the commands will: in a transaction of Switchboard's store. */
export function queueOf(stage: Stage) {
  const path = join(stage.env["DATA_DIR"] ?? "", "switchboard.sqlite");
  const withStore = async <Result>(work: (store: Store) => Promise<Result>) => {
    const store = await fileStore(path);
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  };
  const use = <Result>(work: (transaction: Transaction) => Promise<Result>) =>
    withStore((store) => store.write(work));
  const written = () =>
    withStore((store) => new Prompts(store).written("default_agent", undefined, 99));
  const find = (text: string, ...states: Prompt["state"][]) =>
    until(async () =>
      (await written()).find((one) => one.text === text && states.includes(one.state)),
    );
  const write = async (text: string) => {
    stage.telegram.operatorSends({ text });
    return find(text, "receiving", "queued");
  };
  /** Begins a turn that goes on until `go` is called with the same name. */
  const begin = async (file: string) => {
    stage.telegram.operatorSends({ text: `wait for ${file}` });
    await stage.model.seen(({ prompt }) => prompt === `wait for ${file}`);
    await find(`wait for ${file}`, "running");
  };
  const go = (file: string) => writeFileSync(join(stage.env["WORKSPACE_DIR"] ?? "", file), "");
  const rests = async () => {
    await settled(stage);
    await sent(stage);
  };
  return { use, find, write, begin, go, rests };
}

/** What was answered to the prompts that have this text in them. */
export function answersTo(stage: Stage, text: string): string[] {
  const isAnswer = (one: string) => /^(answer to|done with) /.test(one);
  return botTexts(stage).filter((one) => isAnswer(one) && one.includes(text));
}

/** How many messages of the default agent's session have this text. */
export async function messagesOf(stage: Stage, text: string): Promise<number> {
  const client = opencodeClient(stage);
  const response = await stage.opencode(
    `/session?directory=${encodeURIComponent(stage.env["WORKSPACE_DIR"] ?? "")}`,
  );
  const sessions = (await response.json()) as { id: string }[];
  const lists = await Promise.all(sessions.map(({ id }) => client.messages(id, 200)));
  return lists
    .flat()
    .filter(
      ({ info, parts }) => info.role === "user" && JSON.stringify(parts).includes(`"${text}"`),
    ).length;
}
