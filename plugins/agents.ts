import fp from "fastify-plugin";
import { Agents } from "../src/agents/agents.ts";
import { Conversations } from "../src/agents/conversations.ts";

declare module "fastify" {
  interface FastifyInstance {
    agents: Agents;
    conversations: Conversations;
  }
}

/** Which agents exist, and who talks to whom. */
export default fp(
  async (app) => {
    app.decorate("agents", new Agents(app.store, app.sessionTree));
    app.decorate("conversations", new Conversations(app.store));
  },
  { name: "agents", dependencies: ["store", "opencode"] },
);
