import { Refusal } from "../../errors.ts";
import type { Catalog } from "../../opencode/catalog.ts";
import type { Opencode } from "../../opencode/client.ts";
import type { Controls } from "../../opencode/controls.ts";
import { contextOf } from "../../opencode/usage.ts";
import { texts } from "../../texts/texts.ts";
import type { AgentArgumentServices } from "../agent-argument.ts";
import type { Command } from "../context.ts";
import { sessionErrand } from "../session-errand.ts";

/** What `/compact` needs. */
export interface CompactServices extends AgentArgumentServices {
  opencode: Pick<Opencode, "messages">;
  opencodeControls: Pick<Controls, "summarize">;
  catalog: Pick<Catalog, "providers">;
}

// fetch gives up then.
const longestMs = 300_000;
const conflict = 409;
const newest = 20;

/** Lets the model that answered last sum the session up, which frees its context. */
export const compact = (services: CompactServices): Command =>
  sessionErrand(services, {
    name: "compact",
    description: texts.commands.compact,
    details: texts.details.compact,
    isRepeatable: false,
    progress: texts.sessions.compacting,
    async perform({ agent, signal }) {
      const { opencode, opencodeControls, catalog } = services;
      const messages = await opencode.messages(agent.sessionId, newest);
      const use = contextOf(messages, await catalog.providers(agent.directory));
      if (!use) throw new Refusal(conflict, texts.sessions.noModel);
      await opencodeControls.summarize(agent, use.model, { timeoutMs: longestMs, signal });
      return { text: texts.sessions.compacted({ agent: agent.name }) };
    },
  });
