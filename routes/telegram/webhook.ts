import type { FastifyPluginAsync } from "fastify";
import { crashPoint } from "../../src/crash.ts";
import { Refusal } from "../../src/errors.ts";
import { inboxLane } from "../../src/inbox/lanes.ts";
import { type IgnoredBecause, ignoredBecause } from "../../src/access/operators.ts";
import { parseUpdate } from "../../src/inbox/update-shape.ts";

const retryAfterSeconds = 5;

/**
 * `POST /telegram/webhook`: secret, shape, sender, commit, 200. The answer is empty, since Telegram
 * would run a JSON answer as a call; a stranger gets the same answer as an operator.
 */
const webhook: FastifyPluginAsync = async (app) => {
  const { allowed } = app;
  const find = (name: string) => app.commands.find((one) => one.name === name);
  const ahead = {
    isFast: (name: string) => find(name)?.isFast ?? false,
    isUrgent: (name: string) => find(name)?.isUrgent ?? false,
  };
  const ignored = new Map<IgnoredBecause, number>();

  // The body is stored as it came, so it is not parsed here.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));

  // What was refused before or in the handler below.
  app.addHook("onError", async (_request, _reply, { statusCode = 500 }) => {
    app.inbox.emit("arrived", statusCode < 500 ? "refused" : "not stored");
  });

  app.addHook("onResponse", async () => crashPoint("update answered"));

  app.post<{ Body: string | undefined }>(
    "/webhook",
    { onRequest: app.requireTelegramSecret },
    async (request, reply) => {
      const body = request.body ?? "";
      const update = parseUpdate(body);
      if (!update) throw new Refusal(400, "This is not an update.");
      const reason = ignoredBecause(update, allowed);
      if (reason) {
        const count = (ignored.get(reason) ?? 0) + 1;
        ignored.set(reason, count);
        // Only an allowed user gets this far, and finds the id of a group here after adding the bot to it.
        const chatId = reason === "chat not allowed" ? update.message?.chat.id : undefined;
        request.log.info({ reason, count, chatId }, "an update was ignored");
        app.inbox.emit("arrived", "ignored");
        return reply.code(200).send();
      }
      try {
        const isNew = await app.inbox.add(update.update_id, inboxLane(update, ahead), body);
        app.inbox.emit("arrived", isNew ? "stored" : "repeated");
      } catch (error) {
        request.log.error({ err: error }, "an update could not be stored");
        reply.header("retry-after", retryAfterSeconds);
        throw new Refusal(503, "The update cannot be stored now. Send it again.");
      }
      crashPoint("update stored");
      return reply.code(200).send();
    },
  );
};

export default webhook;
