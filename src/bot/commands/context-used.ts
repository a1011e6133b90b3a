import type { Logger } from "../../log.ts";
import type { Catalog } from "../../opencode/catalog.ts";
import type { Opencode } from "../../opencode/client.ts";
import { contextOf } from "../../opencode/usage.ts";
import { texts } from "../../texts/texts.ts";
import { opencodeSilent } from "../again.ts";
import { aboutAgent } from "../agent-buttons.ts";
import { type AgentArgumentServices, startedAgent } from "../agent-argument.ts";
import { askOpencode } from "../ask-opencode.ts";
import { answer, type Command, show } from "../context.ts";

/** What `/context` needs. */
export interface ContextServices extends AgentArgumentServices {
  opencode: Pick<Opencode, "messages">;
  catalog: Pick<Catalog, "providers">;
  log: Logger;
}

const newest = 20;

/** How much of the model's context is used. */
export const contextUsed = (services: ContextServices): Command => ({
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
    if (!messages || !providers) return opencodeSilent(context, agent);
    const use = contextOf(messages, providers);
    if (!use) return answer(context, texts.changes.noContext);
    const used = tokens(use.used);
    const { limit } = use;
    const words = texts.changes;
    show(context, {
      agent: aboutAgent(agent),
      text:
        limit === undefined
          ? words.contextNoLimit({ used })
          : words.context({
              used,
              limit: tokens(limit),
              percent: Math.round((100 * use.used) / limit),
            }),
      buttons: [[{ label: texts.bot.labels.compact, command: "compact" }]],
    });
  },
});

function tokens(count: number): string {
  return count.toLocaleString("en-US");
}
