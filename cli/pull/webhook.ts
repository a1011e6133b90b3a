import type { Update } from "grammy/types";
import { NotNow } from "./not-now.ts";

/** What became of an update: Switchboard has it, or refused it as no valid update. */
export type Handed = { kind: "taken" } | { kind: "refused"; status: number };

/** Hands one update to Switchboard; again is no harm, since it knows each by its id. @throws NotNow */
export type HandOver = (update: Update, signal: AbortSignal) => Promise<Handed>;

// As long as Telegram itself waits.
const answerWithinMs = 60_000;
// Switchboard's own are one line.
const longestAnswer = 10_000;
const longestRetryAfterSeconds = 3600;

/** Posts updates to the webhook route of the Switchboard on this machine, as Telegram would. */
export function createHandOver(url: string, secret: string): HandOver {
  const headers = {
    "content-type": "application/json",
    "x-telegram-bot-api-secret-token": secret,
  };
  return async (update, signal) => {
    const response = await fetch(`${url}/telegram/webhook`, {
      method: "POST",
      headers,
      body: JSON.stringify(update),
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
    }).catch((error: unknown) => {
      throw new NotNow(
        `Switchboard does not answer at ${url}: start it, or correct HOST and PORT.`,
        undefined,
        { cause: error },
      );
    });
    return judge(response, await beginningOf(response), url);
  };
}

/** The beginning of an answer: all of it, if it is Switchboard's. */
async function beginningOf({ body }: Response): Promise<string> {
  let text = "";
  try {
    for await (const bytes of body ?? []) {
      text += Buffer.from(bytes).toString("latin1");
      if (text.length > longestAnswer) break;
    }
    return text;
  } catch {
    return "broken off";
  }
}

function judge(response: Response, body: string, url: string): Handed {
  const { status } = response;
  // Switchboard's own answer is empty; only that says that the update is on disk.
  if (status === 200 && body === "") return { kind: "taken" };
  if (!isOurs(status, body)) {
    throw new NotNow(`Something other than Switchboard answers at ${url}: correct HOST and PORT.`);
  }
  if (status === 400 || status === 413) return { kind: "refused", status };
  if (status === 401) {
    throw new NotNow(
      "Switchboard expects another secret: start it and npm run pull with the same .env.",
    );
  }
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const isPause = seconds >= 0 && seconds <= longestRetryAfterSeconds;
  const message = `Switchboard cannot take updates now (${status}): its log says why.`;
  throw new NotNow(message, isPause ? seconds * 1000 : undefined);
}

/** Whether an answer has the form of Switchboard's refusals; other servers on its port have their own. */
function isOurs(status: number, body: string): boolean {
  try {
    return (JSON.parse(body) as { statusCode?: unknown } | null)?.statusCode === status;
  } catch {
    return false;
  }
}
