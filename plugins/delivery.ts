import fp from "fastify-plugin";
import { ApiPath } from "../src/delivery/api-path.ts";
import { CommandPath } from "../src/delivery/command-path.ts";
import { Delivery } from "../src/delivery/delivery.ts";
import { PromptModes } from "../src/delivery/prompt-mode.ts";
import { TmuxPath, type TypingPath } from "../src/delivery/tmux-path.ts";
import { isAsked } from "../src/prompts/asked.ts";
import { SessionMessages } from "../src/opencode/messages.ts";
import { StoredParts } from "../src/opencode/stored-parts.ts";

declare module "fastify" {
  interface FastifyInstance {
    apiPath: ApiPath;
    promptModes: PromptModes;
    delivery: Delivery;
  }
}

/** What a test may do otherwise. */
export interface DeliveryPluginOptions {
  tmuxPath?: TypingPath;
  /** See `ApiPathOptions`. */
  storedWithinMs?: number;
}

/** A prompt into opencode, once: typed into the agent's terminal, or posted. */
export default fp<DeliveryPluginOptions>(
  async (app, { tmuxPath: otherPath, storedWithinMs }) => {
    const { store, agents, prompts, tmux, terminals, sessionReader: sessions } = app;
    const { promptContents: contents } = app;
    const { opencode: client, opencodeControls: controls, catalog, activity } = app;
    const { opencode, delivery: first, shell } = app.config;
    const log = app.log.child({ module: "delivery" });
    const { model, variant } = opencode;
    const modes = new PromptModes({
      agents,
      client: app.knownSessions,
      catalog,
      terminals: first === "tmux" ? terminals : undefined,
      defaults: { model, variant },
      isAsked: (agent, id) => store.read((transaction) => isAsked(transaction, agent, [id])),
      log,
    });
    const wait = storedWithinMs === undefined ? {} : { storedWithinMs };
    const storedParts = new StoredParts(app.events);
    const apiPath = new ApiPath({ client, activity, storedParts, modes, contents, ...wait });
    const allowsShell = shell.isAllowed;
    const commands = { prompts, client, controls, modes, activity, allowsShell };
    const commandPath = new CommandPath({ ...commands, ...wait });
    const messages = new SessionMessages(client, activity);
    const tmuxPath =
      otherPath ?? new TmuxPath({ tmux, terminals, messages, sessions, prompts, log });
    const paths = { tmux: tmuxPath, api: apiPath, command: commandPath };
    app.decorate("promptModes", modes);
    app.decorate("apiPath", apiPath);
    app.decorate("delivery", new Delivery({ prompts, client, paths, modes, first, log }));
  },
  { name: "delivery", dependencies: ["opencode", "tmux", "host", "prompts", "uploads"] },
);
