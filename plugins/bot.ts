import fp from "fastify-plugin";
import { createBot } from "../src/bot/bot.ts";
import { createCommands } from "../src/bot/commands/index.ts";
import type { Command } from "../src/bot/context.ts";
import { followMigration } from "../src/bot/follow-migration.ts";
import { KnownFolders } from "../src/bot/known-folders.ts";
import { errandsOf, TaskWorker } from "../src/bot/task-worker.ts";
import { ReadyLine } from "../src/bot/ready-line.ts";
import { pruneTasks } from "../src/bot/tasks.ts";
import { AgentOverviews } from "../src/runner/agent-overviews.ts";

declare module "fastify" {
  interface FastifyInstance {
    commands: readonly Command[];
    knownFolders: KnownFolders;
    overviews: AgentOverviews;
    taskWorker: TaskWorker;
  }
}

/** What an operator's words and presses do. */
export default fp(
  async (app) => {
    const { store, registration, opencodeControls: controls } = app;
    const { telegram, receive, joinMs, hearing, reactions } = app.config;
    const log = app.log.child({ module: "bot" });
    const { prompts, opencode: client, catalog, events, inbox, maxUploadBytes } = app;
    app.decorate("knownFolders", new KnownFolders({ controls, log }));
    app.decorate("overviews", new AgentOverviews({ store, prompts, client, catalog, events, log }));
    const commands = createCommands(app);
    app.decorate("commands", commands);
    app.decorate(
      "taskWorker",
      new TaskWorker({ store, errands: errandsOf(commands, app.agents), log }),
    );
    app.pruner.add(pruneTasks);
    const address = () => (receive === "pull" ? app.listeningOrigin : telegram.publicUrl);
    const ready = new ReadyLine({ agents: app.agents, address, log: app.log });
    ready.listen(registration, events, app.agentLoops);
    app.sender.on("migrated", (from, to) => {
      followMigration({ store, allowed: app.allowed, log }, from, to).catch((error: unknown) =>
        log.error({ err: error, from, to }, "a group could not be followed"),
      );
    });
    app.addHook("onListen", async () => {
      registration.on("account", (account) => {
        const chosen = { telegram, joinMs, hearing, passesReactions: reactions === "on" };
        const services = { store, inbox, commands, maxUploadBytes };
        app.inboxWorker.begin(createBot({ account, ...chosen, ...services }));
      });
      const listed = commands.filter(({ isHidden }) => !isHidden);
      registration.start(listed.map(({ name, description }) => ({ command: name, description })));
      app.taskWorker.start();
    });
  },
  {
    name: "bot",
    dependencies: ["telegram", "inbox", "runner", "replies", "uploads", "screen"],
  },
);
