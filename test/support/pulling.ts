import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import type { Test } from "tap";
import type { Update } from "grammy/types";
import { Feeder, type FeederOptions } from "../../cli/pull/feeder.ts";
import { createSource } from "../../cli/pull/source.ts";
import { createHandOver } from "../../cli/pull/webhook.ts";
import { BotApiServer } from "../../sandbox/telegram/server.ts";
import type { FeederState } from "../../src/inbox/feeder-state.ts";
import { states as inboxStates } from "./inbox-rows.ts";
import { until } from "./until.ts";
import { keptLog, secret, startApp, token } from "./app.ts";

/** Answers a posted update; undefined: as Switchboard itself does. */
type Instead = (update: Update, response: ServerResponse) => boolean;

/**
 * A Bot API server, Switchboard's own routes behind a port, and feeders between the two. `instead` may
 * answer in Switchboard's place.
 */
export async function pulling(t: Test, instead: Instead = () => false) {
  const telegram = new BotApiServer({ token });
  const apiRoot = await telegram.listen();
  t.teardown(() => telegram.close());
  const { app } = await startApp(t);
  const posted: number[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readText(request);
    const update = JSON.parse(body) as Update;
    posted.push(update.update_id);
    if (instead(update, response)) return;
    const { url = "", headers } = request;
    const { statusCode, payload } = await app.inject({ method: "POST", url, headers, body });
    response.writeHead(statusCode).end(payload);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const { kept, log } = keptLog();
  const states: FeederState[] = [];
  /** Begins to feed; returns what ends it and resolves when it has. */
  const feed = (options: Partial<FeederOptions> = {}) => {
    const stopping = new AbortController();
    const feeder = new Feeder({
      source: createSource({ token, apiRoot }),
      handOver: createHandOver(url, secret),
      report: (state) => void states.push(state),
      log,
      firstPauseMs: 1,
      longestPauseMs: 4,
      ...options,
    });
    const running = feeder.run(stopping.signal);
    const stop = async () => {
      stopping.abort();
      await running;
    };
    t.teardown(stop);
    return stop;
  };
  /** Resolves when the feeder says this of itself; undefined: that updates arrive. */
  const told = async (problem: RegExp | undefined) => {
    const isTold = (state: FeederState | undefined) =>
      state !== undefined && (problem ? problem.test(state.problem ?? "") : !state.problem);
    await until(() => (isTold(states.at(-1)) ? true : undefined), 10_000);
  };
  /** The ids in the inbox, in the order they came. */
  const stored = async () => (await inboxStates(app.store)).map((line) => Number.parseInt(line));
  return { telegram, apiRoot, app, url, posted, feed, told, stored, log: kept, states };
}
