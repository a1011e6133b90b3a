import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Api } from "grammy";
import type { BotCommand, UserFromGetMe, WebhookInfo } from "grammy/types";
import type { Logger } from "../log.ts";
import { allowedUpdates } from "./allowed-updates.ts";
import { outcomeOf } from "./api.ts";
import { CommandMenu } from "./command-menu.ts";
import { type TelegramFault, telegramFault, webhookFault } from "./fault.ts";

// grammY types its signals after a polyfill; it takes native ones as well.
type CallSignal = Parameters<Api["getMe"]>[0];
const secondMs = 1000;
const usualLookEveryMs = 60_000;
// Until when an answer about the webhook counts as new, so that a probe does not become a load.
const usualFreshMs = 3000;
// A probe of readiness has a limit of its own.
const usualCheckWithinMs = 2000;
// One operator needs few; it bounds how much arrives at once.
const maxConnections = 10;

/** Stores small facts between two starts. */
export interface Memory {
  get: (key: string) => Promise<string | undefined>;
  set: (key: string, value: string) => Promise<void>;
}

/** What registering tells. */
export interface RegistrationEvents {
  /** The bot's own account is known, from this start or an earlier one. */
  account: [account: UserFromGetMe];
  /** Telegram sends updates from now on; once. */
  registered: [account: UserFromGetMe];
}

/** What registering needs. */
export interface RegistrationOptions {
  api: Api;
  settings: Memory;
  /** Where Telegram is to send updates; undefined where they are pulled, which no webhook may prevent. */
  webhookUrl: string | undefined;
  secret: string;
  log: Logger;
  firstPauseMs?: number;
  longestPauseMs?: number;
  /** Milliseconds between two checks of the webhook. */
  lookEveryMs?: number;
  /** Milliseconds in which `check` does not ask Telegram again. */
  freshMs?: number;
  /** Milliseconds within which a check resolves. */
  checkWithinMs?: number;
}

/**
 * Registers the bot with Telegram: its account, its webhook or that it has none, then the menu of its
 * commands, without which it works too. What is right already is not changed. It retries with growing
 * pauses until it succeeds, or until Telegram refuses the token, and reports meanwhile what is missing and
 * why, so that a process without updates is never reported as ready. After that it checks once a minute
 * whether the webhook is still its own and whether Telegram reaches it, and whenever `check` is called.
 */
export class Registration extends EventEmitter<RegistrationEvents> {
  #options: RegistrationOptions;
  #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #commands: readonly BotCommand[] = [];
  /** The menu of the bot's commands. */
  readonly menu: CommandMenu;
  /** What is to be done next; undefined when nothing is missing. */
  #step: string | undefined = "not registered yet";
  /** Why it could not be done. */
  #cause: string | undefined;
  /** When Telegram was asked last how the webhook does; milliseconds since the epoch. */
  #lookedAt = 0;
  /** Since when an error of the webhook counts; milliseconds since the epoch. */
  #errorsFrom = 0;
  #isRegistered = false;
  /** The look under way; all who ask share it. */
  #looking: Promise<void> | undefined;
  /** What the last look found, even if it was put right. */
  #found: string | undefined;

  constructor(options: RegistrationOptions) {
    super();
    this.#options = options;
    this.menu = new CommandMenu(options.api, options.log);
  }

  /** What is not done yet or the cause of that, in words; undefined when Telegram knows the bot. */
  get missing(): string | undefined {
    return this.#cause ?? this.#step;
  }

  /**
   * What is missing, asked of Telegram now unless it was asked in the last seconds. What this very look
   * put right is still told. Resolves within 2 s, then to what is known; under a penalty of Telegram
   * nothing is asked.
   */
  async check(): Promise<string | undefined> {
    const { freshMs = usualFreshMs, checkWithinMs = usualCheckWithinMs, log } = this.#options;
    if (!this.#isRegistered || this.#stopped.signal.aborted) return this.missing;
    if (Date.now() - this.#lookedAt >= freshMs) {
      const asked = this.#ask().catch((error: unknown) => {
        const { kind, message: reason } = this.#notice(error);
        if (kind !== "token") log.info({ reason }, "the webhook could not be checked");
      });
      await Promise.race([asked, this.#pause(checkWithinMs)]);
    }
    return this.missing ?? this.#found;
  }

  /** Begins to register the bot with these commands; a second call does nothing. */
  start(commands: readonly BotCommand[]): void {
    this.#commands = commands;
    this.#running ??= this.#run();
  }

  /** Gives up registering; resolves when no call is under way. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all([this.#running, this.#looking?.catch(() => undefined)]);
    await this.menu.settled();
  }

  async #run(): Promise<void> {
    const { firstPauseMs = 500, longestPauseMs = 60_000 } = this.#options;
    const { lookEveryMs = usualLookEveryMs } = this.#options;
    const { signal } = this.#stopped;
    await this.#recall();
    let step = () => this.#register();
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      try {
        await step();
        step = () => this.#ask();
        pauseMs = firstPauseMs;
        this.menu.show(this.#commands, signal);
        await this.#pause(lookEveryMs);
      } catch (error) {
        if (signal.aborted) return;
        const { kind, message, isFinal } = this.#notice(error);
        // Only another token helps, and that takes a restart; one that has worked may be restored.
        if (isFinal && !this.#isRegistered) return;
        if (kind === "token") {
          await this.#pause(longestPauseMs);
          continue;
        }
        const about = { kind, outcome: outcomeOf(error), step: this.#step, pauseMs };
        this.#options.log.warn(about, message);
        await this.#pause(pauseMs);
        pauseMs = Math.min(longestPauseMs, pauseMs * 2);
      }
    }
  }

  /** Takes note of why a call failed. That the token is refused is logged here, once. */
  #notice(error: unknown): TelegramFault {
    const fault = telegramFault(error);
    const { kind, message } = fault;
    if (kind === "token" && this.#cause !== message) this.#options.log.error(message);
    // A penalty or an outage says nothing more than the step does.
    if (kind !== "unreachable") this.#cause = message;
    return fault;
  }

  /** Between two attempts at a step its cause stays what is known. */
  #begin(step: string): void {
    if (this.#step !== step) this.#cause = undefined;
    this.#step = step;
  }

  #isDone(): void {
    this.#step = this.#cause = undefined;
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stopped;
    await pause(ms, undefined, { signal }).catch(() => undefined);
  }

