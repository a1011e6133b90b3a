import fp from "fastify-plugin";
import { Stopper } from "../src/turns/stopper.ts";
import type { LiveMessages } from "../src/turns/live/live-messages.ts";
import { showTurns } from "../src/turns/live/show-turns.ts";
import { TurnReports } from "../src/turns/turn-reports.ts";
import { TurnEnds } from "../src/turns/turn-ends.ts";

declare module "fastify" {
  interface FastifyInstance {
    turnEnds: TurnEnds;
    turnReports: TurnReports;
    stopper: Stopper;
    liveMessages: LiveMessages;
  }
}

/** What a test may do otherwise. */
export interface TurnsPluginOptions {
  /** See `TurnEndsOptions`. */
  startWithinMs?: number;
  /** See `LiveMessagesOptions`. */
  showAfterMs?: number;
}

/** A turn as the operator sees it: what shows it while it runs, and its end. */
export default fp<TurnsPluginOptions>(
  async (app, { startWithinMs, showAfterMs }) => {
    const { store, opencode: client, activity, sessionReader: sessions, apiPath: poster } = app;
    const { agents, prompts, destinations, callPrompts, keptFiles: files } = app;
    const { events, catalog, liveCalls: calls } = app;
    const places = { destinations, callPrompts };
    const { replyMode: mode, desk } = app.config;
    const answers = { files, shellLimitMs: app.config.shell.limitMs };
    const isQuiet = desk === "quiet";
    const log = app.log.child({ module: "turns" });
    const how = { mode, isQuiet, answers };
    const reports = new TurnReports({ store, client, activity, ...places, ...how, log });
    const needs = { reports, client, activity, poster, sessions, log };
    const within = startWithinMs === undefined ? {} : { startWithinMs };
    const turnEnds = new TurnEnds({ ...needs, ...within });
    app.decorate("turnEnds", turnEnds);
    app.decorate("turnReports", reports);
    const stopper = new Stopper({ store, agents, prompts, turnEnds, activity, log });
    app.decorate("stopper", stopper);
    const live = showTurns({ ...needs, store, events, catalog, calls, mode, showAfterMs });
    app.decorate("liveMessages", live);
    app.sender.on("ended", ({ id }) => live.sent(id));
    calls.onMessage = (chatId) => live.messageSent(chatId);
    app.addHook("onListen", async () => {
      stopper.start();
      await live.start();
    });
  },
  { name: "turns", dependencies: ["store", "agents", "opencode", "prompts", "delivery", "outbox"] },
);
