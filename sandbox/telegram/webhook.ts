import { Agent as HttpAgent, STATUS_CODES } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Update, WebhookInfo } from "grammy/types";
import { postUpdate } from "./post.ts";
import { defaultUpdates, lifetime, queueOf, updateKind } from "./updates.ts";

/** Where updates go, and over how many connections at most. */
export interface Webhook {
  url: string;
  secret: string | undefined;
  maxConnections: number;
}

/** One attempt to deliver an update. */
export interface Delivery {
  update_id: number;
  /** Milliseconds since the epoch at the start of the attempt. */
  at: number;
  /** The answer's HTTP status. */
  status?: number;
  /** Why it counts as failed. */
  error?: string;
}

/** What became of an update: answered with 2xx, too old, or never sent (unwanted or discarded). */
export type Fate = "delivered" | "expired" | "dropped";

interface Pending {
  update: Update;
  expires: number;
  failures: number;
}

interface Queue {
  pending: Pending[];
  attempt: AbortController | undefined;
  timer: NodeJS.Timeout | undefined;
}

interface Options {
  now: () => number;
  /** Factor on the real pauses between attempts. */
  retryScale: number;
  changed: () => void;
  /** Executes the call that stands in the body of a 2xx answer. */
  execute: (method: string, payload: Record<string, unknown>) => void;
}

/**
 * Sends updates to the webhook the way Telegram's server does (WebhookActor of its source): queues
 * per chat or user, one update in flight in each and strictly in order, the first retry at once,
 * then 2, 4, 8 … 60 s, `Retry-After` honoured, until the update expires.
 */
