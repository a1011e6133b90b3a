import type { Chat, Update, UserFromGetMe } from "grammy/types";
import { execute, type ApiCall } from "./calls.ts";
import { Chats, view, type ChatMessage, type Draft, type Kept } from "./chats.ts";
import { Faults, type Fault } from "./faults.ts";
import { Files } from "./files.ts";
import { ending, Listener } from "./listener.ts";
import {
  changed,
  pressed,
  type Pressed,
  reacted,
  type ReactedWith,
  said,
  type Said,
} from "./operator.ts";
import type { Method } from "./schemas.ts";
import { Waiting } from "./waiting.ts";
import { WebhookSender, type Delivery } from "./webhook.ts";
import type { World } from "./world.ts";

interface Options {
  token: string;
  /** Milliseconds since the epoch; decides dates and what is too old. Default the real time. */
  now?: () => number;
  /** Factor on the webhook sender's pauses. Default 0.05, so that tests are quick. */
  retryScale?: number;
  /** Seed of faults that meet a random share of calls. */
  seed?: number;
  /** Default one private chat, 1000, with the operator. */
  chats?: Chat[];
  me?: Partial<UserFromGetMe>;
}

interface Wait {
  timeoutMs?: number;
  /** Only what came after this `mark`. */
  since?: number;
}

/**
 * A Bot API server on loopback for one bot, with the operator on its other side. It checks requests
 * against Bot API 10.3, keeps what chats show, and sends updates to the webhook as Telegram does.
 */
export class BotApiServer {
  /** Every API call in the order they ended. */
  readonly calls: ApiCall[] = [];
  #listener: Listener;
  #world: World;
  #faults: Faults;
  #waiting = new Waiting();
  #shown: { sequence: number; message: ChatMessage }[] = [];
  #sequence = 0;
  #lastUpdateId = 100_000;

