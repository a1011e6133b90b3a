import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Inside } from "./inside.ts";
import { openWayOut, type WayOut } from "./way-out.ts";

/** What the operator says, and what the bot's answer has in it. */
export interface Request {
  say: string;
  expect: string;
  /** The certificate of the authority that Telegram trusts here. */
  certificate: string;
  timeoutMs: number;
}

/** The bot's message that came, or why none did. */
export interface Answer {
  shown?: string;
  error?: string;
}

/** What a bot and its machine are told about their Telegram. */
export const bot = { token: "123456:DEBIAN-token-of-no-real-bot-01234567890", chatId: 1000 };
/** Where the world is reached, on the root's own loopback. */
export const ports = { telegram: 8081, model: 8082, proxy: 3128 };

/** Telegram with an operator, a model, and a proxy, in the network of a Debian root. */
export class World {
  #program: ChildProcessWithoutNullStreams;
  #answers: AsyncIterator<string>;
  #wayOut: WayOut;

  private constructor(program: ChildProcessWithoutNullStreams, wayOut: WayOut) {
    this.#program = program;
    this.#wayOut = wayOut;
    program.stderr.pipe(process.stderr);
    this.#answers = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  }

  /** Begins it; `socket` is a path for its own use. */
  static async begin(inside: Inside, socket: string): Promise<World> {
    const main = join(import.meta.dirname, "outer-world.ts");
    const wayOut = await openWayOut(socket);
    const words = [process.execPath, main, bot.token, wayOut.path];
    const world = new World(inside.beside(words, {}), wayOut);
    await world.#next();
    return world;
  }

  /** The operator writes; resolves to the answer. Rejects when none comes. */
  async say(request: Omit<Request, "timeoutMs">, timeoutMs = 300_000): Promise<string> {
    this.#program.stdin.write(`${JSON.stringify({ ...request, timeoutMs })}\n`);
    return this.#next();
  }

  async end(): Promise<void> {
    const ended = once(this.#program, "exit");
    this.#program.stdin.end();
    await ended;
    this.#wayOut.close();
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
      options: { baseURL: `http://127.0.0.1:${ports.model}/v1`, apiKey: "none" },
      models: { stub: { name: "Scripted model" } },
    },
  },
  model: "stub/stub",
  small_model: "stub/stub",
  permission: { "*": "allow" },
});
