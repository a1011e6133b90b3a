import type { FormattedText } from "../../chat/formatted-text.ts";
import { messageIdOf } from "../../outbox/complete-call.ts";
import { outboxLane } from "../../outbox/lanes.ts";
import type { LiveCall, LiveCalls, LiveSource } from "../../outbox/live-calls.ts";
import { enqueue } from "../../outbox/enqueue.ts";
import { target } from "../../outbox/say.ts";
import type { SessionMessage } from "../../opencode/client.ts";
import { laneOf } from "../../prompts/lane.ts";
import type { Store } from "../../store/store.ts";
import type { CallOutcome } from "../../telegram/call.ts";
import { texts } from "../../texts/texts.ts";
import type { Drafts } from "./drafts.ts";
import { addStopButton, bindLiveButtons, shownStopButton } from "./live-buttons.ts";
import type { LiveEnds } from "./live-end.ts";
import { addLiveMessage, type LiveMessage } from "./live-table.ts";
import { hasNewText, type LiveTurn, type ShownMessage } from "./live-turn.ts";
import { liveView } from "./live-view.ts";
import type { TurnReader } from "./turn-reader.ts";

/** What showing live messages needs. */
export interface LiveEditsOptions {
  store: Store;
  calls: Pick<LiveCalls, "drop" | "want">;
  drafts: Pick<Drafts, "isShowing">;
  reader: Pick<TurnReader, "contextLimit" | "newest">;
  ends: Pick<LiveEnds, "show">;
  /** What the model says is part of the live message; not where only replies count. */
  withText: boolean;
}

const minuteMs = 60_000;

/** The live messages between their first and their last state. */
export class LiveEdits {
  #options: LiveEditsOptions;

  constructor(options: LiveEditsOptions) {
    this.#options = options;
  }

  /**
   * Sends the live message of a turn, silently; resolves to whether the turn still runs. What it shows first
   * stays true for ever and has no button: whether Telegram took it may remain unknown, and then it is sent once
   * more, and of two only the one whose id is known can be edited. So the state and Stop come with the first edit.
   */
  async begin(turn: LiveTurn): Promise<boolean> {
    const { store } = this.#options;
    const { promptId, agent, conversation, progress } = turn;
    const begun = await store.writeBehind(async (transaction) => {
      const { running } = await laneOf(transaction, agent, 0);
      if (!running.some(({ id }) => id === promptId)) return undefined;
      const place = { promptId, agent, conversation: conversation.key };
      const keyboard = await addStopButton(transaction, place);
      const outboxId = await enqueue(transaction, {
        lane: outboxLane(conversation.key, "live"),
        method: "sendMessage",
        isBeside: true,
        payload: {
          ...target(conversation),
          ...fieldsOf({ text: texts.live.begun({ agent }), entities: [] }),
          disable_notification: true,
        },
      });
      await bindLiveButtons(transaction, promptId, outboxId);
      const { sessionId, startedAt } = progress;
      await addLiveMessage(transaction, { ...place, sessionId, outboxId, startedAt });
      return { outboxId, keyboard };
    });
    if (!begun) return false;
    turn.message = {
      ...begun,
      messageId: undefined,
      shown: "",
      isLost: false,
      source: undefined,
      context: { isAsked: false, limit: undefined },
    };
    return true;
  }

  /** The live message that an earlier start has sent. */
  async shownBefore({ promptId, outboxId }: LiveMessage): Promise<ShownMessage> {
    const keyboard = await this.#options.store.read((transaction) =>
      shownStopButton(transaction, promptId),
    );
    const context = { isAsked: false, limit: undefined };
    const nothing = { messageId: undefined, shown: "", isLost: false, source: undefined };
    return { outboxId, keyboard, ...nothing, context };
  }

  /** Shows the state of a turn soon; cheap to call with every change. */
  want(turn: LiveTurn): void {
    if (turn.isOver || !turn.message || turn.message.isLost) return;
    // Made once, since it may be wanted with every piece of a text.
    turn.message.source ??= this.#source(turn);
    this.#options.calls.want(turn.message.source);
  }

  /** Edits no more; resolves when no edit is under way. */
  async end(turn: LiveTurn): Promise<void> {
    if (turn.message) await this.#options.calls.drop(this.#source(turn));
  }

  /** Shows how a turn ended. */
  showEnd(message: LiveMessage): Promise<void> {
    return this.#options.ends.show(message);
  }

  /** Milliseconds until the passed time is shown again. */
  tickMs({ progress }: LiveTurn, now: number): number {
    const age = now - progress.startedAt;
    if (age < minuteMs || progress.retry) return 5000;
    return age < 10 * minuteMs ? 15_000 : minuteMs;
  }

  /** The newest messages of a session, oldest first. */
  newest(sessionId: string): Promise<SessionMessage[]> {
    return this.#options.reader.newest(sessionId);
  }

  #source(turn: LiveTurn): LiveSource {
    return {
      key: `live ${turn.promptId}`,
      chatId: turn.conversation.chatId,
      kind: "edit",
      compose: () => this.#compose(turn),
      ended: (outcome, call) => ended(turn, outcome, call),
    };
  }

  async #compose(turn: LiveTurn): Promise<LiveCall | undefined> {
    const { message, conversation } = turn;
    if (turn.isOver || !message || message.isLost) return undefined;
    message.messageId ??= await this.#options.store.read((transaction) =>
      messageIdOf(transaction, message.outboxId),
    );
    // It is wanted again once it has been sent.
    if (message.messageId === undefined) return undefined;
    this.#askLimit(turn, message);
    const view = this.#view(turn);
    if (JSON.stringify(view) === message.shown) return undefined;
    return {
      method: "editMessageText",
      payload: {
        chat_id: conversation.chatId,
        message_id: message.messageId,
        ...fieldsOf(view),
        ...(message.keyboard && { reply_markup: message.keyboard }),
      },
    };
  }

  #view(turn: LiveTurn): FormattedText {
    const { agent, settings, progress, message, isStopping } = turn;
    const now = Date.now();
    const { drafts, withText: isWanted } = this.#options;
    const withText = isWanted && hasNewText(turn) && !drafts.isShowing(turn, now);
    const { verbosity } = settings;
    const contextLimit = message?.context.limit;
    return liveView(progress, { agent, verbosity, now, withText, contextLimit, isStopping });
  }

  /** No edit waits for it: without it the view says only how much is used. */
  #askLimit({ progress }: LiveTurn, { context }: ShownMessage): void {
    const { directory, model } = progress;
    if (context.isAsked || directory === undefined || model === undefined) return;
    context.isAsked = true;
    this.#options.reader.contextLimit(directory, model).then(
      (limit) => (context.limit = limit),
      () => undefined,
    );
  }
}

function fieldsOf({ text, entities }: FormattedText) {
  return {
    text,
    ...(entities.length > 0 && { entities }),
    link_preview_options: { is_disabled: true },
  };
}

function ended({ message }: LiveTurn, outcome: CallOutcome, { payload }: LiveCall): void {
  if (!message) return;
  const { text, entities = [] } = payload as { text: string; entities?: FormattedText["entities"] };
  if (outcome.kind === "ok") message.shown = JSON.stringify({ text, entities });
  // Somebody deleted it; its turn goes on, and its end is shown by the answer.
  else if (outcome.kind === "refused") message.isLost = true;
}
