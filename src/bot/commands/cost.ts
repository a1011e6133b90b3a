import type { Logger } from "../../log.ts";
import type { Catalog } from "../../opencode/catalog.ts";
import type { Opencode, SessionMessage } from "../../opencode/client.ts";
import type { Controls } from "../../opencode/controls.ts";
import { contextOf, dayOf, type Usage, usageOf } from "../../opencode/usage.ts";
import { texts } from "../../texts/texts.ts";
import { askOpencode } from "../ask-opencode.ts";
import { type AgentArgumentServices, startedAgent } from "../agent-argument.ts";
import { answer, type Command, show } from "../context.ts";

/** What `/cost` and `/context` need. */
export interface CostServices extends AgentArgumentServices {
  opencode: Pick<Opencode, "messages">;
  opencodeControls: Pick<Controls, "allMessages" | "children">;
  catalog: Pick<Catalog, "providers">;
  log: Logger;
}

const newest = 20;

/** What the session cost: its last turn, all of it, today, and by model; its subagents included. */
export const cost = (services: CostServices): Command => ({
  name: "cost",
  group: "changes",
  description: texts.commands.cost,
  isFast: true,
  async run(context) {
    const agent = await startedAgent(context, services);
    if (!agent) return;
    const read = readAll(services, agent);
    const [messages, children] = (await askOpencode(read, services.log)) ?? [];
    if (!messages) return answer(context, texts.bot.opencodeSilent);
    const { session, turns, days, models } = usageOf(messages, children);
    if (turns.length === 0) return answer(context, texts.changes.noCost);
    const words = texts.changes;
    const last = turns.at(-1);
    const today = days.find(({ day }) => day === dayOf(Date.now()));
    const lines = [
      ...(last ? [line(words.lastTurn, last.usage)] : []),
      line(words.session, session),
      ...(today ? [line(words.today, today.usage)] : []),
      ...models.map(({ model, usage }) => line(model, usage)),
    ];
    show(context, { text: lines.join("\n") });
  },
});

/** How much of the model's context is used. */
export const contextUsed = (services: CostServices): Command => ({
  name: "context",
  group: "changes",
  description: texts.commands.context,
  isFast: true,
  async run(context) {
    const agent = await startedAgent(context, services);
    if (!agent) return;
    const { opencode, catalog, log } = services;
    const read = Promise.all([
      opencode.messages(agent.sessionId, newest),
      catalog.providers(agent.directory),
    ]);
    const [messages, providers] = (await askOpencode(read, log)) ?? [];
    if (!messages || !providers) return answer(context, texts.bot.opencodeSilent);
    const use = contextOf(messages, providers);
    if (!use) return answer(context, texts.changes.noContext);
    const used = tokens(use.used);
    if (use.limit === undefined) return answer(context, texts.changes.contextNoLimit({ used }));
    const percent = Math.round((100 * use.used) / use.limit);
    answer(context, texts.changes.context({ used, limit: tokens(use.limit), percent }));
  },
});

async function readAll(
  { opencodeControls }: CostServices,
  agent: { sessionId: string; directory: string },
): Promise<[SessionMessage[], SessionMessage[][]]> {
  const [messages, children] = await Promise.all([
    opencodeControls.allMessages(agent),
    opencodeControls.children(agent),
  ]);
  const theirs = children.map(({ id, directory = agent.directory }) =>
    opencodeControls.allMessages({ sessionId: id, directory }),
  );
  return [messages, await Promise.all(theirs)];
}

function line(what: string, { cost: dollars, ...counts }: Usage): string {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return texts.changes.cost({ what, cost: `$${dollars.toFixed(4)}`, tokens: tokens(all) });
}

function tokens(count: number): string {
  return count.toLocaleString("en-US");
}
