import type { SessionMessage } from "./client.ts";
import type { Provider } from "./models.ts";
import { turnsIn } from "./turns.ts";
import { type Answer, isAnswer } from "./turn-status.ts";

/** What answers of models cost. */
export interface Usage {
  /** In dollars, by the prices opencode knows; 0 where it knows none. */
  cost: number;
  /** Tokens. Those read from the provider's cache are not in `input`. */
  input: number;
  output: number;
  reasoning: number;
  cacheRead: number;
  cacheWrite: number;
}

/** What a session cost. */
export interface UsageReport {
  session: Usage;
  /** Oldest first; `messageId` began the turn. */
  turns: { messageId: string; startedAt: number; usage: Usage }[];
  /** Oldest first; a day is `2026-11-26` in the time zone of this process. */
  days: { day: string; usage: Usage }[];
  /** The dearest first, then the one with the most tokens; `provider/model`. */
  models: { model: string; usage: Usage }[];
}

/** How full the context of a session is. */
export interface ContextUse {
  /** Tokens. */
  used: number;
  /** The model's limit; undefined where opencode does not know it. */
  limit: number | undefined;
  /** `provider/model`. */
  model: string;
}

const nothing: Usage = {
  cost: 0,
  input: 0,
  output: 0,
  reasoning: 0,
  cacheRead: 0,
  cacheWrite: 0,
};

/** The sum. */
export function sumUsage(usages: readonly Usage[]): Usage {
  const sum = { ...nothing };
  for (const usage of usages) {
    for (const key of Object.keys(sum) as (keyof Usage)[]) sum[key] += usage[key];
  }
  return sum;
}

/**
 * What the answers in `messages` cost: in all, by turn, by day and by model. opencode 1.18 stores cost
 * and tokens with each assistant message, undone ones and failed ones too. What subagents cost is in
 * their own sessions: give their messages as `children`; they count for the turn they ran in.
 */
export function usageOf(
  messages: SessionMessage[],
  children: SessionMessage[][] = [],
): UsageReport {
  const turns = turnsIn(messages).flatMap(([first, ...rest]) =>
    first
      ? { messageId: first.info.id, startedAt: first.info.time.created, answers: [first, ...rest] }
      : [],
  );
  const delegated = children.flat();
  for (const message of delegated) {
    turns
      .findLast(({ startedAt }) => startedAt <= message.info.time.created)
      ?.answers.push(message);
  }
  const answers = [...messages, ...delegated].filter(isAnswer);
  return {
    session: usageOfAll(answers),
    turns: turns.map(({ messageId, startedAt, answers: own }) => ({
      messageId,
      startedAt,
      usage: usageOfAll(own.filter(isAnswer)),
    })),
    days: grouped(answers, ({ info }) => dayOf(info.time.created))
      .map(([day, usage]) => ({ day, usage }))
      .toSorted((a, b) => (a.day < b.day ? -1 : 1)),
    models: byModel(answers),
  };
}

/**
 * What the answers of one day (see `dayOf`) cost, in all and by model, in several sessions together. A copy of
 * a session has the answers of the first one, with their times: they count once.
 */
export function usageOfDay(
  day: string,
  sessions: readonly SessionMessage[][],
): Pick<UsageReport, "models"> & { usage: Usage } {
  const ofDay = sessions
    .flat()
    .filter(isAnswer)
    .filter(({ info }) => dayOf(info.time.created) === day);
  const answers = [...new Map(ofDay.map((answer) => [copyKey(answer), answer])).values()];
  return { usage: usageOfAll(answers), models: byModel(answers) };
}

/**
 * How full the context is by the newest answer that tells its tokens; undefined before there is one.
 * After a summary only the summary is left of what went before. `messages` are the newest, oldest
 * first, without those that are undone.
 */
export function contextOf(
  messages: SessionMessage[],
  providers: readonly Provider[],
): ContextUse | undefined {
  const newest = messages.filter(isAnswer).findLast((answer) => tokensOf(usageIn(answer)) > 0);
  if (!newest) return undefined;
  const { providerID, modelID, summary } = newest.info;
  const usage = usageIn(newest);
  const provider = providers.find(({ id }) => id === providerID);
  return {
    used: summary ? usage.output : tokensOf(usage),
    limit: provider?.models[modelID]?.limit?.context || undefined,
    model: modelOf(newest),
  };
}

/** The same for an answer and its copies, which have other ids. */
function copyKey({ info: { time, providerID, modelID, cost, tokens } }: Answer): string {
  return JSON.stringify([time, providerID, modelID, cost, tokens]);
}

function byModel(answers: Answer[]): UsageReport["models"] {
  return grouped(answers, modelOf)
    .map(([model, usage]) => ({ model, usage }))
    .toSorted((a, b) => b.usage.cost - a.usage.cost || tokensOf(b.usage) - tokensOf(a.usage));
}

function usageOfAll(answers: Answer[]): Usage {
  return sumUsage(answers.map(usageIn));
}

function usageIn({ info: { cost, tokens } }: Answer): Usage {
  const { input, output, reasoning, cache } = tokens;
  return { cost, input, output, reasoning, cacheRead: cache.read, cacheWrite: cache.write };
}

function tokensOf({ input, output, reasoning, cacheRead, cacheWrite }: Usage): number {
  return input + output + reasoning + cacheRead + cacheWrite;
}

function grouped(answers: Answer[], keyOf: (answer: Answer) => string): [string, Usage][] {
  const groups = Map.groupBy(answers, keyOf);
  return [...groups].map(([key, members]) => [key, usageOfAll(members)]);
}

function modelOf({ info: { providerID, modelID } }: Answer): string {
  return `${providerID}/${modelID}`;
}

/** The day of a time (ms since the epoch), as in `UsageReport.days`. */
export function dayOf(at: number): string {
  const date = new Date(at);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
