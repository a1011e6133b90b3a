import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Refusal } from "../src/errors.ts";

/**
 * `GET /agent-token?session=`: the token by which the agent of an opencode session speaks; a subagent's
 * session has that of its root. For opencode's plugin, which reads the machine's own token from its file.
 */
const agentToken: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook("onRequest", app.requireLocal);
  app.addHook("onRequest", app.requireCaller);

  app.get(
    "/agent-token",
    {
      schema: {
        querystring: {
          type: "object",
          required: ["session"],
          properties: { session: { type: "string", minLength: 1, maxLength: 128 } },
        },
      },
    },
    async (request) => {
      if (request.caller?.kind !== "program") {
        throw new Refusal(403, "Only opencode's plugin may ask for a token.");
      }
      const agent = await app.agents.ofSession(request.query.session).catch((error: unknown) => {
        throw new Refusal(503, "opencode does not answer whose session it is.", { cause: error });
      });
      const { name, sessionId } = agent ?? {};
      const token = name && sessionId && (await app.agents.issueToken(name, sessionId));
      if (!token) throw new Refusal(404, "There is no agent with that session.");
      return { token };
    },
  );
};

export default agentToken;
