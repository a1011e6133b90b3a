import { chatSettings } from "../../chat-settings/chat-settings.ts";
import { boundAgent } from "../../agents/conversations.ts";
import { speakerMark } from "../../chat/speaker-mark.ts";
import type { LiveCalls } from "../../outbox/live-calls.ts";
import type { Store, Transaction } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import type { ReplyMode } from "../relay.ts";
import { Drafts, type DraftsOptions } from "./drafts.ts";
import { LiveEdits } from "./live-edits.ts";
import { LiveEnds } from "./live-end.ts";
import { LiveMessages, type LiveMessagesOptions } from "./live-messages.ts";
import { TurnReader, type TurnReaderOptions } from "./turn-reader.ts";

/** What showing turns while they run needs. */
export interface ShowTurnsOptions
  extends TurnReaderOptions, Pick<LiveMessagesOptions, "events" | "log"> {
  store: Store;
  calls: LiveCalls;
  /** With `tool` only `/reply` speaks, so that the growing answer is not shown. */
  mode: ReplyMode;
  /** See `LiveMessagesOptions`. */
  showAfterMs?: number | undefined;
}

/** What shows turns while they run, put together; `start` begins. */
export function showTurns(options: ShowTurnsOptions): LiveMessages {
  const { store, events, calls, mode, showAfterMs, log } = options;
  const reader = new TurnReader(options);
  const headOf: DraftsOptions["headOf"] = ({ agent, conversation }) =>
    store.read(async (transaction) => {
      if ((await boundAgent(transaction, conversation)) === agent) return undefined;
      return `${speakerMark} ${texts.replies.speaker({ agent })}`;
    });
  const drafts = new Drafts({ calls, headOf, log });
  const withText = mode !== "tool";
  const ends = new LiveEnds({ store, reader, log });
  const edits = new LiveEdits({ store, calls, drafts, reader, ends, withText });
  const settingsOf = async (transaction: Transaction, key: string) => {
    const { verbosity, drafts: isWanted } = await chatSettings(transaction, { key });
    return { verbosity, drafts: isWanted && withText };
  };
  const after = showAfterMs === undefined ? {} : { showAfterMs };
  return new LiveMessages({ store, events, edits, drafts, settingsOf, log, ...after });
}
