import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Test } from "tap";
import { ReplyDouble } from "./double.ts";

/** The script that agents run. */
export const script = resolve(import.meta.dirname, "../../agent/bin/send-telegram");
/** What shows that they may speak. */
export const token = "tok-en_123";

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Options {
  input?: string;
  env?: Record<string, string>;
  cwd?: string;
  path?: string;
}

/** Runs it to its end. */
export async function run(url: string, args: string[], options: Options = {}): Promise<Result> {
  const child = spawn(options.path ?? script, args, {
    cwd: options.cwd,
    env: {
      PATH: process.env.PATH,
      SWITCHBOARD_URL: url,
      SWITCHBOARD_REPLY_TOKEN: token,
      ...options.env,
    },
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

/** A Switchboard that takes what is said to it. */
export async function double(t: Test): Promise<{ line: ReplyDouble; url: string }> {
  const line = new ReplyDouble();
  t.teardown(() => line.close());
  return { line, url: await line.listen() };
}
