import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import { Refusal } from "../../src/errors.ts";
import { KeptFiles } from "../../src/outbox/kept-files.ts";
import { ReplyFiles } from "../../src/replies/reply-files.ts";
import { tempDir } from "./app.ts";

// Exchanges `swap` (or `folder`, which leads to `swap`) as fast as it can: for a file, then for the
// other thing. Both were prepared, and each exchange is one rename.
const swapper = `
  import { linkSync, renameSync, symlinkSync, unlinkSync } from "node:fs";
  const [what] = process.argv.slice(1);
  const put = (make, place) => { make("next"); renameSync("next", place); };
  const rounds = {
    fifo: () => { put((to) => linkSync("good", to), "swap"); put((to) => linkSync("fifo", to), "swap"); },
    link: () => {
      put((to) => linkSync("good", to), "swap");
      put((to) => symlinkSync("../secret/swap", to), "swap");
    },
    folder: () => {
      renameSync("inside", "folder");
      renameSync("folder", "inside");
      symlinkSync("../secret", "folder");
      unlinkSync("folder");
    },
  };
  process.stdout.write("ready");
  for (;;) rounds[what]();
`;

/** What came of a race. */
export interface Outcome {
  sent: number;
  refused: number;
  leaks: number;
  hangs: number;
}

/**
 * Has files taken while another process exchanges what their name stands for: a FIFO, a link to a
 * file outside, or a folder above it. A hang is one that takes 5 s; it ends the race.
 */
export async function race(
  t: Test,
  what: "fifo" | "link" | "folder",
  times: number,
): Promise<Outcome> {
  const dir = tempDir(t);
  const [work, secret] = [join(dir, "work"), join(dir, "secret")];
  mkdirSync(join(work, "inside"), { recursive: true });
  mkdirSync(secret);
  writeFileSync(join(secret, "swap"), "secret");
  writeFileSync(join(work, "good"), "good");
  writeFileSync(join(work, "inside", "swap"), "good");
  execFileSync("mkfifo", [join(work, "fifo")]);
  const child = spawn(process.execPath, ["--input-type=module", "-e", swapper, what], {
    cwd: work,
    env: {},
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.teardown(() => end(child));
  await once(child.stdout, "data");

  const files = new ReplyFiles(new KeptFiles(join(dir, "outgoing")), [work]);
  const outcome: Outcome = { sent: 0, refused: 0, leaks: 0, hangs: 0 };
  for (let round = 0; round < times && outcome.hangs === 0; round += 1) {
    const content = await within5s(take(files, what === "folder" ? "folder/swap" : "swap"));
    if (content === "hang") outcome.hangs += 1;
    else if (content === "refused") outcome.refused += 1;
    else if (content === "good") outcome.sent += 1;
    else outcome.leaks += 1;
  }
  await end(child);
  return outcome;
}

async function take(files: ReplyFiles, name: string): Promise<string> {
  try {
    const { path } = await files.keep(name);
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Refusal) return "refused";
    throw error;
  }
}

async function within5s(content: Promise<string>): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve("hang"), 5000);
  return Promise.race([content, promise]).finally(() => clearTimeout(timer));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
