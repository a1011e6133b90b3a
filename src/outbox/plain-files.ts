import type { OtherCall } from "./message.ts";
import { partOf, placeOf } from "./rich-calls.ts";

type Payload = Record<string, unknown>;

/** A file of an album (Bot API, InputMedia). */
interface Item extends Payload {
  type: "photo" | "video" | "document";
}

/** The method that sends one file of a type. */
export const fileMethods = {
  photo: "sendPhoto",
  video: "sendVideo",
  document: "sendDocument",
} as const;

/**
 * What stands for files that Telegram refuses as they are: those of an album one after another, and a photo or
 * video as a document, which it only stores. Undefined for anything else.
 */
export function plainFiles({
  method,
  payload,
  fallback,
  speech,
}: OtherCall): OtherCall | undefined {
  const { photo, video, media, supports_streaming: _, ...rest } = payload;
  if (Array.isArray(media) && method === "sendMediaGroup") {
    const [first, ...next] = (media as Item[]).map(alone);
    const place = { ...placeOf(payload), ...replyOf(payload) };
    const after = [...next, ...(fallback.next ?? [])];
    return first && partOf({ ...place, ...first }, fallback, after, speech);
  }
  const document = method === "sendPhoto" ? photo : method === "sendVideo" ? video : undefined;
  if (document === undefined) return undefined;
  return { method: "sendDocument", payload: { ...rest, document }, fallback, speech };
}

/** A part after one that was given up: it is sent, and the whole counts as not sent. */
export function withLoss(part: OtherCall): OtherCall {
  return { ...part, fallback: { ...part.fallback, hasLoss: true } };
}

/** A file of an album as a message of its own. */
function alone({ type, media, ...fields }: Item): Payload & { method: string } {
  return { ...fields, method: fileMethods[type], [type]: media };
}

function replyOf({ reply_parameters }: Payload): Payload {
  return reply_parameters === undefined ? {} : { reply_parameters };
}
