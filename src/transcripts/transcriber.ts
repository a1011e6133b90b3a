import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pauseAfter } from "../backoff.ts";
import type { Conversation } from "../chat/conversation.ts";
import { crashPoint } from "../crash.ts";
import type { Logger } from "../log.ts";
import { say } from "../outbox/say.ts";
import { SpeechError } from "../speech/speech-error.ts";
import type { Recording } from "../speech/transcribe.ts";
import { persist } from "../store/persist.ts";
import { LanePump } from "../store/pump.ts";
import { isStoreFault, type Store, type Transaction } from "../store/store.ts";
import { DownloadError } from "../telegram/download-error.ts";
import { type DownloadFile, maxCloudBytes } from "../telegram/files.ts";
import { texts } from "../texts/texts.ts";
import { endOutage, noteOutage } from "../voice/outages.ts";
import { fillWithWords, sendRecording } from "./send-words.ts";
import { showSent, showWords } from "./show-words.ts";
import {
  endTranscript,
  markShown,
  takeTranscripts,
  type Transcript,
  transcriptOf,
  transcriptSignal,
} from "./transcript-table.ts";

/** Transcribes a recording. @throws SpeechError */
export type Hear = (recording: Recording, signal: AbortSignal) => Promise<string>;

/** What the transcriber needs. */
export interface TranscriberOptions {
  store: Store;
  download: DownloadFile;
  /** Undefined without a speech server: the agent gets the recordings that still wait. */
  hear: Hear | undefined;
  /** Tells the operator when a prompt that was just made is held. */
  prompted: (transaction: Transaction, transcript: Transcript, agent: string) => Promise<void>;
  /** The folder for recordings that are being transcribed; it is emptied at the start. */
  dir: string;
  log: Logger;
  /** Milliseconds for which it is tried again to load a recording. */
  loadWithinMs?: number;
}

// A recording of 20 MB is in memory while it is sent.
const mostAtOnce = 3;
// Meanwhile nothing else is heard in its conversation; the agent's file is tried for longer, and that is told.
const usualLoadMs = 10 * 60 * 1000;

/**
 * Turns voice messages into text, one after the other in each conversation: it downloads the recording, has it
 * transcribed, and shows the words, or puts them into the place that was kept for them. Its state is in the store;
 * whatever a crash interrupts is done again.
 */
export class Transcriber {
  #options: TranscriberOptions;
  #pump: LanePump<Transcript>;
  #stopped = new AbortController();
  #unsubscribe: (() => void) | undefined;

  constructor(options: TranscriberOptions) {
    this.#options = options;
    this.#pump = new LanePump({
      take: async (busyLanes) => {
        const room = Math.max(0, mostAtOnce - busyLanes.size);
        return (await takeTranscripts(options.store, busyLanes)).slice(0, room);
      },
      run: (transcript) => this.#run(transcript),
      log: options.log,
    });
  }

  /** Begins with what waits and whatever is added; a second call does nothing. */
  async start(): Promise<void> {
    if (this.#unsubscribe) return;
    this.#unsubscribe = this.#options.store.on(transcriptSignal, () => this.#pump.wake());
    await rm(this.#options.dir, { recursive: true, force: true });
    this.#pump.wake();
  }

  /** Ends what is under way; the next start takes it up. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#stopped.abort();
    await this.#pump.stop();
  }

  async #run(transcript: Transcript): Promise<void> {
    const { dir, hear, log } = this.#options;
    const { signal } = this.#stopped;
    const path = join(dir, `${transcript.id}`);
    try {
      if (!hear) return await this.#handOn(transcript);
      await mkdir(dir, { recursive: true, mode: 0o700 });
      await this.#load(transcript, path);
      crashPoint("voice loaded");
      const { file, seconds } = transcript.recording;
      const kind = file.media === "voice" ? "voice" : "video";
      const words = await hear({ path, kind, seconds }, signal);
      crashPoint("voice heard");
      await this.#write((transaction) => this.#heard(transaction, transcript, words));
    } catch (error) {
      // The next start takes it up.
      if (signal.aborted) return;
      if (isStoreFault(error)) throw error;
      log.warn({ err: error }, "a voice message could not be made text");
      // Why a recording cannot be downloaded is told when it is downloaded for the agent.
      await this.#handOn(transcript, error instanceof SpeechError ? error : undefined);
    } finally {
      await rm(path, { force: true }).catch(() => undefined);
    }
  }

  /** Downloads the recording; what may work later is tried for a while. */
  async #load({ recording }: Transcript, target: string): Promise<void> {
    const { signal } = this.#stopped;
    const { loadWithinMs = usualLoadMs } = this.#options;
    const deadline = Date.now() + loadWithinMs;
    for (let attempts = 1; ; attempts += 1) {
      try {
        await this.#options.download(
          recording.file.fileId,
          { maxBytes: maxCloudBytes, target },
          signal,
        );
        return;
      } catch (error) {
        if (!(error instanceof DownloadError) || error.fault !== "again") throw error;
        const pauseMs = Math.max(error.retryAfterMs, pauseAfter(attempts));
        if (Date.now() + pauseMs > deadline || signal.aborted) throw error;
        this.#options.log.info({ err: error }, "a voice message is loaded later");
        await pause(pauseMs, undefined, { signal });
      }
    }
  }

  async #heard(transaction: Transaction, { id }: Transcript, words: string): Promise<void> {
    await endOutage(transaction, "hearing");
    if (!(await markShown(transaction, id, words))) return;
    // Its caption may have been edited meanwhile, or its group moved.
    const transcript = await transcriptOf(transaction, id);
    if (!transcript) return;
    const filled = await fillWithWords(transaction, transcript, words);
    if (!filled) return showWords(transaction, transcript, words);
    if (!filled.kept) await showSent(transaction, transcript, { ...filled, words });
  }

  /** Gives the agent the recording itself, as without a speech server; why is told once for each outage. */
  async #handOn({ id }: Transcript, error?: SpeechError): Promise<void> {
    await this.#write(async (transaction) => {
      const transcript = await transcriptOf(transaction, id);
      if (!transcript) return;
      const { conversation } = transcript;
      const { agent, kept, hadPlace } = await sendRecording(transaction, transcript);
      if (kept === "ended") return;
      if (kept) {
        // It may have been dropped meanwhile, as one whose operator's access was revoked.
        if (!(await endTranscript(transaction, id, "unheard"))) return;
        return say(transaction, conversation, texts.voice.stoppedUnheard({ agent }));
      }
      const told = error && (await faultOf(transaction, error, conversation));
      if (told) await say(transaction, conversation, told({ agent }));
      if (!hadPlace) await this.#options.prompted(transaction, transcript, agent);
    });
  }

  #write(work: (transaction: Transaction) => Promise<void>): Promise<void> {
    return persist(this.#options.store, work, this.#stopped.signal);
  }
}

/** What is said of a recording that was not heard: of each in which nothing was said, and once of each outage. */
async function faultOf(
  transaction: Transaction,
  { fault }: SpeechError,
  { key }: Conversation,
): Promise<((named: { agent: string }) => string) | undefined> {
  if (fault !== "empty") {
    const isNew = await noteOutage(transaction, "hearing", key);
    return isNew ? texts.voice.notHeard : undefined;
  }
  // The server did its work.
  await endOutage(transaction, "hearing");
  return texts.voice.noWords;
}
