import type { Agent } from "../../agents/agents.ts";
import type { Logger } from "../../log.ts";
import type { SessionMessage } from "../../opencode/client.ts";
import type { Controls } from "../../opencode/controls.ts";
import { isMissing } from "../../opencode/errors.ts";
import type { SessionRef } from "../../opencode/session-reader.ts";
import { dayOf, type Usage, usageOf, usageOfDay } from "../../opencode/usage.ts";
import { type PromptedSession, sessionsSince } from "../../prompts/sessions.ts";
import type { Store } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import { opencodeSilent } from "../again.ts";
import { agentArgument, type AgentArgumentServices } from "../agent-argument.ts";
import { askOpencode } from "../ask-opencode.ts";
import { answer, type BotContext, type Command, show } from "../context.ts";

/** What `/cost` needs. */
export interface CostServices extends AgentArgumentServices {
  opencodeControls: Pick<Controls, "allMessages" | "children">;
  store: Store;
  log: Logger;
}

const ofAll = "all";
// A turn that ran over midnight was begun at most so long before.
const longestTurnMs = 24 * 60 * 60_000;

/**
 * What an agent cost: its last turn, its session, and today in all of its sessions, by model; or today in all
 * sessions of all agents. Subagents are included.
 */
export const cost = (services: CostServices): Command => ({
  name: "cost",
  group: "changes",
  argument: texts.arguments.cost,
  description: texts.commands.cost,
  details: texts.details.cost,
  isFast: true,
  async run(context, argument) {
    if (argument === ofAll) return costOfAll(context, services);
    const agent = await agentArgument(context, services, "cost", argument);
    if (!agent) return;
    const ids = sessionsOf(agent, await promptedToday(services));
    const read = readAll(services, agent, ids);
    const sessions = await askOpencode(read, services.log);
    if (!sessions) return opencodeSilent(context, agent);
    const words = texts.changes;
    const own = sessions[ids.findIndex((id) => id === agent.sessionId)];
    const { session, turns, models } = usageOf(own?.messages ?? [], own?.children);
    const now = dayOf(Date.now());
    const today = usageOfDay(now, sessions.flatMap(all));
    const worked = sessions.filter((one) => usageOfDay(now, all(one)).models.length > 0);
    const last = turns.at(-1);
    const day = words.today({ agent: agent.name, sessions: worked.length });
    const lines = [
      ...(last ? [line(words.lastTurn, last.usage)] : []),
      ...(last ? [line(words.session, session), ...linesOf(models)] : []),
      ...(today.models.length > 0 ? [line(day, today.usage), ...linesOf(today.models)] : []),
    ];
    const text = lines.length > 0 ? lines.join("\n") : words.noCost({ agent: agent.name });
    const everyone = { label: texts.bot.labels.costOfAll, command: "cost", argument: ofAll };
    show(context, { text, buttons: [[everyone]] });
  },
});

/** Today in all sessions of all agents, by agent and by model. */
async function costOfAll(context: BotContext, services: CostServices): Promise<void> {
  const prompted = await promptedToday(services);
  const agents = await agentsToday(services, prompted);
  const read = Promise.all(
    agents.map((agent) => readAll(services, agent, sessionsOf(agent, prompted))),
  );
  const found = await askOpencode(read, services.log);
  if (!found) return opencodeSilent(context);
  const now = dayOf(Date.now());
  const words = texts.changes;
  const each = found.map((sessions) => usageOfDay(now, sessions.flatMap(all)));
  const { models, usage } = usageOfDay(now, found.flat().flatMap(all));
  if (models.length === 0) return answer(context, words.noCostOfAll);
  const worked = each.filter((one) => one.models.length > 0);
  show(context, {
    text: [
      line(words.todayOfAll({ agents: worked.length }), usage),
      ...linesOf(models),
      ...agents.flatMap(({ name }, index) => {
        const one = each[index];
        return one && one.models.length > 0 ? [line(name, one.usage)] : [];
      }),
    ].join("\n"),
  });
}

/** A session's messages, and those of its subagents. */
interface Read {
  messages: SessionMessage[];
  children: SessionMessage[][];
}

const all = ({ messages, children }: Read) => [messages, ...children];

/** The sessions that prompts went to today, or that a turn from yesterday may have run in. */
function promptedToday({ store }: CostServices): Promise<PromptedSession[]> {
  const since = new Date().setHours(0, 0, 0, 0) - longestTurnMs;
  return store.read((transaction) => sessionsSince(transaction, since));
}

/** Those of an agent, and the one it has. */
function sessionsOf({ name, sessionId }: Agent, prompted: readonly PromptedSession[]): string[] {
  const own = prompted.filter(({ agent }) => agent === name).map((one) => one.sessionId);
  return [...new Set([...(sessionId === undefined ? [] : [sessionId]), ...own])];
}

/** The agents that may have worked today. */
async function agentsToday(
  { agents }: CostServices,
  prompted: readonly PromptedSession[],
): Promise<Agent[]> {
  const active = await agents.active();
  const names = new Set([...active.map(({ name }) => name), ...prompted.map(({ agent }) => agent)]);
  const found = await Promise.all([...names].map((name) => agents.get(name)));
  return found.flatMap((agent) => agent ?? []);
}

function readAll(
  services: CostServices,
  { directory }: Agent,
  sessionIds: readonly string[],
): Promise<Read[]> {
  return Promise.all(sessionIds.map((sessionId) => readOne(services, { sessionId, directory })));
}

/** One that opencode no longer has cost nothing that can be told. */
async function readOne({ opencodeControls }: CostServices, session: SessionRef): Promise<Read> {
  try {
    const [messages, children] = await Promise.all([
      opencodeControls.allMessages(session),
      opencodeControls.children(session),
    ]);
    const theirs = children.map(({ id, directory = session.directory }) =>
      opencodeControls.allMessages({ sessionId: id, directory }),
    );
    return { messages, children: await Promise.all(theirs) };
  } catch (error) {
    if (isMissing(error)) return { messages: [], children: [] };
    throw error;
  }
}

function linesOf(models: { model: string; usage: Usage }[]): string[] {
  return models.map(({ model, usage }) => texts.changes.costOfModel({ line: line(model, usage) }));
}

function line(what: string, { cost: dollars, ...counts }: Usage): string {
  const sum = Object.values(counts).reduce((total, count) => total + count, 0);
  const tokens = sum.toLocaleString("en-US");
  return texts.changes.cost({ what, cost: `$${dollars.toFixed(4)}`, tokens });
}
