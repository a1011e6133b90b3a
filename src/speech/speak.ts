import { ask, type SpeechServer } from "./request.ts";
import { SpeechError } from "./speech-error.ts";

/** A server that turns text into speech, and the voice to use. */
export interface VoiceServer extends SpeechServer {
  voice: string;
}

/** Options of `speak`. */
export interface SpeakOptions {
  signal: AbortSignal;
  /** Milliseconds for the whole of it; default one minute. */
  timeoutMs?: number | undefined;
}

// At 64 kbit/s that is 20 minutes; a text to read is a few minutes long.
const maxAudioBytes = 10 * 1024 * 1024;
/** How every Ogg file begins (RFC 3533, section 6). */
const oggMark = "OggS";
/** The first packet of Opus in Ogg (RFC 7845, section 5.1) is in the first page, behind its header. */
const opusMark = "OpusHead";
const firstPageBytes = 512;

/**
 * A text as speech, by `/audio/speech` of an OpenAI-compatible server: Opus in Ogg, which is what Telegram shows
 * as a voice message; at most 10 MB.
 * @throws SpeechError, also when the answer is something else.
 */
export async function speak(
  server: VoiceServer,
  text: string,
  { signal, timeoutMs = 60_000 }: SpeakOptions,
): Promise<Buffer> {
  const { model, voice } = server;
  const audio = await ask(server, {
    path: "/audio/speech",
    body: async () => ({
      type: "application/json",
      content: JSON.stringify({ model, voice, input: text, response_format: "opus" }),
    }),
    timeoutMs,
    maxBytes: maxAudioBytes,
    signal,
  });
  const beginning = audio.toString("latin1", 0, firstPageBytes);
  if (!beginning.startsWith(oggMark) || !beginning.includes(opusMark)) {
    throw new SpeechError("unusable", "/audio/speech: the answer is no Opus in Ogg");
  }
  return audio;
}
