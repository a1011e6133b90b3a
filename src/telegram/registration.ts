import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Api } from "grammy";
import type { BotCommand, UserFromGetMe, WebhookInfo } from "grammy/types";
import type { Logger } from "../log.ts";

/** The kinds of update that can act; Telegram keeps the rest to itself. */
const allowedUpdates = ["message", "callback_query"] as const;
// grammY types its signals after a polyfill; it takes native ones as well.
type CallSignal = Parameters<Api["getMe"]>[0];
// One operator needs few; it bounds how much arrives at once.
const maxConnections = 10;

/** Where small facts are kept between two starts. */
export interface Memory {
  get: (key: string) => Promise<string | undefined>;
  set: (key: string, value: string) => Promise<void>;
}

/** What registering takes. */
export interface RegistrationOptions {
  api: Api;
  settings: Memory;
  /** Where Telegram is to send updates. */
  webhookUrl: string;
  secret: string;
  commands: readonly BotCommand[];
  /** Called once the bot's own account is known, from this start or an earlier one. */
  known: (me: UserFromGetMe) => void;
  log: Logger;
  firstPauseMs?: number;
  longestPauseMs?: number;
}

/**
 * Makes the bot known to Telegram: who it is, its commands, its webhook. What is right already is
 * left alone. It tries again, ever more slowly, until it succeeds, and tells meanwhile what is
 * missing, so that the process is never alive and deaf.
 */
export class Registration {
  #options: RegistrationOptions;
  #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #missing: string | undefined = "not registered yet";

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /** What is not done yet, in words; undefined when Telegram knows the bot. */
  get missing(): string | undefined {
    return this.#missing;
  }

  /** Begins to register; a second call does nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Gives up registering; resolves when no call is under way. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { firstPauseMs = 500, longestPauseMs = 60_000, log } = this.#options;
    const { signal } = this.#stopped;
    await this.#recall();
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      try {
        await this.#register();
        this.#missing = undefined;
        return;
      } catch (error) {
        log.warn(
          { err: error, step: this.#missing, pauseMs },
          "Telegram does not know the bot yet",
        );
      }
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
  }

  /** With the account of an earlier start, updates are handled while Telegram is out of reach. */
  async #recall(): Promise<void> {
    const kept = await this.#options.settings.get("bot_account");
    if (kept !== undefined) this.#options.known(JSON.parse(kept) as UserFromGetMe);
  }

  async #register(): Promise<void> {
    const { api, settings, commands, known, log } = this.#options;
    const signal = this.#stopped.signal as CallSignal;
    this.#missing = "Telegram does not answer getMe";
    const me = await api.getMe(signal);
    await settings.set("bot_account", JSON.stringify(me));
    known(me);

    this.#missing = "the commands are not set";
    const current = await api.getMyCommands({}, signal);
    if (!sameCommands(current, commands)) await api.setMyCommands(commands, {}, signal);

    this.#missing = "the webhook is not set";
    const info = await api.getWebhookInfo(signal);
    if (await this.#isSet(info)) return;
    await this.#setWebhook();
    log.info("the webhook is set");
  }

  async #isSet(info: WebhookInfo): Promise<boolean> {
    const { webhookUrl, settings } = this.#options;
    if (info.url !== webhookUrl || info.max_connections !== maxConnections) return false;
    const kinds = info.allowed_updates?.toSorted().join();
    if (kinds !== [...allowedUpdates].toSorted().join()) return false;
    // Telegram does not tell the secret, so what was set last is known by its hash.
    return (await settings.get("webhook_secret_hash")) === this.#secretHash();
  }

  async #setWebhook(): Promise<void> {
    const { api, webhookUrl, secret, settings } = this.#options;
    const how = {
      secret_token: secret,
      allowed_updates: allowedUpdates,
      max_connections: maxConnections,
    };
    await api.setWebhook(webhookUrl, how, this.#stopped.signal as CallSignal);
    await settings.set("webhook_secret_hash", this.#secretHash());
  }

  #secretHash(): string {
    const { secret, webhookUrl } = this.#options;
    return createHash("sha256").update(`${webhookUrl}\n${secret}`).digest("hex");
  }
}

function sameCommands(a: readonly BotCommand[], b: readonly BotCommand[]): boolean {
  const text = (list: readonly BotCommand[]) =>
    JSON.stringify(list.map(({ command, description }) => [command, description]));
  return text(a) === text(b);
}
