import { setTimeout as pause } from "node:timers/promises";
import { Stage } from "../../sandbox/stage.ts";
import type { ApiCall } from "../../sandbox/telegram/calls.ts";
import { Proxy } from "../support/proxy.ts";
import { begun, sent, terminalReady } from "../support/stage.ts";
import { isShown, none, type Outcome, ofPrompt, ofText, sum, unheard } from "./outcome.ts";

/** The two conversations; each talks to an agent of its own. */
const conversations = [
  { chatId: 1000, agent: "default_agent" },
  { chatId: 1001, agent: "second" },
];
type Pair = (typeof conversations)[number];
/** Messages after which an agent is stopped and started anew: a session slows down as it grows. */
const sessionLength = 250;
/** Messages of one conversation that may be unanswered, as of an impatient operator. */
const mostOpen = 25;
const limitMs = 20 * 60_000;
const [shortestLifeMs, longestLifeMs] = [3000, 8000];

/**
 * Sends `updates` messages from two conversations to two agents while Switchboard is killed every
 * few seconds, its connections to opencode are cut and Telegram fails: 5 % 429, 5 % 502, 2 % resets.
 * Resolves to what was lost, doubled and repeated; a message out of its order counts as lost.
 * Rejects when not everything is answered in time.
 */
export async function soak(updates: number, keep: (stage: Stage) => Stage): Promise<Outcome> {
  const stage = keep(
    await Stage.set({
      script: ({ prompt }) => ({ text: `heard ${prompt}` }),
      env: {
        DELIVERY: "api",
        VERBOSITY: "quiet",
        TELEGRAM_ALLOWED_CHAT_ID: conversations.map(({ chatId }) => chatId).join(),
        LOG_LEVEL: "warn",
      },
    }),
  );
  await stage.start();
  stage.telegram.operatorSends({ text: "/start second", chatId: 1001 });
  await terminalReady(stage, "second");
  const proxy = await Proxy.to(stage.env["OPENCODE_API_URL"] ?? "");
  const started = performance.now();
  const stopFaults = beginFaults(stage);
  const over = new AbortController();
  try {
    const killing = killAndCut(stage, proxy, over.signal);
    const perChat = Math.ceil(updates / conversations.length);
    await Promise.all(conversations.map((pair) => converse(stage, pair, perChat)));
    over.abort();
    const { kills, cuts } = await killing;
    stopFaults();
    await sent(stage);
    const outcome = conversations
      .map(({ chatId }) => judge(stage, chatId, perChat, kills))
      .reduce(sum, none);
    const seconds = Math.round((performance.now() - started) / 1000);
    const { lost, doubled, repeats } = outcome;
    process.stdout.write(
      `\nsoak: ${perChat * conversations.length} updates, ${kills.length} kills, ${cuts} cuts, ${seconds} s: ` +
        `${lost} lost, ${doubled} doubled, ${repeats} marked repeats\n`,
    );
    return outcome;
  } finally {
    over.abort();
    await proxy.close();
    await stage.clear();
  }
}

function beginFaults({ telegram }: Stage): () => void {
  const stops = [
    telegram.fault({ kind: "429", retryAfter: 1, share: 0.05 }),
    telegram.fault({ kind: "5xx", status: 502, html: true, share: 0.05 }),
    telegram.fault({ kind: "reset-before", share: 0.01 }),
    telegram.fault({ kind: "reset-after", share: 0.01 }),
  ];
  return () => stops.forEach((stop) => stop());
}

async function killAndCut(stage: Stage, proxy: Proxy, signal: AbortSignal) {
  const kills: number[] = [];
  let cuts = 0;
  while (!signal.aborted) {
    kills.push(Date.now());
    await stage.stop("SIGKILL");
    stage.launch({ OPENCODE_API_URL: proxy.url });
    const lifeMs = shortestLifeMs + Math.random() * (longestLifeMs - shortestLifeMs);
    await pause(lifeMs / 2, undefined, { signal }).catch(() => undefined);
    proxy.cut();
    cuts += 1;
    await pause(lifeMs / 2, undefined, { signal }).catch(() => undefined);
  }
  return { kills, cuts };
}

