import { type Check, failed, type Finding, ok } from "../check.ts";
import { configOf, type Context } from "../context.ts";
import { RoundTrip, type Trip } from "../round-trip/round-trip.ts";

const limitMs = 120_000;
const trips = new WeakMap<Context, RoundTrip>();

/** A prompt posted to opencode, and the model's answer. */
export const byApi: Check = {
  name: "round trip by api",
  needs: ["opencode server", "model"],
  limitMs,
  run: async (context, _before, signal) => {
    const { delivery } = configOf(context);
    return told(
      await tripOf(context).byApi(signal),
      (fault) =>
        `a prompt was posted, but not answered (${fault}): ${modelRemedy}` +
        (delivery === "api" ? "; DELIVERY=api has no other path" : ""),
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
      await tripOf(context).byTerminal(signal),
      (fault) =>
        `a prompt was typed, but not answered (${fault}): until that is put right, Switchboard posts prompts instead; ` +
        "update opencode and tmux to the versions that were tested",
    ),
};

const modelRemedy =
  "opencode run hello as this user shows more; log in again by opencode auth login, or set another OPENCODE_MODEL";

/** Both paths share one session; it is removed at the end. */
function tripOf(context: Context): RoundTrip {
  const known = trips.get(context);
  if (known) return known;
  const trip = new RoundTrip(context);
  trips.set(context, trip);
  context.closers.push(() => trip.close());
  return trip;
}

function told(trip: Trip, words: (fault: string) => string): Finding {
  if ("fault" in trip) return failed(words(trip.fault));
  return ok(`answered in ${(trip.ms / 1000).toFixed(1)} s`);
}
