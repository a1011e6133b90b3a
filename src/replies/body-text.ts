import { Refusal } from "../errors.ts";

/** What a request says of its body. */
export interface BodyHeaders {
  "content-type"?: string | undefined;
  "content-encoding"?: string | undefined;
}

/**
 * The text of a body, in the encoding that it names; UTF-8 when it names none. Characters that cannot
 * be read would be replaced without a word otherwise.
 * @throws Refusal 415 for an encoding that is not known or a compressed body, 400 for bytes that are
 * none of it.
 */
export function bodyText(body: Uint8Array, headers: BodyHeaders): string {
  const { "content-type": type = "", "content-encoding": packed = "identity" } = headers;
  if (packed.trim().toLowerCase() !== "identity") {
    throw new Refusal(415, "The body is compressed. Send it as it is.");
  }
  const charset = /;\s*charset="?([^";\s]+)/i.exec(type)?.[1] ?? "utf-8";
  const decoder = decoderOf(charset);
  try {
    return decoder.decode(body);
  } catch (error) {
    throw new Refusal(400, "The text is not in the encoding that it should be in: use UTF-8.", {
      cause: error,
    });
  }
}

function decoderOf(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch (error) {
    throw new Refusal(415, "The encoding of the text is not known: use UTF-8.", { cause: error });
  }
}
