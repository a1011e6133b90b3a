import fp from "fastify-plugin";

/**
 * Ends the work in hand, all workers at once, before the listener closes: meanwhile it answers 503,
 * so that Telegram keeps its updates. The store closes after that.
 */
export default fp(
  async (app) => {
    app.addHook("preClose", async () => {
      app.liveScreens.stop();
      await Promise.all([
        app.registration.stop(),
        app.inboxWorker.stop(),
        app.events.stop(),
        app.agentLoops.stop(),
        app.stopper.stop(),
        app.taskWorker.stop(),
        app.liveMessages.stop(),
        app.liveCalls.stop(),
        app.uploadWorker.stop(),
        app.uploadSweeper.stop(),
        app.sender.stop(),
        app.reader.stop(),
        app.transcriber.stop(),
      ]);
    });
  },
  {
    name: "stopping",
    dependencies: [
      "telegram",
      "inbox",
      "opencode",
      "turns",
      "runner",
      "bot",
      "outbox",
      "voice",
      "transcripts",
      "uploads",
      "screen",
    ],
  },
);