  constructor({ token, now = Date.now, retryScale = 0.05, seed = 1, chats, me }: Options) {
    this.#faults = new Faults(seed);
    const sender = new WebhookSender({
      now,
      retryScale,
      changed: () => this.#waiting.changed(),
      execute: (method, payload) => this.#executeReply(method, payload),
    });
    this.#world = {
      me: { ...botUser(token), ...me },
      now,
      chats: new Chats(),
      files: new Files(),
      sender,
      commands: new Map(),
      presses: new Map(),
      show: (kept) => this.#show(kept),
      watch: (watcher) => this.watch(watcher),
    };
    const record = (call: Omit<ApiCall, "sequence">) => this.#record(call);
    this.#listener = new Listener({ token, world: this.#world, faults: this.#faults, record });
    for (const chat of chats ?? []) this.#world.chats.open(chat);
    if (!chats) this.#world.chats.ensure(1000);
  }

  /** Starts on loopback and returns the API root, without a slash at its end. */
  listen(port?: number): Promise<string> {
    return this.#listener.open(port);
  }

  /** Ends everything at once: connections, deliveries, pauses. */
  async close() {
    this.#world.sender.close();
    await this.#listener.close();
  }

  /** With true, connections are refused; with false, the same port answers again. Updates flow on. */
  async unreachable(refuse: boolean) {
    await (refuse ? this.#listener.close() : this.#listener.open());
  }

  /** Plans a fault; the returned function takes it back. */
  fault(fault: Fault): () => void {
    return this.#faults.plan(fault);
  }

  /** The operator writes: the message is in the chat and its update on the way. */
  operatorSends(words: Said) {
    const message = said(this.#world, words);
    this.#waiting.changed();
    return { ...this.#queue({ message }), message };
  }

  /** The operator changes the text of an own message. */
  operatorEdits({
    chatId = 1000,
    messageId,
    text,
  }: {
    chatId?: number;
    messageId: number;
    text: string;
  }) {
    const edited_message = changed(this.#world, chatId, messageId, text);
    this.#waiting.changed();
    return { ...this.#queue({ edited_message }), message: edited_message };
  }

  /** The operator presses an inline button. Throws when the message has no such button. */
  operatorPresses(press: Pressed) {
    const callback_query = pressed(this.#world, press);
    return { ...this.#queue({ callback_query }), callback_query };
  }

  /** The operator reacts to a message. Throws when there is no such message. */
  operatorReacts(reaction: ReactedWith) {
    return this.#queue({ message_reaction: reacted(this.#world, reaction) });
  }

  /** The operator presses Stop on a draft. Throws when there is no draft that can be stopped. */
  operatorStops({ chatId = 1000, draftId }: { chatId?: number; draftId?: number } = {}) {
    const draft = this.drafts(chatId).find(
      (one) => one.can_stop && (draftId === undefined || one.draft_id === draftId),
    );
    const { chat, drafts } = this.#world.chats.find(chatId);
    if (!draft || chat.type !== "private") throw new Error(`no draft to stop in chat ${chatId}`);
    const { draft_id, thread_id, keep_on_stop } = draft;
    if (keep_on_stop) drafts.set(draft_id, { ...draft, can_stop: false });
    else drafts.delete(draft_id);
    this.#waiting.changed();
    const thread = thread_id === undefined ? {} : { message_thread_id: thread_id };
    return this.#queue({ stopped_message_generation: { chat, ...thread, draft_id } });
  }

  /** Queues any update as it is. The same object again is a repeated delivery. */
  post(update: Update) {
    const press = update.callback_query?.id;
    if (press && !this.#world.presses.has(press)) this.#world.presses.set(press, this.#world.now());
    this.#world.sender.add(update);
    this.#waiting.changed();
  }

  /** What a chat shows now, oldest first. */
  chat(chatId = 1000): ChatMessage[] {
    return this.#world.chats.shows(chatId);
  }

  /** The drafts a chat shows now. */
  drafts(chatId = 1000): Draft[] {
    return this.#world.chats.drafts(chatId, this.#world.now());
  }

  /** Every attempt to deliver an update, oldest first. */
  get deliveries(): readonly Delivery[] {
    return this.#world.sender.deliveries;
  }

  /** The present moment, for `since`. */
  mark(): number {
    return this.#sequence;
  }

  /** Calls `watcher` after every change; returns what ends that. */
  watch(watcher: () => void): () => void {
    return this.#waiting.watch(watcher);
  }

  /**
   * The first value of `look` that is not undefined, now or after any change of chats, calls or
   * deliveries. Rejects after `timeoutMs` (30 000) with what the chats show.
   */
  until<T>(look: () => T | undefined, timeoutMs = 30_000): Promise<T> {
    const describe = () => `never true: ${look.toString()}\n${this.#describe(undefined)}`;
    return this.#waiting.until(look, timeoutMs, describe);
  }

  /**
   * The first message of the bot, as sent or as edited, that fits; past ones count. Rejects after
   * `timeoutMs` (30 000) with what the chats show.
   */
  shown(
    fits: (message: ChatMessage) => boolean,
    { chatId, since = 0, timeoutMs = 30_000 }: Wait & { chatId?: number } = {},
  ): Promise<ChatMessage> {
    const look = () =>
      this.#shown.find(
        ({ sequence, message }) =>
          sequence > since && (chatId === undefined || message.chat_id === chatId) && fits(message),
      )?.message;
    return this.#waiting.until(
      look,
      timeoutMs,
      () => `no such message: ${fits.toString()}\n${this.#describe(chatId)}`,
    );
  }

  /** The first call of that method that fits; past ones count. Rejects after `timeoutMs` (30 000). */
  called(
    method: Method,
    fits: (call: ApiCall) => boolean = () => true,
    { since = 0, timeoutMs = 30_000 }: Wait = {},
  ): Promise<ApiCall> {
    const look = () =>
      this.calls.find((call) => call.sequence > since && call.method === method && fits(call));
    const list = () =>
      this.calls.map((call) => `${call.method} ${call.outcome} ${call.status}`).join("\n");
    return this.#waiting.until(
      look,
      timeoutMs,
      () => `no such call of ${method}. Calls:\n${list()}`,
    );
  }

  /**
   * Resolves once the webhook answered 2xx to this update or it ended otherwise: too old, or of a
   * kind the webhook did not ask for. `times` for an update queued more than once.
   */
  acknowledged(updateId: number, { times = 1, timeoutMs = 30_000 } = {}) {
    const look = () =>
      this.#world.sender.fates.filter((one) => one.update_id === updateId)[times - 1]?.fate;
    const attempts = () =>
      JSON.stringify(this.deliveries.filter((delivery) => delivery.update_id === updateId));
    return this.#waiting.until(
      look,
      timeoutMs,
      () => `update ${updateId} is not acknowledged; attempts: ${attempts()}`,
    );
  }

  #queue(content: Omit<Update, "update_id">) {
    this.#lastUpdateId += 1;
    const update: Update = { update_id: this.#lastUpdateId, ...content };
    this.post(update);
    return { update_id: update.update_id, update };
  }

  /** A call that came in the body of a webhook's answer: its result goes nowhere. */
  #executeReply(method: string, payload: Record<string, unknown>) {
    const answer = execute(this.#world, method, payload, new Map());
    const executed = answer.status === 200;
    const outcome = executed ? "ok" : "refused";
    this.#record({ method, payload, at: this.#world.now(), outcome, executed, ...ending(answer) });
  }

  #record(call: Omit<ApiCall, "sequence">) {
    this.#sequence += 1;
    this.calls.push({ ...call, sequence: this.#sequence });
    this.#waiting.changed();
  }

  #show(kept: Kept) {
    this.#sequence += 1;
    this.#shown.push({ sequence: this.#sequence, message: view(kept) });
    this.#waiting.changed();
  }

  #describe(chatId: number | undefined): string {
    const ids = chatId === undefined ? this.#world.chats.ids() : [chatId];
    return ids.map((id) => [`chat ${id} shows:`, ...this.chat(id).map(line)].join("\n")).join("\n");
  }
}

const line = ({ from, text }: ChatMessage) => `  ${from}: ${JSON.stringify(text)}`;

function botUser(token: string): UserFromGetMe {
  return {
    id: Number(token.split(":")[0]),
    is_bot: true,
    first_name: "Switchboard",
    username: "switchboard_sandbox_bot",
    can_join_groups: true,
    can_read_all_group_messages: false,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
    has_topics_enabled: true,
    allows_users_to_create_topics: true,
    can_manage_bots: false,
    supports_join_request_queries: false,
  };
}
