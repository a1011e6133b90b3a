import fp from "fastify-plugin";
import { Activity } from "../src/opencode/activity.ts";
import { Catalog } from "../src/opencode/catalog.ts";
import { type Opencode, OpencodeClient } from "../src/opencode/client.ts";
import { type Controls, OpencodeControls } from "../src/opencode/controls.ts";
import { EventStream } from "../src/opencode/events.ts";
import { type Coming, OpencodeHttp } from "../src/opencode/http.ts";
import { KnownSessions } from "../src/opencode/known-sessions.ts";
import { OpencodeSessions, type SessionReader } from "../src/opencode/session-reader.ts";
import { SessionTree } from "../src/opencode/session-tree.ts";

declare module "fastify" {
  interface FastifyInstance {
    opencode: Opencode;
    opencodeControls: Controls;
    sessionTree: Pick<SessionTree, "parentOf" | "rootOf">;
    sessionReader: SessionReader;
    knownSessions: KnownSessions;
    activity: Activity;
    events: EventStream;
    catalog: Catalog;
    /** Replaced by whoever starts the server. */
    opencodeComing: Coming;
  }
}

/** The client of the opencode server, and what it tells of sessions. */
export default fp(
  async (app) => {
    const { url, username, password } = app.config.opencode;
    const coming: Coming = { up: async () => undefined };
    app.decorate("opencodeComing", coming);
    const http = new OpencodeHttp({ url, username, password, coming });
    const client = new OpencodeClient(http);
    const tree = new SessionTree(client);
    app.decorate("opencode", client);
    app.decorate("opencodeControls", new OpencodeControls(http));
    app.decorate("sessionTree", tree);
    app.decorate("activity", new Activity());
    const log = app.log.child({ module: "opencode" });
    const events = new EventStream({ client, coming, log });
    app.decorate("events", events);
    app.decorate("sessionReader", new OpencodeSessions(client, tree, events));
    app.decorate("knownSessions", new KnownSessions({ client, events }));
    const catalog = new Catalog({ client, events });
    events.on("open", () => catalog.readAhead(app.config.workspaceDir));
    app.decorate("catalog", catalog);
  },
  { name: "opencode" },
);
