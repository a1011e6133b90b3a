import fp from "fastify-plugin";
import { createApi, createCall } from "../src/telegram/api.ts";
import type { TelegramCall } from "../src/telegram/call.ts";
import { createDownload, type DownloadFile } from "../src/telegram/files.ts";
import { Pauses } from "../src/telegram/pauses.ts";
import { Registration } from "../src/telegram/registration.ts";

declare module "fastify" {
  interface FastifyInstance {
    telegramCall: TelegramCall;
    downloadFile: DownloadFile;
    pauses: Pauses;
    registration: Registration;
  }
}

/** The Bot API: calls, when they may be made, and the bot's registration. */
export default fp(
  async (app) => {
    const { telegram, receive } = app.config;
    const pauses = new Pauses(app.settings);
    const registration = new Registration({
      api: createApi(telegram, pauses),
      settings: app.settings,
      webhookUrl: receive === "pull" ? undefined : `${telegram.publicUrl}/telegram/webhook`,
      secret: telegram.secret,
      log: app.log.child({ module: "telegram" }),
    });
    app.decorate("telegramCall", createCall(telegram));
    app.decorate("downloadFile", createDownload(telegram, pauses));
    app.decorate("pauses", pauses);
    app.decorate("registration", registration);
    app.addHook("onReady", () => pauses.load());
  },
  { name: "telegram", dependencies: ["store"] },
);