/** Writes the messages of one conversation, never more than `mostOpen` ahead of the answers. */
async function converse(stage: Stage, pair: Pair, messages: number): Promise<void> {
  const { telegram } = stage;
  const { chatId } = pair;
  let answered = 0;
  const answeredUpTo = (enough: number) =>
    telegram.until(() => {
      answered = answeredFrom(telegram, chatId, answered);
      return answered >= enough ? true : undefined;
    }, limitMs);
  for (let n = 0; n < messages; n += 1) {
    if (n > 0 && n % sessionLength === 0) {
      await answeredUpTo(n);
      await startAnew(stage, pair);
    }
    telegram.operatorSends({ chatId, text: textOf(chatId, n) });
    await answeredUpTo(n - mostOpen + 1);
  }
  await answeredUpTo(messages);
}

async function startAnew({ telegram }: Stage, { chatId, agent }: Pair): Promise<void> {
  const steps: [string, RegExp][] = [
    [`/stop ${agent}`, / stopped\. /],
    [`/start ${agent}`, /What you write goes to it\./],
  ];
  for (const [text, done] of steps) {
    const since = telegram.mark();
    telegram.operatorSends({ chatId, text });
    await telegram.shown((message) => done.test(message.text), {
      since,
      chatId,
      timeoutMs: limitMs,
    });
  }
}

function answeredFrom(telegram: Stage["telegram"], chatId: number, from: number): number {
  const shown = botTexts(telegram, chatId);
  let answered = from;
  while (isShown(`heard ${textOf(chatId, answered)}`, shown)) answered += 1;
  return answered;
}

function judge(stage: Stage, chatId: number, messages: number, kills: number[]): Outcome {
  const shown = botTexts(stage.telegram, chatId);
  const prompts = Array.from({ length: messages }, (_, n) => textOf(chatId, n));
  const outcomes = prompts.flatMap((prompt) => {
    const answer = `heard ${prompt}`;
    const calls = callsOf(stage, chatId, answer);
    const asked = ofPrompt(begun(stage, prompt));
    const heard = ofText(answer, shown, unheard(calls, kills));
    const { lost, doubled } = sum(asked, heard);
    if (lost + doubled > 0 || heard.repeats > 1) {
      process.stderr.write(story(prompt, begun(stage, prompt), calls, kills));
    }
    return [asked, heard];
  });
  const order = stage.model.requests.map(({ prompt }) => prompt);
  const answers = prompts.map((prompt) => `heard ${prompt}`);
  const misplaced = outOfOrder(prompts, order) + outOfOrder(answers, shown);
  return sum(outcomes.reduce(sum, none), { ...none, lost: misplaced });
}

/** What happened to a message that a fault hit more than once, for whoever wants to know why. */
function story(prompt: string, times: number, calls: ApiCall[], kills: number[]): string {
  const [first = 0, last = 0] = [calls[0]?.at, calls.at(-1)?.at];
  const ends = kills.filter((kill) => kill > first - 1000 && kill < last);
  const lines = [
    ...calls.map(({ at, status, payload }) => ({
      at,
      what: `${status} ${String(payload["text"])}`,
    })),
    ...ends.map((at) => ({ at, what: "killed" })),
  ];
  const told = lines.toSorted((a, b) => a.at - b.at).map(({ at, what }) => `${at - first} ${what}`);
  return `${prompt} begun ${times} times; ms, status and text of each call: ${told.join("; ")}\n`;
}

function callsOf({ telegram }: Stage, chatId: number, answer: string) {
  return telegram.calls.filter(
    ({ method, payload }) =>
      method === "sendMessage" &&
      Number(payload["chat_id"]) === chatId &&
      String(payload["text"]).startsWith(answer),
  );
}

/** How many of `expected` come before their predecessor in `actual`, by first appearance. */
function outOfOrder(expected: readonly string[], actual: readonly string[]): number {
  const places = expected.map((text) =>
    actual.findIndex((one) => one === text || one.startsWith(`${text} `)),
  );
  return places.filter((place, n) => n > 0 && place < (places[n - 1] ?? 0)).length;
}

function botTexts(telegram: Stage["telegram"], chatId: number): string[] {
  return telegram.chat(chatId).flatMap(({ from, text }) => (from === "bot" ? text : []));
}

const textOf = (chatId: number, n: number) => `soak ${chatId} ${n}.`;
