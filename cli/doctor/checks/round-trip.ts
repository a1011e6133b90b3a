import { existsSync } from "node:fs";
import { type Check, failed, type Finding, ok, skipped } from "../check.ts";
import { configOf, type Context } from "../context.ts";
import { opencodeHttp } from "./opencode.ts";
import { RoundTrip, type Trip } from "../round-trip/round-trip.ts";

const limitMs = 120_000;
const trips = new WeakMap<Context, Promise<RoundTrip>>();

/** A prompt posted to opencode, and the model's answer. */
export const byApi: Check = {
  name: "round trip by api",
  needs: ["opencode server", "model"],
  limitMs,
  run: async (context, _before, signal) => {
    if (!existsSync(configOf(context).workspaceDir)) {
      return skipped("WORKSPACE_DIR is not there yet: Switchboard makes it at its first start");
    }
    return told(
      await (await tripOf(context, signal)).byApi(signal),
      "npx opencode run hello, as this user, says more; log in again with npx opencode auth login, or set another OPENCODE_MODEL",
    );
  },
};

/** A prompt typed into a terminal, and the model's answer. */
export const byTerminal: Check = {
  name: "round trip by tmux",
  needs: ["round trip by api", "tmux", "opencode"],
  limitMs,
  run: async (context, _before, signal) =>
    told(
      await (await tripOf(context, signal)).byTerminal(signal),
      "install the opencode and tmux that were tested; until then prompts are posted, as with DELIVERY=api",
    ),
};

/** Both paths share one session; it is removed at the end. */
function tripOf(context: Context, signal: AbortSignal): Promise<RoundTrip> {
  const known = trips.get(context);
  if (known) return known;
  const trip = opencodeHttp(context, signal).then((http) => new RoundTrip(context, http));
  trips.set(context, trip);
  context.closers.push(async () => (await trip).close());
  return trip;
}

function told(trip: Trip, remedy: string): Finding {
  if ("fault" in trip) return failed(`${trip.fault}: ${remedy}`);
  return ok(`answered in ${(trip.ms / 1000).toFixed(1)} s`);
}