export class WebhookSender {
  readonly deliveries: Delivery[] = [];
  readonly fates: { update_id: number; fate: Fate }[] = [];
  #options: Options;
  #queues = new Map<string, Queue>();
  #webhook: Webhook | undefined;
  #allowed: readonly string[] = defaultUpdates;
  #agent: HttpAgent | HttpsAgent | undefined;
  #lastError: { last_error_date: number; last_error_message: string } | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Starts or changes delivery; what was in flight is sent again. True when nothing changed. */
  set(webhook: Webhook, allowed: readonly string[] | undefined, drop: boolean): boolean {
    if (allowed) this.#allow(allowed);
    const same = JSON.stringify(webhook) === JSON.stringify(this.#webhook);
    if (same && !drop) return true;
    this.#stop();
    if (drop) this.#drop();
    this.#webhook = webhook;
    this.#lastError = undefined;
    const agentOptions = { keepAlive: true, maxSockets: webhook.maxConnections };
    const secure = webhook.url.startsWith("https:");
    this.#agent = secure ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
    for (const queue of this.#queues.values()) this.#next(queue);
    return false;
  }

  /** Ends delivery; updates wait unless dropped. True when there was no webhook. */
  delete(drop: boolean): boolean {
    const none = this.#webhook === undefined;
    this.#stop();
    if (drop) this.#drop();
    return none;
  }

  /** Queues an update; of a kind the bot did not ask for, it is dropped. */
  add(update: Update) {
    const kind = updateKind(update);
    if (!this.#allowed.includes(kind)) return this.#end(update.update_id, "dropped");
    const key = queueOf(update, kind);
    const queue = this.#queues.get(key) ?? { pending: [], attempt: undefined, timer: undefined };
    this.#queues.set(key, queue);
    const expires = lifetime(update, kind, this.#options.now());
    queue.pending.push({ update: structuredClone(update), expires, failures: 0 });
    this.#next(queue);
  }

  /** Whether updates go to a webhook. */
  get isSet(): boolean {
    return this.#webhook !== undefined;
  }

  /**
   * What waits for a bot without a webhook, in order; what is before `offset` counts as delivered. The
   * kinds named are those it gets from now on.
   */
  pull(offset: number, allowed: readonly string[] | undefined): Update[] {
    if (allowed) this.#allow(allowed);
    const now = this.#options.now();
    for (const queue of this.#queues.values()) {
      const all = queue.pending;
      const isDone = ({ update }: Pending) => update.update_id < offset;
      queue.pending = all.filter((one) => !isDone(one) && one.expires > now);
      for (const one of all.filter((each) => !queue.pending.includes(each))) {
        this.#end(one.update.update_id, isDone(one) ? "delivered" : "expired");
      }
    }
    const waiting = [...this.#queues.values()].flatMap(({ pending }) => pending);
    return waiting
      .map(({ update }) => update)
      .toSorted((one, other) => one.update_id - other.update_id);
  }

  /** What getWebhookInfo answers. */
  info(): WebhookInfo {
    const pending = [...this.#queues.values()].reduce(
      (sum, queue) => sum + queue.pending.length,
      0,
    );
    const webhook = this.#webhook;
    return {
      url: webhook?.url ?? "",
      has_custom_certificate: false,
      pending_update_count: pending,
      ...(webhook && { max_connections: webhook.maxConnections, ip_address: "127.0.0.1" }),
      ...this.#lastError,
      allowed_updates: [...this.#allowed] as NonNullable<WebhookInfo["allowed_updates"]>,
    };
  }

  /** Ends everything at once; a waiting update stays undelivered. */
  close() {
    this.#stop();
  }

  #allow(allowed: readonly string[]) {
    this.#allowed = allowed.length ? allowed : defaultUpdates;
  }

  #stop() {
    this.#webhook = undefined;
    for (const queue of this.#queues.values()) {
      clearTimeout(queue.timer);
      queue.timer = undefined;
      queue.attempt?.abort();
      queue.attempt = undefined;
    }
    this.#agent?.destroy();
    this.#agent = undefined;
  }

  #drop() {
    for (const queue of this.#queues.values()) {
      for (const { update } of queue.pending.splice(0)) this.#end(update.update_id, "dropped");
    }
  }

  #end(update_id: number, fate: Fate) {
    this.fates.push({ update_id, fate });
    this.#options.changed();
  }

  #next(queue: Queue) {
    const webhook = this.#webhook;
    if (!webhook || queue.attempt || queue.timer) return;
    for (;;) {
      const pending = queue.pending[0];
      if (!pending) return;
      if (pending.expires > this.#options.now()) {
        void this.#attempt(webhook, queue, pending);
        return;
      }
      queue.pending.shift();
      this.#end(pending.update.update_id, "expired");
    }
  }

  async #attempt(webhook: Webhook, queue: Queue, pending: Pending) {
    const attempt = new AbortController();
    queue.attempt = attempt;
    const delivery: Delivery = { update_id: pending.update.update_id, at: this.#options.now() };
    this.deliveries.push(delivery);
    const answer = await postUpdate(webhook, pending.update, attempt.signal, this.#agent).catch(
      (error: Error) => error,
    );
    if (attempt.signal.aborted) {
      delivery.error = "webhook changed";
      return;
    }
    queue.attempt = undefined;
    if (!(answer instanceof Error)) delivery.status = answer.status;
    if (!(answer instanceof Error) && answer.status >= 200 && answer.status <= 299) {
      queue.pending.shift();
      this.#execute(answer.body);
      this.#end(pending.update.update_id, "delivered");
      return this.#next(queue);
    }
    delivery.error = answer instanceof Error ? answer.message : wrongResponse(answer.status);
    this.#failed(
      queue,
      pending,
      delivery.error,
      answer instanceof Error ? undefined : answer.retryAfter,
    );
  }

  #failed(queue: Queue, pending: Pending, error: string, retryAfter: number | undefined) {
    const date = Math.floor(this.#options.now() / 1000);
    this.#lastError = { last_error_date: date, last_error_message: error };
    pending.failures += 1;
    const usual = pending.failures === 1 ? 0 : Math.min(2 ** (pending.failures - 1), 60);
    const seconds = retryAfter === undefined ? usual : Math.min(Math.max(retryAfter, 0), 3600);
    queue.timer = setTimeout(
      () => {
        queue.timer = undefined;
        this.#next(queue);
      },
      seconds * 1000 * this.#options.retryScale,
    );
    this.#options.changed();
  }

  #execute(body: string) {
    let call: unknown;
    try {
      call = JSON.parse(body);
    } catch {
      return;
    }
    if (typeof call !== "object" || call === null || !("method" in call)) return;
    const { method, ...payload } = call;
    const name = String(method);
    if (/^(get|(setWebhook|deleteWebhook|close|logOut)$)/i.test(name)) return;
    this.#options.execute(name, payload);
  }
}

const wrongResponse = (status: number) =>
  `Wrong response from the webhook: ${status} ${STATUS_CODES[status] ?? ""}`.trim();
