import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { defaultAgent } from "../src/agents/agents.ts";
import { Refusal } from "../src/errors.ts";
import { pathsOf } from "../src/prompts/files.ts";
import type { Prompt } from "../src/prompts/prompt.ts";

const most = 100;

/**
 * `GET /messages?session=&agent=&after=`: what operators wrote to an agent, oldest first: the newest
 * 100, or with `after`, the id of a message, the 100 that followed it. An agent reads its own. A message that came
 * with files has `files`, the paths of those that are there.
 */
const messages: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook("onRequest", app.requireLocal);
  app.addHook("onRequest", app.requireCaller);

  /** Most have no files, so that nothing more is read of them. */
  async function shown({ id, text, label, sentAt, state }: Prompt) {
    const message = { id, text, sent_at: new Date(sentAt).toISOString(), state };
    if (label === "") return message;
    const files = await app.store.read((transaction) => pathsOf(transaction, id));
    return { ...message, files };
  }

  app.get(
    "/messages",
    {
      schema: {
        querystring: {
          type: "object",
          properties: {
            agent: { type: "string" },
            session: { type: "string" },
            after: { type: "integer", minimum: 0 },
          },
        },
      },
    },
    async (request) => {
      const { agent, session, after } = request.query;
      const asking = await app.replies.speaker(request.caller, { agent, session });
      if (session !== undefined && asking === undefined) {
        throw new Refusal(404, "There is no agent with that session.");
      }
      const written = await app.prompts.written(asking ?? defaultAgent, after, most);
      return { messages: await Promise.all(written.map(shown)) };
    },
  );
};

export default messages;
