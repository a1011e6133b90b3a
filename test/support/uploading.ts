import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import { PromptFiles } from "../../src/prompts/files.ts";
import type { DownloadFile } from "../../src/telegram/files.ts";
import { UploadSweeper } from "../../src/uploads/sweeper.ts";
import { UploadWorker } from "../../src/uploads/worker.ts";
import { keptLog, tempDir } from "./app.ts";
import { chat } from "./bot-chat.ts";
import { change, rows } from "./memory.ts";
import { until } from "./until.ts";

/** A chat whose agent works in a folder of the test's own, and a worker that loads as a test says. */
export async function uploading(t: Test, download: DownloadFile) {
  const directory = tempDir(t);
  const one = await chat(t, { JOIN_MS: "5000" });
  const { store, app } = one;
  await change(store, "UPDATE agents SET directory = ?", directory);
  const files = new PromptFiles(store);
  const { log, kept } = keptLog();
  const make = () => {
    const options = { store, files, agents: app.agents, download, maxBytes: 1000, log };
    const worker = new UploadWorker({ ...options, firstPauseMs: 1 });
    t.teardown(() => worker.stop());
    worker.start();
    return worker;
  };
  const sweeper = new UploadSweeper({ store, files, keepDays: 8, log });
  const states = async () =>
    (await rows<{ state: string }>(store, "SELECT state FROM prompts ORDER BY id")).map(
      ({ state }) => state,
    );
  const become = (...wanted: string[]) =>
    until(async () => (String(await states()) === String(wanted) ? true : undefined));
  const uploads = () => tree(join(directory, "uploads"));
  return { ...one, directory, files, make, sweeper, become, states, uploads, kept };
}

/** The files below a folder. */
function tree(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .toSorted();
}

/** A download that writes the id of the file. */
export const writesId: DownloadFile = async (fileId, { target, folder }) => {
  await folder;
  writeFileSync(target, fileId);
  return fileId.length;
};