  /** With the account of an earlier start, updates are handled while Telegram is out of reach. */
  async #recall(): Promise<void> {
    const kept = await this.#options.settings.get("bot_account");
    if (kept !== undefined) this.emit("account", JSON.parse(kept) as UserFromGetMe);
  }

  async #register(): Promise<void> {
    const { api, settings, log } = this.#options;
    const signal = this.#stopped.signal as CallSignal;
    this.#begin("Telegram does not answer getMe");
    const me = await api.getMe(signal);
    await settings.set("bot_account", JSON.stringify(me));
    this.emit("account", me);

    this.#begin(this.#isPulled ? "the webhook is not deleted" : "the webhook is not set");
    const info = await api.getWebhookInfo(signal);
    if (!(await this.#isSet(info))) {
      await this.#setWebhook();
      log.info(this.#isPulled ? "the webhook is deleted" : "the webhook is set");
    }
    this.#isDone();
    this.#isRegistered = true;
    this.#lookedAt = this.#errorsFrom = Date.now();
    this.emit("registered", me);
  }

  #ask(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Checks whether the webhook is still ours and works, and sets it again if not. */
  async #look(): Promise<void> {
    const { api, log, lookEveryMs = usualLookEveryMs } = this.#options;
    const now = Date.now();
    this.#lookedAt = now;
    let info: WebhookInfo;
    try {
      info = await api.getWebhookInfo(this.#stopped.signal as CallSignal);
    } catch (error) {
      // A penalty says nothing about the webhook.
      const isLimited = outcomeOf(error).kind === "limited";
      if (!isLimited) this.#begin("Telegram does not answer getWebhookInfo");
      throw error;
    }
    this.#found = undefined;
    if (!(await this.#isSet(info))) {
      this.#found = "somebody else has changed the webhook";
      this.#begin(this.#found);
      log.warn({ host: hostOf(info.url) }, "the webhook was changed elsewhere; putting it right");
      await this.#setWebhook();
      log.info("the webhook is right again");
    }
    const failedAt = (info.last_error_date ?? 0) * secondMs;
    // What waits to be pulled may still show the last error of a webhook that was deleted.
    const isFailing =
      !this.#isPulled && info.pending_update_count > 0 && failedAt >= this.#errorsFrom - secondMs;
    const { last_error_message: reason = "", pending_update_count: pending } = info;
    const { message } = webhookFault(reason);
    this.#isDone();
    if (isFailing) this.#begin(message);
    // Telegram's own attempts are further apart than checks may be.
    if (now - this.#errorsFrom < lookEveryMs) return;
    if (isFailing) {
      log.warn({ reason, pending }, `${message} It is set again.`);
      // Telegram does not reveal the secret: with another one everything looks right and every update is
      // refused. If that is not the cause, setting the same again changes nothing.
      await this.#setWebhook();
    }
    this.#errorsFrom = now;
  }

  async #isSet(info: WebhookInfo): Promise<boolean> {
    const { webhookUrl, settings } = this.#options;
    // What is pulled names its kinds itself.
    if (webhookUrl === undefined) return info.url === "";
    if (info.url !== webhookUrl || info.max_connections !== maxConnections) return false;
    const kinds = info.allowed_updates?.toSorted().join();
    if (kinds !== [...allowedUpdates].toSorted().join()) return false;
    // Telegram does not reveal the secret, so the last one that was set is known by its hash.
    return (await settings.get("webhook_secret_hash")) === this.#secretHash();
  }

  async #setWebhook(): Promise<void> {
    const { api, webhookUrl, secret, settings } = this.#options;
    const signal = this.#stopped.signal as CallSignal;
    if (webhookUrl === undefined) {
      await api.deleteWebhook({}, signal);
      return;
    }
    const how = {
      secret_token: secret,
      allowed_updates: allowedUpdates,
      max_connections: maxConnections,
    };
    await api.setWebhook(webhookUrl, how, signal);
    await settings.set("webhook_secret_hash", this.#secretHash());
  }

  get #isPulled(): boolean {
    return this.#options.webhookUrl === undefined;
  }

  #secretHash(): string {
    const { secret, webhookUrl } = this.#options;
    return createHash("sha256").update(`${webhookUrl}\n${secret}`).digest("hex");
  }
}

// The rest of a foreign address may contain a secret.
function hostOf(url = ""): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}
