import { Api, GrammyError } from "grammy/web";
import type { Update } from "grammy/types";
import { allowedUpdates } from "../../src/telegram/allowed-updates.ts";
import { clientOptions, outcomeOf } from "../../src/telegram/api.ts";
import { telegramFault } from "../../src/telegram/fault.ts";
import { NotNow } from "./not-now.ts";

/** What a poll asks for. */
export interface Poll {
  /** One more than the id of the last update that is done; Telegram forgets those before it. */
  offset: number | undefined;
  /** How long Telegram may wait for an update; 0: not at all. */
  seconds: number;
  signal: AbortSignal;
}

/** Takes updates from Telegram, oldest first. @throws NotNow */
export type Source = (poll: Poll) => Promise<Update[]>;

// What a poll may take beyond the time that Telegram waits.
const answerSeconds = 15;
// A token that is refused may be restored, and nothing is urgent until then.
const refusedMs = 60_000;

const webhookIsSet =
  "Telegram has a webhook for this bot, so nothing can be pulled: set RECEIVE=pull and start Switchboard, which deletes it.";
const noBotApi =
  "What answers at TELEGRAM_API_ROOT is no Bot API: correct it, or end what answers in its place.";
const takenElsewhere =
  "Another program pulls this bot's updates: end it, or revoke the token in BotFather if you do not know it.";

/** The updates of a bot, by `getUpdates`: of the same kinds that a webhook gets. */
export function createSource(telegram: { token: string; apiRoot: string }): Source {
  return async ({ offset, seconds, signal }) => {
    const timeoutSeconds = seconds + answerSeconds;
    const api = new Api(telegram.token, clientOptions({ ...telegram, timeoutSeconds }));
    const asked = {
      ...(offset !== undefined && { offset }),
      timeout: seconds,
      allowed_updates: allowedUpdates,
    };
    const updates: unknown = await api
      .getUpdates(asked, signal as Parameters<Api["getUpdates"]>[1])
      .catch((error: unknown) => {
        throw notNow(error);
      });
    if (!areUpdates(updates)) throw new NotNow(noBotApi);
    return updates;
  };
}

/** Whether an answer is a list of updates: with another id the next poll could make Telegram forget what waits. */
function areUpdates(answer: unknown): answer is Update[] {
  const isId = (id: unknown) => Number.isSafeInteger(id) && Number(id) >= 0;
  return (
    Array.isArray(answer) && answer.every((one: Partial<Update> | null) => isId(one?.update_id))
  );
}

function notNow(error: unknown): NotNow {
  if (error instanceof GrammyError && error.error_code === 409) {
    const isWebhook = error.description.toLowerCase().includes("webhook");
    return new NotNow(isWebhook ? webhookIsSet : takenElsewhere, undefined, { cause: error });
  }
  const { message, isFinal } = telegramFault(error);
  const outcome = outcomeOf(error);
  const waitMs =
    outcome.kind === "limited" ? outcome.retryAfterMs : isFinal ? refusedMs : undefined;
  return new NotNow(message, waitMs, { cause: error });
}
