import fp from "fastify-plugin";
import { Stopper } from "../src/turns/stopper.ts";
import { TurnReports } from "../src/turns/turn-reports.ts";
import { TurnEnds } from "../src/turns/turn-ends.ts";

declare module "fastify" {
  interface FastifyInstance {
    turnEnds: TurnEnds;
    stopper: Stopper;
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
    const { agents, prompts, destinations, callPrompts, keptFiles: files } = app;
    const places = { destinations, callPrompts };
    const { replyMode: mode, desk } = app.config;
    const answers = { files, shellLimitMs: app.config.shell.limitMs };
    const isQuiet = desk === "quiet";
    const log = app.log.child({ module: "turns" });
    const how = { mode, isQuiet, answers };
    const reports = new TurnReports({ store, client, activity, ...places, ...how, log });
    const needs = { reports, client, activity, poster, sessions, log };
    const turnEnds = new TurnEnds({ ...needs, ...options });
    app.decorate("turnEnds", turnEnds);
    const stopper = new Stopper({ store, agents, prompts, turnEnds, activity, log });
    app.decorate("stopper", stopper);
    app.addHook("onListen", async () => stopper.start());
  },
  { name: "turns", dependencies: ["store", "agents", "opencode", "prompts", "delivery", "outbox"] },
);
