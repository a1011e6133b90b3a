import { type FormattedText, joined } from "../../chat/formatted-text.ts";
import { maxTextLength } from "../../chat/limits.ts";
import { withoutCommands } from "../../chat/markdown/taps.ts";
import { isVisible } from "../../chat/visible.ts";
import type { Logger } from "../../log.ts";
import type { LiveCall, LiveCalls, LiveSource } from "../../outbox/live-calls.ts";
import { target } from "../../outbox/say.ts";
import { unknownMethod } from "../../telegram/api.ts";
import type { CallOutcome } from "../../telegram/call.ts";
import { growingText } from "./growing-text.ts";
import { type Draft, hasNewText, type LiveTurn } from "./live-turn.ts";
import { textOf } from "./turn-progress.ts";

/** What drafts need. */
export interface DraftsOptions {
  calls: Pick<LiveCalls, "drop" | "want">;
  /** The line that says who writes, where its conversation talks to another agent. */
  headOf: (turn: Pick<LiveTurn, "agent" | "conversation">) => Promise<string | undefined>;
  log: Logger;
}

// An answer that is there within that time needs no draft.
const firstAfterMs = 150;
// Telegram removes a draft 30 s after the last call for it.
const keepAliveMs = 15_000;
/** Milliseconds without new text after which a draft ends. */
export const draftEndsAfterMs = 20_000;
// The limit is 4096 code points.
const longestDraft = 4000;

/** Shows growing answers as drafts (Bot API, sendMessageDraft): in private chats, where they are wanted. */
export class Drafts {
  #options: DraftsOptions;
  /** This Bot API server has no drafts. */
  #isUnknown = false;

  constructor(options: DraftsOptions) {
    this.#options = options;
  }

  /** The draft of a turn that begins. */
  begin({ conversation, settings }: Pick<LiveTurn, "conversation" | "settings">): Draft {
    return {
      // A group has a negative id, and no drafts.
      isWanted: settings.drafts && conversation.chatId > 0 && !this.#isUnknown,
      sentAt: 0,
      sentText: "",
      isPlain: false,
      source: undefined,
      timer: undefined,
    };
  }

  /** Whether a turn's text is shown by its draft; else the live message shows it. */
  isShowing({ draft, textAt }: LiveTurn, now: number): boolean {
    return draft.isWanted && now - textAt < draftEndsAfterMs;
  }

  /** The text of a turn has grown; cheap to call with every piece. */
  grew(turn: LiveTurn): void {
    const { draft } = turn;
    if (!draft.isWanted) return;
    if (draft.sentAt > 0) return this.#want(turn);
    draft.timer ??= setTimeout(() => this.#want(turn), firstAfterMs);
  }

  /** Keeps a draft alive; call it every few seconds. */
  keep(turn: LiveTurn, now: number): void {
    const { draft } = turn;
    const isStale = draft.sentAt > 0 && now - draft.sentAt >= keepAliveMs;
    if (isStale && this.isShowing(turn, now)) this.#want(turn);
  }

  /** A message has removed the draft of a turn that goes on. */
  removed(turn: LiveTurn): void {
    if (turn.draft.sentAt === 0) return;
    turn.draft.sentText = "";
    if (this.isShowing(turn, Date.now())) this.#want(turn);
  }

  /** Ends the draft of a turn; resolves when no call for it is under way. */
  async end(turn: LiveTurn): Promise<void> {
    clearTimeout(turn.draft.timer);
    turn.draft.isWanted = false;
    await this.#options.calls.drop(turn.draft.source ?? this.#source(turn));
  }

  #want(turn: LiveTurn): void {
    if (!turn.draft.isWanted || turn.isOver) return;
    // Made once, since it is wanted with every piece of the text.
    turn.draft.source ??= this.#source(turn);
    this.#options.calls.want(turn.draft.source);
  }

  #source(turn: LiveTurn): LiveSource {
    return {
      key: `draft ${turn.promptId}`,
      chatId: turn.conversation.chatId,
      kind: "draft",
      compose: () => this.#compose(turn),
      ended: (outcome, call) => this.#ended(turn, outcome, call),
    };
  }

  async #compose(turn: LiveTurn): Promise<LiveCall | undefined> {
    const { draft, conversation, promptId } = turn;
    const head = await this.#options.headOf(turn);
    const now = Date.now();
    const mayBeOver = turn.isOver || turn.isResting || turn.isChecked;
    if (mayBeOver || turn.isStopping || !hasNewText(turn) || !this.isShowing(turn, now)) {
      return undefined;
    }
    const words = this.#textOf(turn);
    if (!isVisible(words.text)) return undefined;
    const { text, entities } = head === undefined ? words : headed(head, words, draft);
    if (text === draft.sentText && now - draft.sentAt < keepAliveMs) return undefined;
    return {
      method: "sendMessageDraft",
      payload: {
        ...target(conversation),
        // So a press of Stop names the turn, whatever has been restarted since.
        draft_id: promptId,
        text,
        ...(entities.length > 0 && { entities }),
        can_stop: true,
        // What was written stays until the message that says how the turn ended.
        keep_on_stop: true,
      },
    };
  }

  #textOf({ draft, progress }: LiveTurn): FormattedText {
    const growing = growingText(textOf(progress), longestDraft);
    if (!draft.isPlain) return growing;
    return { text: withoutCommands(growing.text, maxTextLength), entities: [] };
  }

  #ended(turn: LiveTurn, outcome: CallOutcome, { payload }: LiveCall): void {
    const { draft } = turn;
    if (outcome.kind === "ok") {
      draft.sentAt = Date.now();
      draft.sentText = String(payload["text"]);
      return;
    }
    if (outcome.kind !== "refused") return;
    if (/entit/i.test(outcome.description) && !draft.isPlain) {
      draft.isPlain = true;
      return this.#want(turn);
    }
    // Another turn may have one: only this one error says that there are none at all.
    draft.isWanted = false;
    if (outcome.description !== unknownMethod) return;
    this.#isUnknown = true;
    this.#options.log.info("the Bot API server has no drafts; live messages show what is written");
  }
}

function headed(head: string, words: FormattedText, { isPlain }: Draft): FormattedText {
  const bold = { type: "bold" as const, offset: 0, length: head.length };
  return joined({ text: head, entities: isPlain ? [] : [bold] }, "\n", words);
}
