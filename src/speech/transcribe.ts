import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ask, type RequestBody, type SpeechServer } from "./request.ts";
import { SpeechError } from "./speech-error.ts";

/** A recording to be transcribed. */
export interface Recording {
  path: string;
  /** `voice`: Opus in Ogg; `video`: MPEG-4. */
  kind: "voice" | "video";
  /** Its length in seconds, as Telegram says. */
  seconds: number;
}

/** Options of `transcribe`. */
export interface TranscribeOptions {
  signal: AbortSignal;
  /** Milliseconds for the whole of it; default 30 s and twice the recording's length, at most 5 minutes. */
  timeoutMs?: number | undefined;
  /** See `SpeechRequest`. */
  retryPauseMs?: number | undefined;
}

// Telegram names it `.oga`, which several servers refuse; all of them take these names (OpenAI, createTranscription).
const asFile = {
  voice: { name: "voice.ogg", type: "audio/ogg" },
  video: { name: "voice.mp4", type: "video/mp4" },
} as const;

const maxAnswerBytes = 1024 * 1024;
/** Most UTF-16 units of a transcript; an hour of talk has about 60,000. */
const longestTranscript = 100_000;
// Node's fetch waits no longer for an answer to begin.
const longestMs = 5 * 60 * 1000;

/**
 * The words in a recording, by `/audio/transcriptions` of an OpenAI-compatible server: without white space around
 * them, without control characters but line breaks, at most 100,000 UTF-16 units.
 * @throws SpeechError, also with the fault `empty` when there are no words in it; what the disk says.
 */
export async function transcribe(
  server: SpeechServer,
  { path, kind, seconds }: Recording,
  {
    signal,
    timeoutMs = Math.min(longestMs, 30_000 + 2000 * seconds),
    retryPauseMs,
  }: TranscribeOptions,
): Promise<string> {
  const answer = await ask(server, {
    path: "/audio/transcriptions",
    body: async () =>
      multipart(
        { model: server.model, response_format: "json" },
        asFile[kind],
        await readFile(path),
      ),
    timeoutMs,
    maxBytes: maxAnswerBytes,
    signal,
    retryPauseMs,
  });
  const words = textIn(answer)
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/[^\P{Cc}\n\t]/gu, "")
    .slice(0, longestTranscript)
    .toWellFormed()
    .trim();
  if (words === "") throw new SpeechError("empty", "/audio/transcriptions: no words");
  return words;
}

/**
 * A form with a file, in one piece: a stream of Node's that is read while an answer comes, or while it is aborted,
 * ends in an error that nobody can catch.
 */
function multipart(
  fields: Record<string, string>,
  { name, type }: { name: string; type: string },
  content: Buffer,
): RequestBody {
  const boundary = `switchboard-${randomUUID()}`;
  const head = (disposition: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n`;
  const texts = Object.entries(fields).map(
    ([field, value]) => `${head(`name="${field}"`)}\r\n${value}\r\n`,
  );
  const file = `${head(`name="file"; filename="${name}"`)}content-type: ${type}\r\n\r\n`;
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    content: Buffer.concat([
      Buffer.from(`${texts.join("")}${file}`),
      content,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}

function textIn(answer: Buffer): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(answer.toString("utf8"));
  } catch {
    throw new SpeechError("unusable", "/audio/transcriptions: no JSON");
  }
  const { text } = (parsed ?? {}) as { text?: unknown };
  if (typeof text !== "string") {
    throw new SpeechError("unusable", "/audio/transcriptions: no text in the answer");
  }
  return text;
}
