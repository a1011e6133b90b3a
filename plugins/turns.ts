import fp from "fastify-plugin";
import { TurnReports } from "../src/turns/turn-reports.ts";
import { TurnEnds } from "../src/turns/turn-ends.ts";

declare module "fastify" {
  interface FastifyInstance {
    turnEnds: TurnEnds;
  }
}

/** What a test may do otherwise. */
export interface TurnsPluginOptions {
  /** See `TurnEndsOptions`. */
  startWithinMs?: number;
}

/** The end of a turn, and what the operator sees of it. */
export default fp<TurnsPluginOptions>(
  async (app, options) => {
    const { store, opencode: client, activity, sessionReader: sessions, apiPath: poster } = app;
    const { destinations, callPrompts, keptFiles: files } = app;
    const places = { destinations, callPrompts };
    const { replyMode: mode, desk } = app.config;
    const answers = { files, shellLimitMs: app.config.shell.limitMs };
    const isQuiet = desk === "quiet";
    const log = app.log.child({ module: "turns" });
    const how = { mode, isQuiet, answers };
    const reports = new TurnReports({ store, client, activity, ...places, ...how, log });
    app.decorate(
      "turnEnds",
      new TurnEnds({ reports, client, activity, poster, sessions, log, ...options }),
    );
  },
  { name: "turns", dependencies: ["store", "opencode", "prompts", "delivery", "outbox"] },
);
