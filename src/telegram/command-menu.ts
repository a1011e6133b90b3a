import type { Api } from "grammy";
import type { BotCommand } from "grammy/types";
import type { Logger } from "../log.ts";
import { telegramFault } from "./fault.ts";

type CallSignal = Parameters<Api["getMe"]>[0];

/**
 * The list of commands that Telegram shows beside the text box. It is decoration: whatever comes of it
 * is logged and keeps nobody from anything.
 */
export class CommandMenu {
  #api: Api;
  #log: Logger;
  #showing: Promise<void> | undefined;
  #isDone = false;

  constructor(api: Api, log: Logger) {
    this.#api = api;
    this.#log = log;
  }

  /** Sets these commands where Telegram has others, unless that was done or is under way. */
  show(commands: readonly BotCommand[], signal: AbortSignal): void {
    if (this.#isDone) return;
    this.#showing ??= this.#show(commands, signal).finally(() => (this.#showing = undefined));
  }

  /** Resolves when no call is under way. */
  async settled(): Promise<void> {
    await this.#showing;
  }

  async #show(commands: readonly BotCommand[], signal: AbortSignal): Promise<void> {
    const callSignal = signal as CallSignal;
    try {
      const current = await this.#api.getMyCommands({}, callSignal);
      if (!same(current, commands)) await this.#api.setMyCommands(commands, {}, callSignal);
      this.#isDone = true;
    } catch (error) {
      if (signal.aborted) return;
      const { kind, message: reason } = telegramFault(error);
      // What is refused once is refused again.
      this.#isDone = kind === "refused";
      this.#log.warn({ reason }, "the command menu of the bot is not set; everything else works");
    }
  }
}

function same(a: readonly BotCommand[], b: readonly BotCommand[]): boolean {
  const text = (list: readonly BotCommand[]) =>
    JSON.stringify(list.map(({ command, description }) => [command, description]));
  return text(a) === text(b);
}
