import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Inside } from "./inside.ts";

/** What the operator says, and what the bot's answer has in it. */
export interface Request {
  say: string;
  expect: string;
  timeoutMs: number;
}

/** The bot's message that came, or why none did. */
export interface Answer {
  shown?: string;
  error?: string;
}

export const token = "123456:DEBIAN-token-of-no-real-bot-01234567890";
export const chatId = 1000;
export const telegramPort = 8081;
const modelPort = 8082;

/** Telegram with an operator, and a model, beside a Debian root: the root's own loopback reaches them. */
export class World {
  #program: ChildProcessWithoutNullStreams;
  #answers: AsyncIterator<string>;

  private constructor(program: ChildProcessWithoutNullStreams) {
    this.#program = program;
    program.stderr.pipe(process.stderr);
    this.#answers = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  }

  /** `certificate` is that of an authority which Telegram trusts here. */
  static async begin(inside: Inside, certificate: string): Promise<World> {
    const main = join(import.meta.dirname, "outer-world.ts");
    const words = [process.execPath, main, token, String(telegramPort), String(modelPort)];
    const world = new World(inside.beside(words, { NODE_EXTRA_CA_CERTS: certificate }));
    await world.#next();
    return world;
  }

  /** The operator writes; resolves to the answer. Rejects when none comes. */
  async say(say: string, expect: string, timeoutMs = 120_000): Promise<string> {
    const request: Request = { say, expect, timeoutMs };
    this.#program.stdin.write(`${JSON.stringify(request)}\n`);
    return this.#next();
  }

  async end(): Promise<void> {
    const ended = once(this.#program, "exit");
    this.#program.stdin.end();
    await ended;
  }

  async #next(): Promise<string> {
    const { value } = await this.#answers.next();
    if (typeof value !== "string") throw new Error("the world has ended");
    const { shown, error } = JSON.parse(value) as Answer;
    if (shown === undefined) throw new Error(error);
    return shown;
  }
}

/** opencode's settings for the model of the world: nothing is asked. */
export const opencodeSettings = JSON.stringify({
  provider: {
    stub: {
      npm: "@ai-sdk/openai-compatible",
      options: { baseURL: `http://127.0.0.1:${modelPort}/v1`, apiKey: "none" },
      models: { stub: { name: "Scripted model" } },
    },
  },
  model: "stub/stub",
  small_model: "stub/stub",
  permission: { "*": "allow" },
});
