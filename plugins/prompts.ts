import fp from "fastify-plugin";
import { Destinations } from "../src/prompts/destination.ts";
import { prunePrompts, Prompts } from "../src/prompts/prompts.ts";

declare module "fastify" {
  interface FastifyInstance {
    prompts: Prompts;
    destinations: Destinations;
  }
}

/** What operators sent to agents, and where the agents' words go. */
export default fp(
  async (app) => {
    app.decorate("prompts", new Prompts(app.store));
    app.decorate("destinations", new Destinations(app.config.telegram.allowedChats));
    app.pruner.add(prunePrompts);
  },
  { name: "prompts", dependencies: ["store"] },
);
