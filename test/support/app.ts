import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Test } from "tap";
import type { FastifyInstance } from "fastify";
import { buildApp } from "../../src/app.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { createLogger } from "../../src/log.ts";
import { putEmptyStore } from "./migrated.ts";

/** A bot token of the right shape that belongs to nobody. */
export const token = "123456789:AAEfakeTokenForTestsOnly_0123456789";
export const secret = "webhook-secret-of-the-tests";
export const replyToken = "reply-token-of-the-tests";

/** Lets a Switchboard that a test starts load what others have compiled. */
export const compileCache: Record<string, string> = process.env["NODE_COMPILE_CACHE"]
  ? { NODE_COMPILE_CACHE: resolve(process.env["NODE_COMPILE_CACHE"]) }
  : {};

/** A folder of the test's own, removed at its end. */
export function tempDir(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), "switchboard-"));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The variables of a Switchboard that reaches nobody: operator 1000 in chat 1000, ports closed. */
export function testEnv(dir: string): Record<string, string> {
  return {
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_ALLOWED_CHAT_ID: "1000",
    TELEGRAM_WEBHOOK_SECRET: secret,
    TELEGRAM_API_ROOT: "http://127.0.0.1:1",
    PUBLIC_URL: "http://127.0.0.1:2",
    PORT: "0",
    REPLY_TOKEN: replyToken,
    DATA_DIR: join(dir, "data"),
    WORKSPACE_DIR: join(dir, "work"),
    OPENCODE_API_URL: "http://127.0.0.1:1",
    OPENCODE_BIN: "true",
    TMUX_SOCKET_NAME: `switchboard-test-${process.pid}`,
    LOG_LEVEL: "silent",
    ...compileCache,
  };
}

/** Settings with folders of the test's own. */
export function testConfig(t: Test, overrides: Record<string, string> = {}): Config {
  return readConfig({
    PATH: process.env["PATH"],
    ...testEnv(tempDir(t)),
    ...overrides,
  });
}

/** What a logger wrote, line by line. */
export class LogLines {
  readonly lines: string[] = [];

  write(line: string): void {
    this.lines.push(line);
  }

  /** The lines as objects. */
  get entries(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

/** A logger that keeps its lines, scrubbed as those of the process are. */
export function keptLog() {
  const kept = new LogLines();
  return { kept, log: createLogger("trace", [token, secret, replyToken], kept) };
}

/** The whole app, not listening: its routes answer `inject`, its workers rest. Closed at the end. */
export async function startApp(
  t: Test,
  overrides: Record<string, string> = {},
): Promise<{ app: FastifyInstance; kept: LogLines }> {
  const config = testConfig(t, overrides);
  const { kept, log } = keptLog();
  await putEmptyStore(join(config.dataDir, "switchboard.sqlite"));
  const app = await buildApp(config, log);
  t.teardown(() => app.close());
  await app.ready();
  return { app, kept };
}
