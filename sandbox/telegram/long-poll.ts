import { conflict, type Refusal } from "./refusal.ts";
import type { World } from "./world.ts";

/** The longest that Telegram keeps a request open. */
const longestMs = 50_000;

/**
 * Lets one `getUpdates` at a time wait for an update, the way Telegram's server does
 * (Client::process_get_updates_query of its source): a newer one ends it, and so does a webhook.
 */
export class LongPoll {
  #world: World;
  #takeOver: (() => void) | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** Ends the request that waits, since another one came. */
  begin(): void {
    this.#takeOver?.();
  }

  /**
   * Resolves when an update waits, the time is over or the request is closed; to a refusal when something
   * else gets the updates now.
   */
  wait(seconds: number, offset: number, closed: AbortSignal): Promise<Refusal | undefined> {
    const { sender, watch } = this.#world;
    return new Promise((resolve) => {
      const end = (refusal?: Refusal) => {
        clearTimeout(timer);
        stopWatching();
        closed.removeEventListener("abort", give);
        if (this.#takeOver === takeOver) this.#takeOver = undefined;
        resolve(refusal);
      };
      const give = () => end();
      const takeOver = () =>
        end(
          conflict(
            "terminated by other getUpdates request; make sure that only one bot instance is running",
          ),
        );
      const look = () => {
        if (sender.isSet) end(conflict("terminated by setWebhook request"));
        else if (sender.pull(offset, undefined).length > 0) end();
      };
      this.#takeOver = takeOver;
      const timer = setTimeout(give, Math.min(longestMs, seconds * 1000));
      const stopWatching = watch(look);
      closed.addEventListener("abort", give);
    });
  }
}
