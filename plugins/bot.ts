import fp from "fastify-plugin";
import { createBot } from "../src/bot/bot.ts";
import { createCommands } from "../src/bot/commands/index.ts";
import { followMigration } from "../src/bot/follow-migration.ts";
import type { Command } from "../src/bot/context.ts";

declare module "fastify" {
  interface FastifyInstance {
    commands: readonly Command[];
  }
}

/** What an operator's words and presses do. */
export default fp(
  async (app) => {
    const { store, conversations, registration } = app;
    const { telegram, joinMs } = app.config;
    const commands = createCommands(app);
    app.decorate("commands", commands);
    const log = app.log.child({ module: "bot" });
    app.sender.on("migrated", (from, to) => {
      followMigration({ store, allowed: app.allowed, log }, from, to).catch((error: unknown) =>
        log.error({ err: error, from, to }, "a group could not be followed"),
      );
    });
    app.addHook("onListen", async () => {
      registration.on("account", (account) => {
        const services = { store, commands, conversations, joinMs };
        app.inboxWorker.begin(createBot({ telegram, account, ...services }));
      });
      registration.start(commands.map(({ name, description }) => ({ command: name, description })));
    });
  },
  { name: "bot", dependencies: ["telegram", "inbox", "outbox", "runner", "cards"] },
);
