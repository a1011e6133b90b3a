import fp from "fastify-plugin";
import { CallTurns } from "../src/opencode/call-turns.ts";
import { CallPrompts } from "../src/prompts/call-prompts.ts";
import { Destinations } from "../src/prompts/destination.ts";
import { Prompts } from "../src/prompts/prompts.ts";
import { prunePrompts } from "../src/prompts/prune.ts";
import { receiveAnew } from "../src/prompts/receive-anew.ts";
import { pruneReactions } from "../src/prompts/reacted.ts";

declare module "fastify" {
  interface FastifyInstance {
    prompts: Prompts;
    destinations: Destinations;
    callPrompts: CallPrompts;
  }
}

/** What operators sent to agents, and where the agents' words go. */
export default fp(
  async (app) => {
    app.decorate("prompts", new Prompts(app.store));
    app.decorate("destinations", new Destinations(app.allowed.chats));
    const turns = new CallTurns({ client: app.opencode, tree: app.sessionTree });
    app.decorate("callPrompts", new CallPrompts(app.store, turns));
    app.addHook("onReady", () => receiveAnew(app.store));
    app.pruner.add(prunePrompts);
    app.pruner.add(pruneReactions);
  },
  { name: "prompts", dependencies: ["access", "store", "opencode"] },
);
