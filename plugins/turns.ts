import fp from "fastify-plugin";
import { Drafts } from "../src/turns/live/drafts.ts";
import { LiveEdits } from "../src/turns/live/live-edits.ts";
import { LiveEnds } from "../src/turns/live/live-end.ts";
import { LiveMessages } from "../src/turns/live/live-messages.ts";
import { TurnReader } from "../src/turns/live/turn-reader.ts";
import { TurnReports } from "../src/turns/turn-reports.ts";
import { TurnEnds } from "../src/turns/turn-ends.ts";

declare module "fastify" {
  interface FastifyInstance {
    turnEnds: TurnEnds;
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
    const { destinations, callPrompts, keptFiles: files, events, liveCalls: calls } = app;
    const places = { destinations, callPrompts };
    const { replyMode: mode, desk, verbosity } = app.config;
    const shell = { files, limitMs: app.config.shell.limitMs };
    const isQuiet = desk === "quiet";
    const log = app.log.child({ module: "turns" });
    const how = { mode, isQuiet, shell };
    const reports = new TurnReports({ store, client, activity, ...places, ...how, log });
    const within = startWithinMs === undefined ? {} : { startWithinMs };
    app.decorate(
      "turnEnds",
      new TurnEnds({ reports, client, activity, poster, sessions, log, ...within }),
    );
    const reader = new TurnReader({ client, activity, catalog: app.catalog });
    const drafts = new Drafts({ calls, log });
    const withText = mode !== "tool";
    const ends = new LiveEnds({ store, reader, log });
    const edits = new LiveEdits({ store, calls, drafts, reader, ends, withText });
    const settingsOf = async () => ({ verbosity, drafts: withText });
    const after = showAfterMs === undefined ? {} : { showAfterMs };
    const showing = { edits, drafts, settingsOf, ...after };
    const live = new LiveMessages({ store, events, ...showing, log });
    app.decorate("liveMessages", live);
    app.sender.on("ended", ({ id }) => live.sent(id));
    calls.onMessage = (chatId) => live.messageSent(chatId);
    app.addHook("onListen", () => live.start());
  },
  { name: "turns", dependencies: ["store", "opencode", "prompts", "delivery", "outbox"] },
);
