import type { UserFromGetMe } from "grammy/types";
import fp from "fastify-plugin";
import { InboxWorker } from "../src/inbox/worker.ts";
import { say } from "../src/outbox/say.ts";
import { createApi } from "../src/telegram/api.ts";
import { createBot } from "../src/bot/bot.ts";
import { commands } from "../src/bot/commands/index.ts";
import { conversationOf } from "../src/chat/conversation.ts";
import { Registration } from "../src/telegram/registration.ts";

declare module "fastify" {
  interface FastifyInstance {
    inboxWorker: InboxWorker;
    registration: Registration;
  }
}

const givenUp = "This message could not be handled. Send it again, or ask /status.";

/** The bot: its registration with Telegram, and the worker that hands it the inbox. */
export default fp(
  async (app) => {
    const { telegram } = app.config;
    const log = app.log.child({ module: "telegram" });
    const worker = new InboxWorker({
      store: app.store,
      inbox: app.inbox,
      giveUp: (update, transaction) => {
        if (update.message) say(transaction, conversationOf(update.message), givenUp);
      },
      kept: () => app.sender.wake(),
      log,
    });
    const begin = (botInfo: UserFromGetMe) => {
      worker.begin(createBot({ ...telegram, botInfo }, app.parts));
    };
    const registration = new Registration({
      api: createApi(telegram),
      settings: app.settings,
      webhookUrl: `${telegram.publicUrl}/telegram/webhook`,
      secret: telegram.secret,
      commands: commands.map(({ name, description }) => ({ command: name, description })),
      known: begin,
      log,
    });

    app.decorate("inboxWorker", worker);
    app.decorate("registration", registration);
    app.addHook("onListen", async () => registration.start());
  },
  { name: "telegram", dependencies: ["store", "outbox", "agents"] },
);
