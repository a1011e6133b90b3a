import { setTimeout as pause } from "node:timers/promises";
import { createParser } from "eventsource-parser";
import type { ModelAnswer, ModelRequest } from "../sandbox/model/server.ts";
import { textOf } from "./rendering.ts";
import { difference, type Figure } from "./report.ts";
import type { Extent, Scene } from "./scene.ts";
import { summarize } from "./stats.ts";

// Until Telegram may be sent a draft at once again, and the last turn's live message has ended.
const quietMs = 1500;
// Each takes three to five seconds, and only the median counts.
const turnsTaken = 25;

/**
 * From the model's last word until the answer is at the Bot API server: a formatted one of some length, as a
 * fast model writes it, with drafts and a live message. The floor is when a client that reads opencode's
 * events itself sees that the same turn has ended.
 */
export async function answerFigure(scene: Scene, { quick }: Extent): Promise<Figure> {
  const { telegram } = scene.stage;
  const { measured, floor } = await measure(scene, {
    turns: quick ? 2 : turnsTaken,
    answer: (end) => piecesOf(`${textOf(3000)}\n\n${end}`, { count: 400, everyMs: 5 }),
    sample: async ({ since, end, request, events }) => {
      await telegram.called("sendMessage", ({ payload }) => String(payload["text"]).includes(end), {
        since,
      });
      const at = performance.now();
      await scene.until("the turn has ended", async () => events.idleAt !== undefined);
      const { newest = NaN } = request().words ?? {};
      return { measured: at - newest, floor: (events.idleAt ?? NaN) - newest };
    },
  });
  return {
    name: "answer",
    what: "the model's last word → the answer at Telegram",
    unit: "ms",
    measured,
    floor: { ...floor, what: "opencode's own event that the same turn has ended, read directly" },
    compared: difference(measured, floor, "ms"),
    target: "≤ floor + 30 ms",
    met: measured.p50 <= floor.p50 + 30,
    note: "3 kB of Markdown in 2 s, with drafts and a live message.",
  };
}

/**
 * From the model's first word until the Bot API server has a draft of the answer, which begins to be shown when
 * it is not there within a moment. The floor is when a client that reads opencode's events itself sees a word.
 */
export async function draftFigure(scene: Scene, { quick }: Extent): Promise<Figure> {
  const { telegram } = scene.stage;
  const { measured, floor } = await measure(scene, {
    turns: quick ? 2 : turnsTaken,
    answer: (end) => piecesOf(`${textOf(600)}\n\n${end}`, { count: 40, everyMs: 20 }),
    sample: async ({ since, end, request, events }) => {
      await telegram.called("sendMessageDraft", () => true, { since });
      const at = performance.now();
      await telegram.called("sendMessage", ({ payload }) => String(payload["text"]).includes(end), {
        since,
      });
      const { first = NaN } = request().words ?? {};
      return { measured: at - first, floor: (events.wordAt ?? NaN) - first };
    },
  });
  return {
    name: "draft",
    what: "the model's first word → the first draft at Telegram",
    unit: "ms",
    measured,
    floor: { ...floor, what: "opencode's own event with the same word, read directly" },
    compared: difference(measured, floor, "ms"),
    target: "p50 ≤ 300 ms",
    met: measured.p50 <= 300,
    note: "An answer that is there within 150 ms has no draft.",
  };
}

interface Answers {
  turns: number;
  /** What the model answers; `end` is to be the last of it and is in no other answer. */
  answer: (end: string) => ModelAnswer;
  /** Takes both times of a turn that has just been asked for. */
  sample: (turn: {
    since: number;
    end: string;
    request: () => ModelRequest;
    events: Events;
  }) => Promise<{ measured: number; floor: number }>;
}

/** Takes samples of turns one after the other; the first two of them do not count. */
async function measure(scene: Scene, { turns, answer, sample }: Answers) {
  await scene.restart({ DELIVERY: "api" });
  const { stage } = scene;
  const session = await scene.agentSession();
  const events = await Events.open(scene, session);
  const { script } = stage.model;
  const taken = { measured: [] as number[], floor: [] as number[] };
  try {
    for (let turn = -2; turn < turns; turn += 1) {
      const prompt = scene.nextPrompt();
      const end = `That was report number ${turn}.`;
      stage.model.script = () => answer(end);
      events.forget();
      const since = stage.telegram.mark();
      stage.telegram.operatorSends({ text: prompt });
      const request = await stage.model.seen((one) => one.prompt === prompt);
      const costs = await sample({ since, end, request: () => request, events });
      await scene.rest(session);
      await pause(quietMs);
      if (turn < 0) continue;
      taken.measured.push(costs.measured);
      taken.floor.push(costs.floor);
    }
  } finally {
    stage.model.script = script;
    events.close();
  }
  return { measured: summarize(taken.measured), floor: summarize(taken.floor) };
}

function piecesOf(
  text: string,
  { count, everyMs }: { count: number; everyMs: number },
): ModelAnswer {
  const length = Math.ceil(text.length / count);
  const at = Array.from({ length: Math.ceil(text.length / length) }, (_, n) => n * length);
  return { pieces: at.map((from) => text.slice(from, from + length)), everyMs };
}

/** What opencode tells about one session, as a client sees it that reads the events itself. */
class Events {
  #session: string;
  #closed = new AbortController();
  /** When a word of the model was seen first. */
  wordAt: number | undefined;
  /** When the turn was seen to have ended. */
  idleAt: number | undefined;

  private constructor(session: string) {
    this.#session = session;
  }

  /** Begins to read; resolves when the stream is open. */
  static async open({ stage }: Scene, session: string): Promise<Events> {
    const events = new Events(session);
    const { signal } = events.#closed;
    const { body } = await stage.opencode("/global/event", { signal });
    if (!body) throw new Error("opencode has no events");
    void events.#read(body).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    return events;
  }

  /** Forgets what was seen, before the next turn. */
  forget(): void {
    this.wordAt = undefined;
    this.idleAt = undefined;
  }

  /** Reads no more. */
  close(): void {
    this.#closed.abort();
  }

  async #read(body: AsyncIterable<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    const parser = createParser({ onEvent: ({ data }) => this.#take(data) });
    for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }));
  }

  #take(data: string): void {
    if (!data.includes(this.#session)) return;
    if (data.includes('"type":"message.part.delta"')) this.wordAt ??= performance.now();
    if (isIdle.test(data)) this.idleAt ??= performance.now();
  }
}

const isIdle = /"type":"session\.idle"|"type":"session\.status".*"status":\{"type":"idle"\}/;
