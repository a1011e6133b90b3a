import type { BotCommand, UserFromGetMe } from "grammy/types";
import type { Chats, Kept } from "./chats.ts";
import type { Files } from "./files.ts";
import type { UploadedFile } from "./multipart.ts";
import type { Method, Payload, Result } from "./schemas.ts";
import type { WebhookSender } from "./webhook.ts";

/** Everything the methods read and change. */
export interface World {
  me: UserFromGetMe;
  /** Milliseconds since the epoch. */
  now: () => number;
  chats: Chats;
  files: Files;
  sender: WebhookSender;
  /** Commands by scope and language. */
  commands: Map<string, readonly BotCommand[]>;
  /** When each button press that may be answered was made, by callback query id. */
  presses: Map<string, number>;
  /** Records that the bot's message is now shown like this. */
  show: (kept: Kept) => void;
  /** Calls back after every change; returns what ends that. */
  watch: (watcher: () => void) => () => void;
}

/** A result with the description Telegram adds to it. */
export class Described<T> {
  readonly result: T;
  readonly description: string;

  constructor(result: T, description: string) {
    this.result = result;
    this.description = description;
  }
}

/** One method: does it and answers its result, or throws a `Refusal`. */
export type Handler<M extends Method> = (
  world: World,
  payload: Payload<M>,
  uploads: Map<string, UploadedFile>,
) => Result<M> | Described<Result<M>>;

/** Methods by name. */
export type Handlers = { [M in Method]: Handler<M> };

/** The sandbox's time in whole seconds, as the Bot API dates things. */
export const seconds = (world: World) => Math.floor(world.now() / 1000);
