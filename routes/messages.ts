import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { defaultAgent } from "../src/agents/agents.ts";
import { Refusal } from "../src/errors.ts";

const most = 100;

/** `GET /messages?agent=&after=`: what operators wrote to an agent, oldest first, 100 at a time. */
const messages: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook("onRequest", app.requireLocal);
  app.addHook("onRequest", app.requireReplyToken);

  app.get(
    "/messages",
    {
      schema: {
        querystring: {
          type: "object",
          required: ["agent", "after"],
          properties: {
            agent: { type: "string", default: defaultAgent },
            after: { type: "integer", default: 0, minimum: 0 },
          },
        },
      },
    },
    async (request) => {
      const { agent, after } = request.query;
      const { agents, prompts } = app.parts;
      if (!(await agents.get(agent))) throw new Refusal(404, "There is no agent of that name.");
      const written = await prompts.written(agent, after, most);
      return {
        messages: written.map(({ id, text, sentAt, state }) => ({
          id,
          text,
          sent_at: new Date(sentAt).toISOString(),
          state,
        })),
      };
    },
  );
};

export default messages;
