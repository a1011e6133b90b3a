import { writeFile } from "node:fs/promises";
import { chatSettings } from "../chat-settings/chat-settings.ts";
import { crashPoint } from "../crash.ts";
import type { Logger } from "../log.ts";
import { outboxLane } from "../outbox/lanes.ts";
import type { KeptFile, KeptFiles } from "../outbox/kept-files.ts";
import { enqueue } from "../outbox/enqueue.ts";
import { say, target } from "../outbox/say.ts";
import { SpeechError } from "../speech/speech-error.ts";
import { persist } from "../store/persist.ts";
import { LanePump } from "../store/pump.ts";
import { isStoreFault, type Store, type Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { endOutage, noteOutage } from "./outages.ts";
import { endReading, readAloudSignal, takeToRead, type ToRead } from "./read-aloud.ts";

/** Turns a text into speech: Opus in Ogg. @throws SpeechError */
export type Speak = (text: string, signal: AbortSignal) => Promise<Uint8Array>;

/** What the reader needs. */
export interface ReaderOptions {
  store: Store;
  /** Undefined without a speech server: what was to be read aloud is dropped. */
  speak: Speak | undefined;
  files: Pick<KeptFiles, "place" | "flush" | "drop">;
  log: Logger;
}

// Nobody wants to hear an answer that they read long ago.
const tooLateMs = 10 * 60 * 1000;

/**
 * Sends answers as voice messages, each after its text and at most once, one after the other in each
 * conversation. They have a lane of their own, so that no text waits for one.
 */
export class Reader {
  #options: ReaderOptions;
  #pump: LanePump<ToRead>;
  #stopped = new AbortController();
  #unsubscribe: (() => void) | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#pump = new LanePump({
      take: (busyLanes) => takeToRead(options.store, busyLanes),
      run: (one) => this.#run(one),
      log: options.log,
    });
  }

  /** Begins with what waits and whatever is added; a second call does nothing. */
  start(): void {
    this.#unsubscribe ??= this.#options.store.on(readAloudSignal, () => this.#pump.wake());
    this.#pump.wake();
  }

  /** To be called when a text was sent: it can be read aloud now. */
  textSent(): void {
    if (this.#unsubscribe) this.#pump.wake();
  }

  /** Ends what is under way; the next start takes it up. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#stopped.abort();
    await this.#pump.stop();
  }

  async #run(one: ToRead): Promise<void> {
    const { speak, log, store } = this.#options;
    const { signal } = this.#stopped;
    const isLate = Date.now() - one.createdAt > tooLateMs;
    if (!speak || isLate) return this.#drop(one);
    const { voice } = await store.read((transaction) =>
      chatSettings(transaction, one.conversation),
    );
    if (!voice) return this.#drop(one);
    try {
      const audio = await speak(one.words, signal);
      crashPoint("answer spoken");
      await this.#send(one, audio);
    } catch (error) {
      // The next start takes it up.
      if (signal.aborted) return;
      if (isStoreFault(error)) throw error;
      log.warn({ err: error }, "an answer could not be read aloud");
      // A fault of the disk is no outage of the server, but the same for the operator.
      await this.#giveUp(one, error instanceof SpeechError ? error : undefined);
    }
  }

  async #send({ id, conversation, speech }: ToRead, audio: Uint8Array): Promise<void> {
    const { store, files } = this.#options;
    const file = await files.place("voice.ogg");
    let isSent = false;
    try {
      await writeFile(file.path, audio, { mode: 0o600 });
      await files.flush(file);
      const begun = async (transaction: Transaction) => {
        await endOutage(transaction, "speaking");
        // Access was revoked meanwhile.
        if (!(await endReading(transaction, id))) return false;
        if (!(await chatSettings(transaction, conversation)).voice) return false;
        await enqueue(transaction, {
          lane: outboxLane(conversation.key, "voice"),
          method: "sendVoice",
          payload: { ...target(conversation), voice: named(file), disable_notification: true },
          fileBytes: audio.length,
          speech,
          fallback: { failed: texts.voice.notDelivered },
        });
        return true;
      };
      // Speech costs time and often money: it is not thrown away because the store is busy.
      isSent = await persist(store, begun, this.#stopped.signal);
    } finally {
      if (!isSent) await files.drop(file.path);
    }
  }

  async #giveUp({ id, conversation }: ToRead, error: SpeechError | undefined): Promise<void> {
    await this.#options.store.write(async (transaction) => {
      if (!(await endReading(transaction, id))) return;
      if (!(await noteOutage(transaction, "speaking", conversation.key))) return;
      const isKey = error?.fault === "refused";
      await say(transaction, conversation, isKey ? texts.voice.notAllowed : texts.voice.notRead);
    });
  }

  async #drop({ id }: ToRead): Promise<void> {
    await this.#options.store.write(async (transaction) => {
      await endReading(transaction, id);
    });
  }
}

function named({ path, name }: KeptFile) {
  return { path, name };
}
