import fp from "fastify-plugin";
import { SessionTree } from "../src/opencode/session-reader.ts";
import { OpencodeClient } from "../src/opencode/client.ts";

declare module "fastify" {
  interface FastifyInstance {
    opencode: OpencodeClient;
    sessionTree: SessionTree;
  }
}

/** The client of the opencode server. */
export default fp(
  async (app) => {
    const { url, username, password } = app.config.opencode;
    const client = new OpencodeClient({ url, username, password });
    app.decorate("opencode", client);
    app.decorate("sessionTree", new SessionTree(client));
  },
  { name: "opencode" },
);
