import type { Conversation } from "../chat/conversation.ts";
import type { Logger } from "../log.ts";
import { messageIdOf } from "../outbox/complete-call.ts";
import type { KeptFile, KeptFiles } from "../outbox/kept-files.ts";
import type { LiveCall, LiveCalls } from "../outbox/live-calls.ts";
import { say } from "../outbox/say.ts";
import type { Store } from "../store/store.ts";
import type { CallOutcome } from "../telegram/call.ts";
import { texts } from "../texts/texts.ts";
import { TmuxError } from "../tmux/tmux-error.ts";
import { writePicture } from "./picture-file.ts";
import { keyboardOf } from "./picture-message.ts";
import { PictureError } from "../picture/pictures.ts";
import type { Photographer } from "./terminal-pictures.ts";

/** What replacing pictures of terminals needs. */
export interface LiveScreensOptions {
  terminalPictures: Photographer;
  store: Store;
  calls: Pick<LiveCalls, "want">;
  files: Pick<KeptFiles, "place" | "drop">;
  log: Logger;
}

/** The message of a picture. */
export interface PictureMessage {
  conversation: Conversation;
  /** The outbox call that made it. */
  outboxId: number;
  /** What its buttons are stored under. */
  subject: string;
  /** The name of the agent it shows. */
  agent: string;
}

/** A picture that is being replaced. */
interface Replaced {
  message: PictureMessage;
  /** The terminal may have changed since it was captured. */
  isWanted: boolean;
  isRunning: boolean;
  /** The newest picture, if it is still to be sent. */
  png: Uint8Array | undefined;
}

const mayGoLater: ReadonlySet<CallOutcome["kind"]> = new Set([
  "limited",
  "unreachable",
  "uncertain",
]);

/**
 * Replaces pictures of terminals by newer ones. However fast keys are pressed, only the newest picture is sent, as
 * often as the chat's limits allow. Nothing is stored: after a crash the next press shows the terminal.
 */
export class LiveScreens {
  #options: LiveScreensOptions;
  /** By the outbox call that made their message. */
  #replaced = new Map<number, Replaced>();
  /** Agents of which it was told that their terminal cannot be shown, until it can be again. */
  #told = new Set<string>();
  #isStopped = false;

  constructor(options: LiveScreensOptions) {
    this.#options = options;
  }

  /** Replaces a picture by what its terminal shows once it is still. */
  refresh(message: PictureMessage): void {
    if (this.#isStopped) return;
    const known = this.#replaced.get(message.outboxId);
    const one = known ?? { message, isWanted: true, isRunning: false, png: undefined };
    one.isWanted = true;
    this.#replaced.set(message.outboxId, one);
    if (!one.isRunning) void this.#run(one);
  }

  /** Makes no more pictures. */
  stop(): void {
    this.#isStopped = true;
  }

  async #run(one: Replaced): Promise<void> {
    const { agent, outboxId } = one.message;
    one.isRunning = true;
    try {
      while (one.isWanted && !this.#isStopped) {
        one.isWanted = false;
        const made = await this.#options.terminalPictures.still(agent);
        if (!made) continue;
        one.png = made.png;
        this.#told.delete(agent);
        this.#want(one);
      }
    } catch (error) {
      const { log } = this.#options;
      const about = { err: error, agent };
      if (error instanceof TmuxError || error instanceof PictureError) {
        log.warn(about, "a terminal could not be pictured");
      } else log.error(about, "a terminal could not be pictured");
      await this.#tell(one.message);
    } finally {
      one.isRunning = false;
      if (!one.png) this.#replaced.delete(outboxId);
    }
  }

  /** The keys were pressed, and what is shown is what was before. */
  async #tell({ agent, conversation }: PictureMessage): Promise<void> {
    if (this.#told.has(agent) || this.#isStopped) return;
    this.#told.add(agent);
    try {
      const text = texts.screen.notRenewed({ agent });
      await this.#options.store.write((transaction) => say(transaction, conversation, text));
    } catch (error) {
      this.#told.delete(agent);
      this.#options.log.warn({ err: error, agent }, "that a picture is old could not be told");
    }
  }

  #want(one: Replaced): void {
    const { conversation, outboxId } = one.message;
    let sent: Uint8Array | undefined;
    this.#options.calls.want({
      key: `screen ${outboxId}`,
      chatId: conversation.chatId,
      kind: "edit",
      isAtOnce: true,
      compose: () => {
        sent = one.png;
        return this.#compose(one);
      },
      ended: ({ kind }, call) => {
        this.#drop(call);
        // A newer one is wanted already.
        if (!mayGoLater.has(kind) && one.png === sent) this.#forget(one);
      },
    });
  }

  async #compose(one: Replaced): Promise<LiveCall | undefined> {
    const { store, files } = this.#options;
    const { png } = one;
    const { conversation, outboxId, subject, agent } = one.message;
    const [keyboard, messageId] = await store.read(
      async (transaction) =>
        [
          await keyboardOf(transaction, { subject, outboxId }),
          await messageIdOf(transaction, outboxId),
        ] as const,
    );
    if (!png || !keyboard || messageId === undefined) {
      // A newer picture has been sent since.
      this.#forget(one);
      return undefined;
    }
    let file: KeptFile;
    try {
      file = await writePicture(files, agent, png);
    } catch (error) {
      this.#forget(one);
      await this.#tell(one.message);
      throw error;
    }
    const { path, name } = file;
    return {
      method: "editMessageMedia",
      payload: {
        chat_id: conversation.chatId,
        message_id: messageId,
        media: { type: "photo", media: { path, name }, caption: agent },
        reply_markup: { inline_keyboard: keyboard },
      },
    };
  }

  #forget(one: Replaced): void {
    one.png = undefined;
    if (!one.isRunning) this.#replaced.delete(one.message.outboxId);
  }

  #drop({ payload }: LiveCall): void {
    const { media } = payload["media"] as { media: { path: string } };
    this.#options.files.drop(media.path).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, "the copy of a picture could not be removed");
    });
  }
}
