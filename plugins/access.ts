import type { FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { Allowed } from "../src/access/allowed.ts";
import { type Caller, requireCaller } from "../src/access/callers.ts";
import { isLocal } from "../src/access/local.ts";
import { isSecret } from "../src/access/secrets.ts";
import { revokeAccess } from "../src/bot/revoke-access.ts";
import { Refusal } from "../src/errors.ts";

type Guard = (request: FastifyRequest) => Promise<void>;

declare module "fastify" {
  interface FastifyInstance {
    /** Whose words count. */
    allowed: Allowed;
    /** Refuses a request without the webhook's secret with 401. */
    requireTelegramSecret: Guard;
    /** Refuses a request from another machine, through a proxy or under another name with 403. */
    requireLocal: Guard;
    /** Refuses a request without an agent's token or the machine's own with 401; sets the caller. */
    requireCaller: Guard;
  }
  interface FastifyRequest {
    caller: Caller | null; // set by requireCaller
  }
}

/**
 * Who may use which route; each guard is an `onRequest` hook, so it runs before a body is read. What
 * is still open of users and chats that lost their access is given up before anything moves.
 */
export default fp(
  async (app) => {
    const { secret, allowedChats: chats, allowedUsers: users } = app.config.telegram;
    const allowed = new Allowed({ chats, users }, app.settings);
    const ofAgent = (id: string) => app.agents.speakerOf(id);
    const tokens = { machine: app.replyToken, ofAgent };

    app.decorate("allowed", allowed);
    app.decorate("requireTelegramSecret", async (request) => {
      const given = request.headers["x-telegram-bot-api-secret-token"];
      if (!isSecret(given, secret)) throw new Refusal(401, "The secret is missing or wrong.");
    });
    app.decorate("requireLocal", async ({ ip, headers, socket }) => {
      if (isLocal({ ip, headers, port: socket.localPort })) return;
      throw new Refusal(403, "This is only for programs on this machine.");
    });
    app.decorateRequest("caller", null);
    app.decorate("requireCaller", async (request) => {
      request.caller = await requireCaller(request.headers.authorization, tokens);
    });
    app.addHook("onReady", async () => {
      await allowed.load();
      const revoked = await revokeAccess(app.store, allowed);
      if (Object.values(revoked).every((count) => count === 0)) return;
      app.log.warn(revoked, "what was open of users and chats no longer allowed is given up");
    });
  },
  { name: "access", dependencies: ["store"] },
);
